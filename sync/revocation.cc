#include "sync/revocation.h"

#include <utility>

#include "oauth/scopes.h"
#include "sync/token_rows.h"

namespace kamili::sync {

Result<Secret> TokenToRevoke(const storage::ReadView& view, model::AccountId id) {
    auto stored = LoadTokens(view, id);
    if (!stored) return std::move(stored).error();
    if (stored->account.provider == model::Provider::kMicrosoft) {
        return Error{.kind = ErrorKind::kNotSupported,
                     .message =
                         "Microsoft has no way for an application to end its own access; "
                         "remove it at " +
                         oauth::RevokePage(stored->account.provider, stored->account.authority)};
    }
    if (!stored->refresh.empty()) return std::move(stored->refresh);
    if (stored->access) return std::move(stored->access->token);
    return Error{.kind = ErrorKind::kAuthRevoked, .message = "no sign-in is stored any more"};
}

}  // namespace kamili::sync
