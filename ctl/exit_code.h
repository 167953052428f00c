#pragma once

#include <string_view>

#include "base/error.h"

namespace kamili::ctl {

// What the shell sees; docs/cli.md and the man page list them.
enum class ExitCode {
    kDone = 0,
    kFailed = 1,
    kUsage = 2,
    kNoDaemon = 3,
    kNeedsSignIn = 4,
    kNotFound = 5,
    kRefused = 6,
    kLocked = 7,
    kPartial = 8,
    kBadConfiguration = 78,
};

ExitCode ExitCodeFor(ErrorKind kind);
// Of `sync`: "ok", "partial", "failed", "needs_sign_in"; anything else counts as failed.
ExitCode ExitCodeForOutcome(std::string_view outcome);

}  // namespace kamili::ctl
