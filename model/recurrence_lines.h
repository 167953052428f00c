#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/event_time.h"
#include "model/recurrence_rule.h"

namespace kamili::model::internal {

// The lines of a series, read.
struct RecurrenceLines {
    std::vector<Rule> rules;
    std::vector<Rule> excluded_rules;
    std::vector<EventTime> dates;                     // RDATE, as starts
    std::set<UtcTime> excluded_times;                 // EXDATE of a timed series
    std::set<std::chrono::local_days> excluded_days;  // EXDATE as dates
};

// Reads RRULE, RDATE, EXDATE and EXRULE lines of a series that starts at `start`; folded lines and
// several lines in one text are accepted, other properties are passed over. kBadReply names the
// line that cannot be read.
Result<RecurrenceLines> ReadRecurrenceLines(std::span<const std::string> lines,
                                            const EventTime& start);

}  // namespace kamili::model::internal
