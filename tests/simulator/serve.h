#pragma once

#include "tests/simulator/state.h"

namespace kamili::simulator {

// One request to a service, with the fault that it meets; it is in the log afterwards.
SimReply Serve(State& state, const SimRequest& request, UtcTime now);

}  // namespace kamili::simulator
