#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/event.h"
#include "model/zone.h"

namespace kamili::model {

// One meeting on one day: what an agenda shows. `event` is the single event, the series, or the
// exception that replaced this occurrence; it stays owned by whoever made the occurrence.
struct Occurrence {
    const Event* event = nullptr;
    EventTime start;
    EventTime end;
    // The original start of an occurrence of a series; nothing for a single event.
    std::optional<EventTime> recurrence_id;
};

// [from, to) as the asker means it: instants for timed events, the dates of the same bounds in the
// asker's zone for all-day ones.
struct TimeRange {
    UtcTime from;
    UtcTime to;
    std::chrono::local_days from_date;
    std::chrono::local_days to_date;  // exclusive; a `to` inside a day includes that day

    static TimeRange Of(UtcTime from, UtcTime to, const Zone& asker);
    bool Overlaps(const EventTime& start, const EventTime& end) const;
};

// What one series (with its exceptions, cancelled ones included) or one single event contributes
// to a range: occurrences that overlap it, exceptions in place of the occurrences whose original
// start they name, whatever they were moved to. Appends to `out`; unsorted. Returns false when
// the work was cut short (a rule too costly to expand).
bool ExpandInto(const Event& master, std::span<const Event* const> exceptions,
                const TimeRange& range, std::vector<Occurrence>& out);

// The order of every answer: start, all-day before timed, end, title, id. Dates are compared with
// instants at midnight of `asker`.
bool OccursBefore(const Occurrence& a, const Occurrence& b, const Zone& asker);

}  // namespace kamili::model
