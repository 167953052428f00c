#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/unique_function.h"
#include "daemon/methods.h"

namespace kamili::daemon {

// Builds the answer of GetStatus: counts come from the store, states from the driver. `done` runs
// later on the loop, also without an engine; not when the engine is taken down before.
void BuildStatus(Context& context, UniqueFunction<void(nlohmann::json)> done);

}  // namespace kamili::daemon
