#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "ctl/calendar_book.h"
#include "ctl/look.h"
#include "ctl/occurrence.h"

namespace kamili::ctl {

// Days from `first` up to, not with, `last`.
struct DayRange {
    LocalDay first{}, last{};
};

// A grid of the month's weeks with their numbers, today in brackets, a mark below days with events
// ("." one or two, ":" more), and beside it, where there is room, the days to come. Pure.
std::string RenderMonth(const std::vector<Occurrence>& occurrences, LocalDay first_of_month,
                        const View& view);
// A column a day, an hour a row; what goes on is drawn through. Fits the terminal's width.
std::string RenderWeek(const std::vector<Occurrence>& occurrences, const DayRange& days,
                       const View& view);

// What comes next: the first that has not begun; nothing if the answer holds none.
const Occurrence* FindNext(const std::vector<Occurrence>& occurrences, UtcTime now);
// "12:00 Review (in 25 min, Room A)"
std::string RenderNext(const std::vector<Occurrence>& occurrences, const View& view);
// {"text","tooltip","class"} for a bar; `class` is now, soon (within half an hour), later or none.
nlohmann::json NextForBar(const std::vector<Occurrence>& occurrences, const View& view);

// Two busy events at the same time, and when.
struct Conflict {
    std::size_t first = 0;  // places in the answer
    std::size_t second = 0;
    UtcTime start{}, end{};
};
// By start. `busy` says of each occurrence whether it is.
std::vector<Conflict> FindConflicts(const std::vector<Occurrence>& occurrences,
                                    const std::vector<bool>& busy);
std::string RenderConflicts(const std::vector<Occurrence>& occurrences,
                            const std::vector<Conflict>& conflicts, const CalendarBook& book,
                            const View& view);

}  // namespace kamili::ctl
