#pragma once

#include "tests/simulator/state.h"

namespace kamili::simulator {

// What a mailbox does not take: more than so many requests in ten minutes, or in flight at once.
std::optional<SimReply> RefuseBusyMailbox(State& state, const Call& call, const Person& person);

// A reply that takes its time keeps its request in flight until then. This is all that a pure
// function of requests and times can know of what happens at once.
void HoldMailbox(State& state, const Call& call, const SimReply& reply);

}  // namespace kamili::simulator
