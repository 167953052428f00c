#include "sync/google/event.h"

#include <nlohmann/json.hpp>

#include "model/zone.h"
#include "sync/event_rules.h"
#include "sync/json_body.h"

namespace kamili::sync::google {
namespace {

using model::Event;
using model::EventKind;
using model::EventTime;
using model::Response;
using nlohmann::json;

// Seconds east of UTC at the end of an RFC 3339 text.
std::chrono::seconds OffsetOf(std::string_view text) {
    if (text.size() < 6 || text.ends_with('Z') || text.ends_with('z')) return {};
    const std::string_view zone = text.substr(text.size() - 6);
    const auto digit = [&](std::size_t i) { return zone[i] - '0'; };
    const int minutes = (digit(1) * 10 + digit(2)) * 60 + digit(4) * 10 + digit(5);
    return std::chrono::minutes(zone[0] == '-' ? -minutes : minutes);
}

// A wall time without an offset, which is meant in the zone beside it.
std::optional<EventTime> ReadWallTime(const std::string& text, const json& time,
                                      const model::Calendar& calendar, Event& event) {
    const auto wall = model::ParseWall(text);
    if (!wall) return std::nullopt;
    const std::string name = TextOf(time, "timeZone");
    const auto zone = NamedZone(name.empty() ? calendar.time_zone : name);
    if (!zone) AddFlag(event, "unknown_zone");
    return model::TimedAt(*wall, zone.value_or(model::Zone::Utc()));
}

// {"date"} or {"dateTime", "timeZone"?}; nothing if it is neither.
std::optional<EventTime> ReadTime(const json& time, const model::Calendar& calendar, Event& event) {
    const std::string date = TextOf(time, "date");
    if (const auto day = model::ParseDate(date)) return EventTime::Date(*day);
    const std::string text = TextOf(time, "dateTime");
    const auto utc = ParseRfc3339(text);
    if (!utc) return ReadWallTime(text, time, calendar, event);
    return TimeInZone(*utc, TextOf(time, "timeZone"), calendar.time_zone, OffsetOf(text), event);
}

Response ResponseFrom(const std::string& status) {
    if (status == "accepted") return Response::kAccepted;
    if (status == "tentative") return Response::kTentative;
    if (status == "declined") return Response::kDeclined;
    if (status == "needsAction") return Response::kNeedsAction;
    return Response::kNone;
}

model::Person ReadPerson(const json& person) {
    return {.name = TextOf(person, "displayName"),
            .address = TextOf(person, "email"),
            .response = ResponseFrom(TextOf(person, "responseStatus")),
            .optional = FlagOf(person, "optional"),
            .resource = FlagOf(person, "resource"),
            .self = FlagOf(person, "self")};
}

void ReadPeople(const json& item, Event& event) {
    const json& organizer = ObjectOf(item, "organizer");
    if (!organizer.empty()) event.organizer = ReadPerson(organizer);
    event.attendees_omitted = FlagOf(item, "attendeesOmitted");
    for (const json& one : ArrayOf(item, "attendees")) {
        if (!one.is_object()) continue;
        event.attendees.push_back(ReadPerson(one));
        if (event.attendees.back().self) event.response = event.attendees.back().response;
    }
    // Who organizes attends, unless they say otherwise.
    if (event.organizer && event.organizer->self && event.response != Response::kDeclined &&
        event.response != Response::kTentative)
        event.response = Response::kOrganizer;
}

void ReadTexts(const json& item, Event& event) {
    event.title = TextOf(item, "summary");
    event.description = TextOf(item, "description");
    // Google's own editor writes HTML and does not say so.
    event.description_is_html = LooksLikeHtml(event.description);
    event.location = TextOf(item, "location");
    event.url = TextOf(item, "htmlLink");
    event.conference_url = TextOf(item, "hangoutLink");
    for (const json& entry : ArrayOf(ObjectOf(item, "conferenceData"), "entryPoints"))
        if (event.conference_url.empty() && entry.is_object() &&
            TextOf(entry, "entryPointType") == "video")
            event.conference_url = TextOf(entry, "uri");
    event.visibility = TextOf(item, "visibility");
    if (event.visibility == "default") event.visibility.clear();
    event.color = TextOf(item, "colorId");
    event.type = TextOf(item, "eventType");
    if (event.type.empty()) event.type = "default";
}

bool IsBusyType(const Event& event) {
    return event.type != "workingLocation" && event.type != "birthday";
}

void ReadTimes(const json& item, const model::Calendar& calendar, Event& event) {
    const auto start = ReadTime(ObjectOf(item, "start"), calendar, event);
    const auto end = ReadTime(ObjectOf(item, "end"), calendar, event);
    if (!start) {
        // Kept, at a place where nobody looks, so that nothing is lost that only reads badly.
        event.start = event.end = EventTime::Date(std::chrono::local_days{});
        return AddFlag(event, "malformed");
    }
    event.start = *start;
    event.end = end && !FlagOf(item, "endTimeUnspecified") ? *end : *start;
    if (!end && !FlagOf(item, "endTimeUnspecified")) AddFlag(event, "malformed");
    MendEnd(event);
}

// Which occurrence an exception stands for. The id says it too, as a last resort.
std::optional<EventTime> OriginalOf(const json& item, const model::Calendar& calendar,
                                    Event& event) {
    if (auto told = ReadTime(ObjectOf(item, "originalStartTime"), calendar, event)) return told;
    const auto instance = ParseInstanceId(event.remote_id);
    if (!instance) return std::nullopt;
    return instance->original;
}

void ReadKind(const json& item, const model::Calendar& calendar, Event& event) {
    for (const json& line : ArrayOf(item, "recurrence"))
        if (line.is_string()) event.recurrence.push_back(CleanText(line.get<std::string>()));
    event.series_remote_id = TextOf(item, "recurringEventId");
    if (!event.series_remote_id.empty()) {
        event.kind = EventKind::kException;
        event.recurrence.clear();
        event.original_start = OriginalOf(item, calendar, event);
        if (!event.original_start) AddFlag(event, "malformed");
    } else if (!event.recurrence.empty()) {
        event.kind = EventKind::kSeries;
    }
}

// A cancelled row is a removed occurrence if it says of which series, else it is gone.
RemoteChange ReadCancelled(const json& item, const model::Calendar& calendar, Event event) {
    event.kind = EventKind::kCancelledException;
    event.status = model::EventStatus::kCancelled;
    event.busy = false;
    event.original_start = OriginalOf(item, calendar, event);
    event.series_remote_id = TextOf(item, "recurringEventId");
    if (event.series_remote_id.empty() && event.original_start) {
        // Whether the id means a series is known to whoever has the rows.
        if (const auto instance = ParseInstanceId(event.remote_id)) {
            event.series_remote_id = instance->series;
            AddFlag(event, "sparse");
        }
    }
    const bool is_occurrence = !event.series_remote_id.empty() && event.original_start;
    if (is_occurrence) event.start = event.end = *event.original_start;
    const auto kind = is_occurrence ? RemoteChange::Kind::kUpsert : RemoteChange::Kind::kRemoved;
    return {.kind = kind, .event = std::move(event), .members = {}};
}

}  // namespace

std::optional<InstanceId> ParseInstanceId(std::string_view id) {
    const auto underscore = id.rfind('_');
    if (underscore == std::string_view::npos || underscore == 0) return std::nullopt;
    std::string_view stamp = id.substr(underscore + 1);
    if (stamp.size() != 8 && stamp.size() != 16) return std::nullopt;
    std::string text;
    for (std::size_t i = 0; i < stamp.size(); ++i) {
        if (i == 4 || i == 6) text += '-';
        if (i == 11 || i == 13) text += ':';
        text += stamp[i];
    }
    InstanceId out{.series = std::string(id.substr(0, underscore)), .original = {}};
    if (stamp.size() == 8) {
        const auto date = model::ParseDate(text);
        if (!date) return std::nullopt;
        out.original = EventTime::Date(*date);
        return out;
    }
    const auto utc = ParseRfc3339(text);
    if (!utc) return std::nullopt;
    out.original = model::TimedAt(*utc, model::Zone::Utc());
    return out;
}

std::optional<RemoteChange> ReadItem(const json& item, const model::Account& account,
                                     const model::Calendar& calendar) {
    if (!item.is_object()) return std::nullopt;
    Event event;
    event.remote_id = TextOf(item, "id");
    if (event.remote_id.empty()) return std::nullopt;
    event.uid = TextOf(item, "iCalUID");
    event.etag = TextOf(item, "etag");
    const std::string status = TextOf(item, "status");
    if (status == "cancelled") return ReadCancelled(item, calendar, std::move(event));
    if (status == "tentative") event.status = model::EventStatus::kTentative;
    ReadKind(item, calendar, event);
    ReadTimes(item, calendar, event);
    CheckRecurrence(event);
    ReadTexts(item, event);
    ReadPeople(item, event);
    event.sequence = NumberOf(item, "sequence");
    event.created = ParseRfc3339(TextOf(item, "created"));
    event.updated = ParseRfc3339(TextOf(item, "updated"));
    event.raw = item.dump(-1, ' ', false, json::error_handler_t::replace);
    SettleBusy(event, TextOf(item, "transparency") != "transparent" && IsBusyType(event));
    if (account.access == model::Access::kFreeBusy) KeepTimesOnly(event);
    return RemoteChange{
        .kind = RemoteChange::Kind::kUpsert, .event = std::move(event), .members = {}};
}

}  // namespace kamili::sync::google
