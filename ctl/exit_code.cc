#include "ctl/exit_code.h"

namespace kamili::ctl {

ExitCode ExitCodeFor(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::kInvalidArgument:
        case ErrorKind::kNotSupported:
            return ExitCode::kUsage;
        case ErrorKind::kNoDaemon:
            return ExitCode::kNoDaemon;
        case ErrorKind::kAuthRevoked:
            return ExitCode::kNeedsSignIn;
        case ErrorKind::kNotFound:
            return ExitCode::kNotFound;
        case ErrorKind::kPermissionDenied:
            return ExitCode::kRefused;
        case ErrorKind::kKeyLocked:
            return ExitCode::kLocked;
        case ErrorKind::kBadConfiguration:
            return ExitCode::kBadConfiguration;
        default:
            return ExitCode::kFailed;
    }
}

ExitCode ExitCodeForOutcome(std::string_view outcome) {
    if (outcome == "ok") return ExitCode::kDone;
    if (outcome == "partial") return ExitCode::kPartial;
    if (outcome == "needs_sign_in") return ExitCode::kNeedsSignIn;
    return ExitCode::kFailed;
}

}  // namespace kamili::ctl
