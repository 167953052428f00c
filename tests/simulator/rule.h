#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/simulator/when.h"

namespace kamili::simulator {

enum class Every { kDay, kWeek, kMonthDay, kMonthNth, kYearDay, kYearNth };

// A recurrence in the words that Google (RRULE) and Graph (pattern and range) share. Whatever this
// cannot say is not generated.
struct Rule {
    Every every = Every::kDay;
    int interval = 1;
    std::vector<int> weekdays = {};  // 0 Monday ... 6 Sunday, ascending; kWeek, kMonthNth, kYearNth
    int week_start = 0;              // kWeek with an interval above 1
    int day = 1;                     // kMonthDay, kYearDay
    int month = 1;                   // kYearDay, kYearNth
    int nth = 1;                     // 1..4, -1 last: of all the named weekdays together
    // A day beyond the month's end means the month's last day (Graph), else the month is skipped
    // (RRULE with BYMONTHDAY).
    bool clamp = false;
    std::optional<int> count = {};
    std::optional<Day> until = {};  // inclusive, in the zone of the series
};

// The days of the rule in [start, stop], counted from `start`, which is expected to be one of them
// (and is the first in any case). At most 4000.
std::vector<Day> RuleDays(const Rule& rule, Day start, Day stop);

// The first day on or after `from` that the rule names, looking five years ahead.
std::optional<Day> FirstRuleDay(const Rule& rule, Day from);

// "RRULE:FREQ=..." for a series that starts then. `until_as_date` writes UNTIL as a bare date also
// on a timed series, as Google sometimes does.
std::string RuleText(const Rule& rule, const When& start, bool until_as_date);

}  // namespace kamili::simulator
