#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "ctl/calendar_book.h"
#include "ctl/look.h"

namespace kamili::ctl {

// The answer of GetEvent (a JSCalendar Event) for people. Times stay in the event's own zone, which
// is named. Pure.
std::string RenderEvent(const nlohmann::json& answer, const CalendarBook& book, const View& view);
// "every 2 weeks on Mon, Wed, until 2026-12-31" of a JSCalendar RecurrenceRule.
std::string RuleInWords(const nlohmann::json& rule);
// "1 h 30 min" of an ISO 8601 duration; the text itself if it is none.
std::string DurationInWords(const std::string& duration);

// One line for an entry of the journal.
std::string RenderChange(const nlohmann::json& change, const CalendarBook& book, const View& view);
// The answer of Doctor.
std::string RenderFindings(const nlohmann::json& answer, const View& view);
// The last answer of Sync: a line for each calendar, then the accounts that failed.
std::string RenderSync(const nlohmann::json& answer, const CalendarBook& book, const View& view);

}  // namespace kamili::ctl
