#include "sync/graph/calendar.h"

#include <nlohmann/json.hpp>

#include "sync/event_rules.h"
#include "sync/json_body.h"

namespace kamili::sync::graph {
namespace {

using nlohmann::json;

// Graph tells rights, not roles: who may share a calendar owns it.
std::string RoleOf(const json& item) {
    if (FlagOf(item, "canShare")) return "owner";
    return FlagOf(item, "canEdit") ? "writer" : "reader";
}

model::Calendar ReadCalendar(const json& item) {
    model::Calendar calendar;
    calendar.remote_id = TextOf(item, "id");
    calendar.name = TextOf(item, "name");
    calendar.color = ColorText(TextOf(item, "hexColor"));
    calendar.primary = FlagOf(item, "isDefaultCalendar");
    calendar.access_role = RoleOf(item);
    return calendar;
}

}  // namespace

CalendarPage ReadCalendarList(const json& body) {
    CalendarPage page;
    page.complete = true;
    for (const json& item : ArrayOf(body, "value")) {
        if (item.is_object() && !TextOf(item, "id").empty())
            page.calendars.push_back(ReadCalendar(item));
        else
            // It stands for a calendar that cannot be named, so the list is not whole.
            page.complete = false;
    }
    return page;
}

}  // namespace kamili::sync::graph
