#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "ctl/calendar_book.h"
#include "ctl/look.h"

namespace kamili::ctl {

struct AgendaOptions {
    UtcTime from{}, to{};  // the range that was asked for; longer events are cut to its days
    bool ids = false;
};

// The answer of ListOccurrences as days with their events: all-day ones first, then by time; what
// began earlier says so. ">" marks what is on now and what comes next. Pure.
std::string RenderAgenda(const nlohmann::json& answer, const CalendarBook& book,
                         const AgendaOptions& options, const View& view);
// The answer of SearchEvents: one line an event, with its day and its id.
std::string RenderSearch(const nlohmann::json& answer, const CalendarBook& book, const View& view);
// The answer of FreeBusy, by days.
std::string RenderFreeBusy(const nlohmann::json& answer, const View& view);

}  // namespace kamili::ctl
