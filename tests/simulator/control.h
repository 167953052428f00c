#pragma once

#include "tests/simulator/state.h"

namespace kamili::simulator {

// /control/...: what tests ask of the simulator itself. docs/simulator.md is its manual.
SimReply Control(State& state, const Call& call);
// POST and DELETE /control/events and /control/calendars: named changes to the world.
SimReply ControlWorld(State& state, const Call& call, const Json& body);

// POST /control/write: a request of another program of that person to its service.
SimReply ControlWrite(State& state, const Call& call, const Json& body);

SimReply BadControl(const std::string& message);

}  // namespace kamili::simulator
