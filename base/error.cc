#include "base/error.h"

#include <array>
#include <cstring>

#include "base/check.h"

namespace kamili {
namespace {

struct Name {
    ErrorKind kind;
    std::string_view text;
};

constexpr std::array kNames = {
    Name{ErrorKind::kOffline, "offline"},
    Name{ErrorKind::kTimeout, "timed_out"},
    Name{ErrorKind::kThrottled, "throttled"},
    Name{ErrorKind::kServerFault, "server_fault"},
    Name{ErrorKind::kAuthExpired, "auth_expired"},
    Name{ErrorKind::kAuthRevoked, "needs_sign_in"},
    Name{ErrorKind::kInsufficientScope, "insufficient_scope"},
    Name{ErrorKind::kCursorExpired, "cursor_expired"},
    Name{ErrorKind::kConflict, "conflict"},
    Name{ErrorKind::kRejected, "rejected"},
    Name{ErrorKind::kNotFound, "not_found"},
    Name{ErrorKind::kBadReply, "bad_reply"},
    Name{ErrorKind::kUntrusted, "untrusted"},
    Name{ErrorKind::kAccessDenied, "access_denied"},
    Name{ErrorKind::kAdminApprovalRequired, "admin_approval_required"},
    Name{ErrorKind::kNoRefreshToken, "no_refresh_token"},
    Name{ErrorKind::kStateMismatch, "state_mismatch"},
    Name{ErrorKind::kStoreFull, "store_full"},
    Name{ErrorKind::kStoreDamaged, "store_damaged"},
    Name{ErrorKind::kStoreNewer, "store_newer"},
    Name{ErrorKind::kNotAStore, "not_a_store"},
    Name{ErrorKind::kKeyLocked, "key_locked"},
    Name{ErrorKind::kKeyWrong, "key_wrong"},
    Name{ErrorKind::kKeyMissing, "key_missing"},
    Name{ErrorKind::kInvalidArgument, "invalid_argument"},
    Name{ErrorKind::kTooMany, "too_many"},
    Name{ErrorKind::kJournalTruncated, "journal_truncated"},
    Name{ErrorKind::kPermissionDenied, "permission_denied"},
    Name{ErrorKind::kAlreadyRunning, "already_running"},
    Name{ErrorKind::kNoDaemon, "no_daemon"},
    Name{ErrorKind::kBadConfiguration, "bad_configuration"},
    Name{ErrorKind::kNotSupported, "not_supported"},
    Name{ErrorKind::kCancelled, "cancelled"},
    Name{ErrorKind::kSystem, "system"},
};

}  // namespace

std::string_view Text(ErrorKind kind) {
    for (const Name& name : kNames)
        if (name.kind == kind) return name.text;
    KAMILI_CHECK(false);
    return {};
}

std::optional<ErrorKind> ErrorKindFromText(std::string_view text) {
    for (const Name& name : kNames)
        if (name.text == text) return name.kind;
    return std::nullopt;
}

Error SystemError(std::string_view what, int errno_value) {
    char text[128];
    // The GNU form, which returns the text instead of filling the buffer.
    const char* reason = strerror_r(errno_value, text, sizeof text);
    return {.kind = ErrorKind::kSystem, .message = std::string(what) + ": " + reason};
}

}  // namespace kamili
