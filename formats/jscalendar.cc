#include "formats/jscalendar.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "formats/rule_json.h"
#include "model/zone.h"

namespace kamili::formats {
namespace {

using model::Event;
using model::EventTime;
using nlohmann::json;

// RFC 8984 section 1.4.4: a local date and time.
std::string Local(const EventTime& time) {
    return model::FormatWall(time) + (time.all_day ? "T00:00:00" : "");
}

// The same section: no zeros at the end of a fraction.
std::string UtcDateTime(UtcTime time) {
    std::string text = FormatUtc(time);
    if (text.find('.') == std::string::npos) return text;
    text.pop_back();
    while (text.back() == '0') text.pop_back();
    return text + "Z";
}

bool IsOffset(const std::string& zone) { return zone.starts_with('+') || zone.starts_with('-'); }

// RFC 8984 section 1.4.6. Days for all-day events, else the exact time between the instants.
std::string Duration(const EventTime& start, const EventTime& end) {
    if (start.all_day) {
        const auto days = std::chrono::floor<std::chrono::days>(end.wall - start.wall).count();
        return fmt::format("P{}D", std::max<std::int64_t>(0, days));
    }
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(end.utc - start.utc).count();
    if (seconds <= 0) return "PT0S";
    std::string text = "PT";
    if (seconds >= 3600) text += fmt::format("{}H", seconds / 3600);
    if (seconds / 60 % 60) text += fmt::format("{}M", seconds / 60 % 60);
    if (seconds % 60) text += fmt::format("{}S", seconds % 60);
    return text;
}

const char* Participation(model::Response response) {
    switch (response) {
        case model::Response::kAccepted:
        case model::Response::kOrganizer:
            return "accepted";
        case model::Response::kTentative:
            return "tentative";
        case model::Response::kDeclined:
            return "declined";
        default:
            return "needs-action";
    }
}

json Participant(const model::Person& person, bool owner, bool attends) {
    json roles = json::object();
    if (owner) roles = {{"owner", true}, {"chair", true}};
    if (attends) roles["attendee"] = true;
    if (person.optional) roles["optional"] = true;
    json out = {{"@type", "Participant"}, {"roles", std::move(roles)}};
    if (!person.name.empty()) out["name"] = person.name;
    if (!person.address.empty()) {
        out["email"] = person.address;
        out["sendTo"] = {{"imip", "mailto:" + person.address}};
    }
    if (person.resource) out["kind"] = "resource";
    if (attends) out["participationStatus"] = Participation(person.response);
    return out;
}

bool IsSame(const model::Person& a, const model::Person& b) {
    const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
    return !a.address.empty() &&
           std::equal(a.address.begin(), a.address.end(), b.address.begin(), b.address.end(),
                      [&](char x, char y) { return lower(x) == lower(y); });
}

// An organizer who is in the list of attendees too is one participant with both roles.
void AddPeople(const Event& event, json& out) {
    json people = json::object();
    bool owner_attends = false;
    int number = 0;
    for (const auto& person : event.attendees) {
        const bool owner = event.organizer && IsSame(person, *event.organizer);
        owner_attends = owner_attends || owner;
        people[fmt::format("p{}", ++number)] = Participant(person, owner, /*attends=*/true);
    }
    if (event.organizer && !owner_attends)
        people["organizer"] = Participant(*event.organizer, /*owner=*/true, /*attends=*/false);
    if (!people.empty()) out["participants"] = std::move(people);
}

void AddPlaces(const Event& event, json& out) {
    if (!event.location.empty())
        out["locations"] = {{"1", {{"@type", "Location"}, {"name", event.location}}}};
    if (!event.conference_url.empty())
        out["virtualLocations"] = {
            {"1", {{"@type", "VirtualLocation"}, {"uri", event.conference_url}}}};
    if (!event.url.empty()) out["links"] = {{"1", {{"@type", "Link"}, {"href", event.url}}}};
}

// "#rgb" or "#rrggbb"; the providers' own numbers and names of categories are no CSS colors.
bool IsHexColor(std::string_view color) {
    return (color.size() == 4 || color.size() == 7) && color.front() == '#' &&
           color.find_first_not_of("0123456789abcdefABCDEF", 1) == std::string_view::npos;
}

void AddTexts(const Event& event, json& out) {
    out["title"] = event.title;
    if (!event.description.empty()) {
        out["description"] = event.description;
        out["descriptionContentType"] = event.description_is_html ? "text/html" : "text/plain";
    }
    if (IsHexColor(event.color)) out["color"] = event.color;
}

// A fixed offset has no IANA name: it is a zone of the event's own (RFC 8984 section 4.7.2).
std::string ZoneId(const std::string& zone) {
    if (zone == "UTC") return "Etc/UTC";
    return IsOffset(zone) ? "/" + zone : zone;
}

void AddZone(const EventTime& time, json& zones) {
    if (time.all_day || !IsOffset(time.zone)) return;
    json rule = {{"@type", "TimeZoneRule"},
                 {"start", "1970-01-01T00:00:00"},
                 {"offsetFrom", time.zone},
                 {"offsetTo", time.zone}};
    zones[ZoneId(time.zone)] = {
        {"@type", "TimeZone"}, {"tzId", time.zone}, {"standard", json::array({std::move(rule)})}};
}

// What an event and the patch of one of its occurrences have in common.
json Core(const Event& event) {
    json out = {{"start", Local(event.start)},
                {"duration", Duration(event.start, event.end)},
                {"status", Text(event.status)},
                {"freeBusyStatus", event.busy ? "busy" : "free"}};
    if (event.start.all_day)
        out["showWithoutTime"] = true;
    else
        out["timeZone"] = ZoneId(event.start.zone);
    AddTexts(event, out);
    AddPlaces(event, out);
    AddPeople(event, out);
    return out;
}

// RFC 8984 section 1.4.9: what differs, whole members; null takes one away.
json Patch(const json& master, const json& occurrence) {
    json patch = json::object();
    for (const auto& [name, value] : occurrence.items())
        if (!master.contains(name) || master.at(name) != value) patch[name] = value;
    for (const auto& [name, value] : master.items())
        if (!occurrence.contains(name)) patch[name] = nullptr;
    return patch;
}

// The key of an occurrence: its original start as local time of the series.
std::string Key(const Event& master, const EventTime& original) {
    if (master.start.all_day || original.all_day)
        return model::FormatDate(std::chrono::floor<std::chrono::days>(original.wall)) +
               "T00:00:00";
    const auto zone = model::Zone::Load(master.start.zone);
    return Local(zone ? model::TimedAt(original.utc, *zone) : original);
}

json Overrides(const Event& master, const json& core, std::span<const Event> exceptions) {
    json overrides = json::object();
    for (const Event& exception : exceptions) {
        if (!exception.original_start) continue;
        const std::string key = Key(master, *exception.original_start);
        if (exception.kind == model::EventKind::kCancelledException) {
            overrides[key] = {{"excluded", true}};
            continue;
        }
        json expected = core;
        expected["start"] = key;
        overrides[key] = Patch(expected, Core(exception));
    }
    return overrides;
}

// What the patch of an occurrence must not touch (RFC 8984 section 4.3.5).
void AddFixed(const Event& event, json& out) {
    out["sequence"] = event.sequence;
    // A required member; an event whose provider does not say was updated when it was made.
    const auto updated = event.updated ? event.updated : event.created;
    out["updated"] = UtcDateTime(updated.value_or(UtcTime{}));
    if (event.created) out["created"] = UtcDateTime(*event.created);
    if (event.visibility == "private" || event.visibility == "confidential")
        out["privacy"] = event.visibility == "private" ? "private" : "secret";
    if (event.organizer && !event.organizer->address.empty())
        out["replyTo"] = {{"imip", "mailto:" + event.organizer->address}};
}

// An exception without its series says which occurrence it is (RFC 8984 section 4.3.1).
void AddRecurrenceId(const Event& event, json& out) {
    if (!event.original_start) return;
    out["recurrenceId"] = Local(*event.original_start);
    if (!event.original_start->all_day)
        out["recurrenceIdTimeZone"] = ZoneId(event.original_start->zone);
}

bool IsInstance(const Event& event) { return event.kind == model::EventKind::kInstance; }

}  // namespace

json ToJsCalendar(const Event& master, std::span<const Event> exceptions) {
    const json core = Core(master);
    json out = core;
    out["@type"] = "Event";
    out["uid"] = master.uid.empty() ? master.remote_id : master.uid;
    AddFixed(master, out);
    json zones = json::object();
    AddZone(master.start, zones);
    for (const Event& exception : exceptions) AddZone(exception.start, zones);
    if (!zones.empty()) out["timeZones"] = std::move(zones);
    if (master.kind != model::EventKind::kSeries) {
        AddRecurrenceId(master, out);
        return out;
    }
    // Instances from the server are the whole series: a rule beside them would say it twice.
    const bool listed = std::any_of(exceptions.begin(), exceptions.end(), IsInstance);
    json overrides = listed ? json::object() : AddRules(master, out);
    overrides.update(Overrides(master, core, exceptions));
    if (!overrides.empty()) out["recurrenceOverrides"] = std::move(overrides);
    return out;
}

}  // namespace kamili::formats
