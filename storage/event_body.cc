#include "storage/event_body.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "model/recurrence.h"

namespace kamili::storage {
namespace {

using model::Event;
using model::EventTime;
using model::Person;
using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

// {"d": days} for a date, {"w": wall seconds, "z": zone, "u": UTC milliseconds} for a time.
json TimeJson(const EventTime& time) {
    if (time.all_day)
        return {{"d", std::chrono::floor<std::chrono::days>(time.wall).time_since_epoch().count()}};
    return {{"w", time.wall.time_since_epoch().count()},
            {"z", time.zone},
            {"u", time.utc.time_since_epoch().count()}};
}

EventTime TimeFrom(const json& time) {
    if (time.contains("d"))
        return EventTime::Date(
            std::chrono::local_days(std::chrono::days(time.at("d").get<std::int64_t>())));
    return {.all_day = false,
            .wall = std::chrono::local_seconds(seconds(time.at("w").get<std::int64_t>())),
            .zone = time.at("z").get<std::string>(),
            .utc = UtcTime(milliseconds(time.at("u").get<std::int64_t>()))};
}

json PersonJson(const Person& person) {
    json out = {{"n", person.name}, {"a", person.address}};
    if (person.response != model::Response::kNone) out["r"] = Text(person.response);
    if (person.optional) out["o"] = true;
    if (person.resource) out["e"] = true;
    if (person.self) out["s"] = true;
    return out;
}

Person PersonFrom(const json& person) {
    return {.name = person.at("n").get<std::string>(),
            .address = person.at("a").get<std::string>(),
            .response =
                model::ResponseFromText(person.value("r", "none")).value_or(model::Response::kNone),
            .optional = person.value("o", false),
            .resource = person.value("e", false),
            .self = person.value("s", false)};
}

// Only what differs from a fresh event is written: most fields of most events are empty.
void Put(json& out, const char* name, const std::string& text) {
    if (!text.empty()) out[name] = text;
}

void PutRest(json& out, const Event& event) {
    if (event.organizer) out["organizer"] = PersonJson(*event.organizer);
    for (const Person& person : event.attendees) out["attendees"].push_back(PersonJson(person));
    if (event.attendees_omitted) out["attendees_omitted"] = true;
    if (event.description_is_html) out["html"] = true;
    if (event.status != model::EventStatus::kConfirmed) out["status"] = Text(event.status);
    if (!event.busy) out["busy"] = false;
    if (event.response != model::Response::kNone) out["response"] = Text(event.response);
    if (event.sequence != 0) out["sequence"] = event.sequence;
    if (event.created) out["created"] = event.created->time_since_epoch().count();
    if (event.updated) out["updated"] = event.updated->time_since_epoch().count();
    if (!event.recurrence.empty()) out["recurrence"] = event.recurrence;
    if (!event.flags.empty()) out["flags"] = event.flags;
}

void ReadTexts(const json& body, Event& event) {
    const auto text = [&](const char* name) { return body.value(name, std::string()); };
    event.etag = text("etag");
    event.title = text("title");
    event.description = text("description");
    event.location = text("location");
    event.url = text("url");
    event.conference_url = text("conference");
    event.visibility = text("visibility");
    event.type = text("type");
    event.color = text("color");
}

std::optional<UtcTime> TimeOf(const json& body, const char* name) {
    const auto found = body.find(name);
    if (found == body.end()) return std::nullopt;
    return UtcTime(milliseconds(found->get<std::int64_t>()));
}

void ReadBody(const json& body, Event& event) {
    ReadTexts(body, event);
    event.start = TimeFrom(body.at("start"));
    event.end = TimeFrom(body.at("end"));
    if (body.contains("original")) event.original_start = TimeFrom(body.at("original"));
    if (body.contains("organizer")) event.organizer = PersonFrom(body.at("organizer"));
    if (body.contains("attendees"))
        for (const json& person : body.at("attendees"))
            event.attendees.push_back(PersonFrom(person));
    event.attendees_omitted = body.value("attendees_omitted", false);
    event.description_is_html = body.value("html", false);
    event.status = model::EventStatusFromText(body.value("status", "confirmed"))
                       .value_or(model::EventStatus::kConfirmed);
    event.busy = body.value("busy", true);
    event.response =
        model::ResponseFromText(body.value("response", "none")).value_or(model::Response::kNone);
    event.sequence = body.value("sequence", std::int64_t{0});
    event.created = TimeOf(body, "created");
    event.updated = TimeOf(body, "updated");
    event.recurrence = body.value("recurrence", std::vector<std::string>());
    event.flags = body.value("flags", std::vector<std::string>());
}

constexpr std::int64_t kDayMs = 86'400'000;

// Milliseconds of a time as if its wall were UTC, for dates.
std::int64_t Ms(const EventTime& time) {
    if (time.all_day) return milliseconds(time.wall.time_since_epoch()).count();
    return time.utc.time_since_epoch().count();
}

}  // namespace

std::string EventBody(const Event& event) {
    json out = {{"start", TimeJson(event.start)}, {"end", TimeJson(event.end)}};
    if (event.original_start) out["original"] = TimeJson(*event.original_start);
    Put(out, "etag", event.etag);
    Put(out, "title", event.title);
    Put(out, "description", event.description);
    Put(out, "location", event.location);
    Put(out, "url", event.url);
    Put(out, "conference", event.conference_url);
    Put(out, "visibility", event.visibility);
    Put(out, "type", event.type);
    Put(out, "color", event.color);
    PutRest(out, event);
    return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

bool ReadEventBody(std::string_view body, Event& event) {
    const json parsed = json::parse(body, nullptr, false);
    if (!parsed.is_object()) return false;
    try {
        ReadBody(parsed, event);
    } catch (const json::exception&) {
        return false;
    }
    return true;
}

Span SpanOf(const Event& event) {
    const std::int64_t start = Ms(event.start);
    const std::int64_t end = std::max(start, Ms(event.end));
    const std::int64_t slack = event.start.all_day ? kDayMs : 0;
    Span span{.from_ms = start - slack, .to_ms = end + slack};
    if (event.kind != model::EventKind::kSeries) return span;
    span.from_ms -= kDayMs;
    span.to_ms = kForeverMs;
    const auto set = model::RecurrenceSet::Parse(event.recurrence, event.start);
    // A rule that cannot be read happens once.
    const auto last = set ? set->LastStart() : std::optional(event.start);
    if (last) span.to_ms = Ms(*last) + (end - start) + 2 * kDayMs;
    return span;
}

}  // namespace kamili::storage
