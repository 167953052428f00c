#pragma once

#include "base/result.h"

namespace kamili::daemon {

// Makes this process fit to hold keys: no core files, no ptrace by the same user, new files closed
// to others, a closed pipe is an error and not the end. Called first in main.
Status HardenProcess();

}  // namespace kamili::daemon
