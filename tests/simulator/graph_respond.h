#pragma once

#include "tests/simulator/graph_api.h"

namespace kamili::simulator {

// POST .../events/{id}/ACTION: accept, tentativelyAccept, decline, cancel.
SimReply GraphRespond(const GraphRequest& request, Calendar& calendar, const SimEvent& event,
                      const std::string& action, const Json& body);

// Deletes an event, or takes one occurrence out of its series.
void RemoveEvent(const GraphRequest& request, Calendar& calendar, const SimEvent& event);
// Outlook moves the change key of a master along with its exceptions.
void TouchMaster(const GraphRequest& request, Calendar& calendar, const SimEvent& member);

}  // namespace kamili::simulator
