#pragma once

#include <string>

namespace kamili::daemon {

inline constexpr const char* kInterfaceName = "com.kamililabsllc.Kamili";

// The text of docs/com.kamililabsllc.Kamili.varlink, put in by the build.
std::string InterfaceText();

}  // namespace kamili::daemon
