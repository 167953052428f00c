#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace kamili::ipc {

// "needs_sign_in" <-> "NeedsSignIn": the last part of an error's varlink name.
std::string VarlinkErrorName(ErrorKind kind);
// kSystem for a name that is not known.
ErrorKind ErrorKindFromVarlink(std::string_view name);

}  // namespace kamili::ipc
