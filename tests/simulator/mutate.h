#pragma once

#include "tests/simulator/state.h"

namespace kamili::simulator {

// `count` random changes of all kinds to an account's calendars: create, edit, move, delete,
// cancel or move one occurrence, edit a series, split a series; calendars come and go if
// `calendars`. Answers how many of each kind were made. Read-only calendars change too, as if by
// their owners.
Json Mutate(State& state, Person& person, int count, std::uint64_t seed, bool calendars,
            UtcTime now);

}  // namespace kamili::simulator
