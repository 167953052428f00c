#pragma once

#include <cstddef>

#include "base/result.h"

namespace kamili::daemon {

// Makes this process fit to hold keys: no core files, no ptrace by the same user, new files closed
// to others, a closed pipe is an error and not the end. Called first in main.
Status HardenProcess();

// Beside its clients: store, log, event loop, connections to providers.
inline constexpr std::size_t kOwnDescriptors = 64;
// So many files may be open at once from now on, if the hard limit lets us (the soft one, which is
// 1024 by custom, is ours to raise). Fails where it does not.
Status AllowOpenFiles(std::size_t count);

}  // namespace kamili::daemon
