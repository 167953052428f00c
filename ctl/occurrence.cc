#include "ctl/occurrence.h"

#include <nlohmann/json.hpp>

#include "ctl/display_text.h"
#include "ctl/fields.h"

namespace kamili::ctl {
namespace {

using nlohmann::json;
using std::chrono::days;
using std::chrono::milliseconds;

std::optional<LocalDay> DayField(const json& object, const char* name) {
    const auto midnight = ParseRfc3339(TextField(object, name) + "T00:00:00Z");
    if (!midnight) return std::nullopt;
    return LocalDay(std::chrono::floor<days>(midnight->time_since_epoch()));
}

std::string TitleOf(const json& object) {
    std::string title = Clean(TextField(object, "title"));
    if (!title.empty()) return title;
    const std::string visibility = TextField(object, "visibility");
    if (visibility == "private" || visibility == "confidential") return "(private)";
    return visibility == "freebusy" || visibility == "busy" ? "(busy)" : "(no title)";
}

bool ReadTimes(const json& object, const LocalTime& zone, Occurrence& occurrence) {
    if (occurrence.all_day) {
        const auto first = DayField(object, "start");
        const auto end = DayField(object, "end");
        if (!first || !end) return false;
        occurrence.first_day = *first;
        occurrence.last_day = std::max(*first, *end - days(1));
        occurrence.start = zone.DayStart(*first);
        occurrence.end = zone.DayStart(occurrence.last_day + days(1));
        return true;
    }
    const auto start = TimeField(object, "start");
    const auto end = TimeField(object, "end");
    if (!start || !end) return false;
    occurrence.start = *start;
    occurrence.end = *end;
    occurrence.first_day = zone.DayOf(*start);
    // An end at midnight belongs to the day before.
    occurrence.last_day =
        std::max(occurrence.first_day, zone.DayOf(*end - milliseconds(*end > *start ? 1 : 0)));
    return true;
}

}  // namespace

std::optional<Occurrence> ParseOccurrence(const json& object, const LocalTime& zone) {
    Occurrence occurrence{.event_id = Clean(TextField(object, "event_id")),
                          .calendar_id = TextField(object, "calendar_id"),
                          .title = TitleOf(object),
                          .location = Clean(TextField(object, "location")),
                          .status = TextField(object, "status"),
                          .response = TextField(object, "response"),
                          .all_day = FlagField(object, "all_day"),
                          .recurring = FlagField(object, "recurring"),
                          .merged = ListField(object, "origins").size() > 1};
    if (!ReadTimes(object, zone, occurrence)) return std::nullopt;
    return occurrence;
}

std::vector<Occurrence> ParseOccurrences(const json& list, const LocalTime& zone) {
    std::vector<Occurrence> occurrences;
    for (const json& object : list)
        if (auto occurrence = ParseOccurrence(object, zone))
            occurrences.push_back(*std::move(occurrence));
    return occurrences;
}

std::string Remarks(const Occurrence& occurrence) {
    std::string text;
    const auto add = [&text](std::string_view remark) {
        if (!text.empty()) text += ", ";
        text += remark;
    };
    if (occurrence.status == "cancelled") add("cancelled");
    if (occurrence.status == "tentative" || occurrence.response == "tentative") add("tentative");
    if (occurrence.response == "declined") add("declined");
    if (occurrence.response == "needs_action") add("not answered");
    if (occurrence.recurring) add("repeats");
    return text;
}

}  // namespace kamili::ctl
