#pragma once

#include <optional>

#include "tests/simulator/graph_api.h"

namespace kamili::simulator {

// Lays the members of a body over an event. Those that only the service sets are ignored (or
// refused, as the settings say), unknown ones refused, as are times that cannot be.
std::optional<SimReply> ReadGraphEvent(const GraphRequest& request, const Json& body,
                                       SimEvent& event);

// Does the body say anything that others than the account itself have to know?
bool ConcernsOthers(const Json& body);

}  // namespace kamili::simulator
