#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace kamili {

// Everything that can go wrong in the world outside, as a closed list: the reaction depends on the
// kind alone, never on a text. A mistake of ours is not in it; that is KAMILI_CHECK's business.
enum class ErrorKind {
    // What a provider or the network answers.
    kOffline,            // no route, no name, connection refused: retried
    kTimeout,            // a limit of ours passed: retried
    kThrottled,          // asked to wait; `retry_after` if it was said how long
    kServerFault,        // 5xx: retried
    kAuthExpired,        // 401 with a token: refresh once
    kAuthRevoked,        // the token endpoint refused the refresh token: the user signs in again
    kInsufficientScope,  // a right is missing
    kCursorExpired,      // 410 and its kin: list from the beginning
    kConflict,           // 409, 412
    kRejected,           // our request is wrong for the provider: not retried as it is
    kNotFound,
    kBadReply,   // not what the protocol says: malformed, truncated, too large
    kUntrusted,  // a certificate that does not verify, a link to a foreign host
    // Sign-in.
    kAccessDenied,  // the user said no
    kAdminApprovalRequired,
    kNoRefreshToken,
    kStateMismatch,  // a redirect that does not belong to this sign-in
    // The store.
    kStoreFull,
    kStoreDamaged,
    kStoreNewer,  // made by a later version
    kNotAStore,
    kKeyLocked,
    kKeyWrong,
    kKeyMissing,
    // Requests of a client or the user.
    kInvalidArgument,
    kTooMany,
    kJournalTruncated,
    kPermissionDenied,
    kAlreadyRunning,
    kNoDaemon,
    kBadConfiguration,
    kNotSupported,
    kCancelled,
    kSystem,  // an operating system call failed
};

// "needs_sign_in", "insufficient_scope", ...: the name in JSON, in logs and in the contract.
std::string_view Text(ErrorKind kind);
// The kind with that name, if there is one.
std::optional<ErrorKind> ErrorKindFromText(std::string_view text);

// One failure. `message` says what and where, `hint` what to do next (may be empty). Neither ever
// holds a secret, a title or an address that was not typed by the caller.
struct Error {
    ErrorKind kind = ErrorKind::kSystem;
    std::string message;
    std::string hint = {};
    std::optional<std::chrono::milliseconds> retry_after = {};

    friend bool operator==(const Error&, const Error&) = default;
};

// An Error of kSystem with the text of `errno_value` after `what`.
Error SystemError(std::string_view what, int errno_value);

}  // namespace kamili
