#pragma once

#include <optional>

#include "tests/simulator/occurrences.h"
#include "tests/simulator/state.h"

namespace kamili::simulator {

// What a puller's store must hold, in the words of model/event.h. Google: every living row.
// Microsoft: single events that overlap the window, and of each series with an occurrence in it
// the master and all its exceptions. `free_busy` leaves out what that access does not see.
// Without a window, everything that is not deleted.
Json WorldTruth(const Person& person, const std::optional<Span>& window, bool free_busy);
// What an agenda over the span must show, every calendar together, unmerged.
Json OccurrenceTruth(const Person& person, const Span& span, bool free_busy);

}  // namespace kamili::simulator
