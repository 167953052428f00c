#pragma once

#include "tests/simulator/web.h"
#include "tests/simulator/world.h"

namespace kamili::simulator {

// Graph's `recurrence` (pattern and range) of a series.
Json GraphRecurrence(const SimEvent& event);

// What a writer sent of it into a rule for an event with that start. Nothing if it is not one of
// the six types, misses what its type needs, or its range does not begin on the start's date.
std::optional<Rule> ReadGraphRecurrence(const Json& recurrence, const When& start);

}  // namespace kamili::simulator
