#include "sync/google/calendar.h"

#include <nlohmann/json.hpp>

#include "model/zone.h"
#include "sync/event_rules.h"
#include "sync/json_body.h"

namespace kamili::sync::google {
namespace {

using nlohmann::json;

model::Calendar ReadCalendar(const json& item) {
    model::Calendar calendar;
    calendar.remote_id = TextOf(item, "id");
    // The user's own name for it comes first.
    calendar.name = TextOf(item, "summaryOverride");
    if (calendar.name.empty()) calendar.name = TextOf(item, "summary");
    calendar.color = ColorText(TextOf(item, "backgroundColor"));
    calendar.time_zone = model::IanaZoneName(TextOf(item, "timeZone")).value_or("");
    calendar.access_role = TextOf(item, "accessRole");
    calendar.primary = FlagOf(item, "primary");
    calendar.hidden = FlagOf(item, "hidden");
    return calendar;
}

}  // namespace

CalendarPage ReadCalendarList(const json& body) {
    CalendarPage page;
    page.complete = true;
    for (const json& item : ArrayOf(body, "items")) {
        const std::string id = item.is_object() ? TextOf(item, "id") : "";
        if (id.empty()) {
            // It stands for a calendar that cannot be named, so the list is not whole.
            page.complete = false;
        } else if (!FlagOf(item, "deleted")) {
            page.calendars.push_back(ReadCalendar(item));
        } else if (FlagOf(item, "primary")) {
            // A primary calendar cannot be removed: a fault, not an instruction.
            page.complete = false;
        } else {
            page.removed.push_back(id);
        }
    }
    return page;
}

}  // namespace kamili::sync::google
