#pragma once

#include "oauth/settings.h"

namespace kamili::testing {

inline constexpr const char* kSimBase = "https://127.0.0.1:8443";

// The configuration of a daemon whose providers are the simulator at kSimBase.
oauth::ProviderSettings SimSettings();

}  // namespace kamili::testing
