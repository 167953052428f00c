#include "sync/revocation.h"

#include <utility>

#include "sync/token_rows.h"

namespace kamili::sync {

Result<Secret> TokenToRevoke(const storage::ReadView& view, model::AccountId id) {
    auto stored = LoadTokens(view, id);
    if (!stored) return std::move(stored).error();
    if (stored->account.provider == model::Provider::kMicrosoft) {
        const bool personal = stored->account.authority == "consumers";
        return Error{.kind = ErrorKind::kNotSupported,
                     .message = std::string("Microsoft has no way for an application to end its "
                                            "own access; remove it at ") +
                                (personal ? "https://account.live.com/consent/Manage"
                                          : "https://myapps.microsoft.com")};
    }
    if (!stored->refresh.empty()) return std::move(stored->refresh);
    if (stored->access) return std::move(stored->access->token);
    return Error{.kind = ErrorKind::kAuthRevoked, .message = "no sign-in is stored any more"};
}

}  // namespace kamili::sync
