#pragma once

#include <vector>

#include "tests/simulator/world.h"

namespace kamili::simulator {

// One occurrence: the single event, the exception, or the master on one of its days.
struct Occurrence {
    const SimEvent* event = nullptr;
    When start = {};
    When end = {};
    std::optional<When> original = {};  // of an occurrence of a series
};

// [from, to): instants for timed events, the dates of the bounds in `zone` for all-day ones.
struct Span {
    UtcTime from = {};
    UtcTime to = {};
    std::string zone = "UTC";

    bool Overlaps(const When& start, const When& end) const;
};

// The original starts of a master up to `until`, EXDATE and RDATE applied, exceptions not.
std::vector<When> Starts(const SimEvent& master, UtcTime until);
// The end of an occurrence of that master: same duration, or same number of days.
When EndOf(const SimEvent& master, const When& start);
// The row that stands for an unchanged occurrence: the master's, with the occurrence's id and
// times.
SimEvent AsOccurrence(Service service, const SimEvent& master, const When& start);
// Is there an occurrence with that original start, before exceptions?
bool HasStart(const SimEvent& master, const When& original);
// What a master with its exceptions, or a single event, contributes to the span.
std::vector<Occurrence> OccurrencesOf(const Calendar& calendar, const SimEvent& event,
                                      const Span& span);
// Of a whole calendar, in no particular order.
std::vector<Occurrence> AllOccurrences(const Calendar& calendar, const Span& span);

}  // namespace kamili::simulator
