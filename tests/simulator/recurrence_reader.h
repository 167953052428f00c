#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/simulator/world.h"

namespace kamili::simulator {

// One line "RRULE:FREQ=..." (the name may be missing), as far as Rule can say it: FREQ from DAILY
// to YEARLY with INTERVAL, COUNT or UNTIL, WKST, BYDAY, BYMONTHDAY, BYMONTH and BYSETPOS. What a
// line does not name follows from the start. Nothing for every other line.
std::optional<Rule> ReadRule(const std::string& line, const When& start, Service service);

// The dates of an "RDATE" or "EXDATE" line: bare dates, times in UTC or with TZID. Those without a
// zone are in that of the start.
std::optional<std::vector<When>> ReadDates(const std::string& line, const When& start);

// Google's `recurrence` into the rule and the dates of an event whose start is set; no lines make
// a single event of it. False for a line that cannot be expanded.
bool SetRecurrence(SimEvent& event, const std::vector<std::string>& lines);

}  // namespace kamili::simulator
