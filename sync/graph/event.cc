#include "sync/graph/event.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "model/zone.h"
#include "sync/event_rules.h"
#include "sync/graph/rule.h"
#include "sync/json_body.h"

namespace kamili::sync::graph {
namespace {

using model::Event;
using model::EventKind;
using model::EventTime;
using model::Response;
using nlohmann::json;
using std::chrono::days;

// dateTimeTimeZone as an instant: a wall time in a zone that is UTC unless the server did not
// listen. In a zone without a name it can only be taken as it stands, and the event says so.
std::optional<UtcTime> InstantOf(const json& time, Event& event) {
    std::string text = TextOf(time, "dateTime");
    if (!text.empty() && (text.back() == 'Z' || text.back() == 'z')) text.pop_back();
    const auto wall = model::ParseWall(text);
    if (!wall) return std::nullopt;
    const std::string name = TextOf(time, "timeZone");
    const auto zone = NamedZone(name);
    if (!zone && !name.empty()) AddFlag(event, "unknown_zone");
    return zone.value_or(model::Zone::Utc()).ToUtc(*wall);
}

// An all-day bound is a floating date, whatever zone it is told in.
std::optional<EventTime> DateOf(const json& time) {
    const auto date = model::ParseDate(TextOf(time, "dateTime").substr(0, 10));
    if (!date) return std::nullopt;
    return EventTime::Date(*date);
}

// Which zone the event was made in: a series says it in its range, everything else beside its
// start.
std::string ZoneNameOf(const json& item) {
    const json& range = ObjectOf(ObjectOf(item, "recurrence"), "range");
    const std::string of_series = TextOf(range, "recurrenceTimeZone");
    return of_series.empty() ? TextOf(item, "originalStartTimeZone") : of_series;
}

std::optional<EventTime> ReadTime(const json& item, const char* name, const Event* master,
                                  Event& event) {
    const json& time = ObjectOf(item, name);
    if (FlagOf(item, "isAllDay")) return DateOf(time);
    const auto utc = InstantOf(time, event);
    if (!utc) return std::nullopt;
    if (master && !master->start.all_day)
        return model::TimedAt(*utc, *model::Zone::Load(master->start.zone));
    return TimeInZone(*utc, ZoneNameOf(item), "UTC", {}, event);
}

void ReadTimes(const json& item, const Event* master, Event& event) {
    const auto start = ReadTime(item, "start", master, event);
    const auto end = ReadTime(item, "end", master, event);
    event.start = start.value_or(EventTime::Date(std::chrono::local_days{}));
    event.end = end.value_or(event.start);
    if (!start || !end) AddFlag(event, "malformed");
    MendEnd(event);
}

Response ResponseFrom(const std::string& answer) {
    if (answer == "organizer") return Response::kOrganizer;
    if (answer == "accepted") return Response::kAccepted;
    if (answer == "tentativelyAccepted") return Response::kTentative;
    if (answer == "declined") return Response::kDeclined;
    if (answer == "notResponded") return Response::kNeedsAction;
    return Response::kNone;
}

std::string Lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

model::Person ReadPerson(const json& person) {
    const json& address = ObjectOf(person, "emailAddress");
    const std::string type = TextOf(person, "type");
    return {.name = TextOf(address, "name"),
            .address = TextOf(address, "address"),
            .response = ResponseFrom(TextOf(ObjectOf(person, "status"), "response")),
            .optional = type == "optional",
            .resource = type == "resource",
            .self = false};
}

void ReadPeople(const json& item, const model::Account& account, Event& event) {
    const json& organizer = ObjectOf(item, "organizer");
    if (!organizer.empty()) {
        event.organizer = ReadPerson(organizer);
        event.organizer->self = FlagOf(item, "isOrganizer");
    }
    for (const json& one : ArrayOf(item, "attendees"))
        if (one.is_object()) event.attendees.push_back(ReadPerson(one));
    // Graph does not mark the user among the guests.
    const std::string own = Lower(account.address);
    for (model::Person& person : event.attendees)
        person.self = !own.empty() && Lower(person.address) == own;
    event.response = ResponseFrom(TextOf(ObjectOf(item, "responseStatus"), "response"));
    // The organizer's own answer is not always told.
    if (event.response == Response::kNone && FlagOf(item, "isOrganizer"))
        event.response = Response::kOrganizer;
}

void ReadTexts(const json& item, Event& event) {
    event.title = TextOf(item, "subject");
    const json& body = ObjectOf(item, "body");
    event.description = TextOf(body, "content");
    event.description_is_html = TextOf(body, "contentType") == "html";
    event.location = TextOf(ObjectOf(item, "location"), "displayName");
    event.url = TextOf(item, "webLink");
    event.conference_url = TextOf(ObjectOf(item, "onlineMeeting"), "joinUrl");
    if (event.conference_url.empty()) event.conference_url = TextOf(item, "onlineMeetingUrl");
    const std::string sensitivity = TextOf(item, "sensitivity");
    if (sensitivity == "private" || sensitivity == "personal") event.visibility = "private";
    if (sensitivity == "confidential") event.visibility = "confidential";
    for (const json& category : ArrayOf(item, "categories"))
        if (event.color.empty() && category.is_string())
            event.color = CleanText(category.get<std::string>());
    event.type = "default";
}

std::optional<UtcTime> StampOf(const json& item, const char* name) {
    const auto time = ParseRfc3339(TextOf(item, name));
    // "Never" is the first day of year one.
    if (!time || *time < UtcTime{}) return std::nullopt;
    return time;
}

// The date of an all-day occurrence: midnight of the organizer's zone, told in UTC, or a plain date
// at midnight of UTC.
EventTime DateAt(UtcTime utc, const std::string& zone_name) {
    const auto zone = NamedZone(zone_name).value_or(model::Zone::Utc());
    const auto wall = zone.ToWall(utc);
    const auto day = std::chrono::floor<days>(wall);
    const auto utc_day = std::chrono::floor<days>(utc);
    if (day != wall && utc_day == utc)
        return EventTime::Date(std::chrono::local_days(utc_day.time_since_epoch()));
    // The nearest midnight, for a zone that is not the one it was written in.
    return EventTime::Date(std::chrono::floor<days>(wall + std::chrono::hours(12)));
}

// The original start as its series means it: a date for an all-day one.
std::optional<EventTime> OriginalOf(const json& item, const Event& master) {
    const std::string text = TextOf(item, "originalStart");
    auto utc = ParseRfc3339(text);
    if (!utc) {
        const auto wall = model::ParseWall(text);
        if (!wall) return std::nullopt;
        utc = model::Zone::Utc().ToUtc(*wall);
    }
    if (master.start.all_day) return DateAt(*utc, ZoneNameOf(item));
    return model::TimedAt(*utc, *model::Zone::Load(master.start.zone));
}

// What is kept as sent: all but what the event holds already (the text, which can be a megabyte)
// and what the protocol alone needs.
std::string RawOf(const json& item) {
    json kept = item;
    for (const char* name : {"body", "bodyPreview", "@odata.context", "@odata.type"})
        kept.erase(name);
    return kept.dump(-1, ' ', false, json::error_handler_t::replace);
}

// "OID.<master>.<date>": that day's occurrence is gone.
std::optional<Event> CancelledFrom(const std::string& id, const Event& master) {
    const auto dot = id.rfind('.');
    if (dot == std::string::npos) return std::nullopt;
    const auto date = model::ParseDate(id.substr(dot + 1));
    if (!date) return std::nullopt;
    Event event;
    event.remote_id = id;
    event.uid = master.uid;
    event.kind = EventKind::kCancelledException;
    event.series_remote_id = master.remote_id;
    event.status = model::EventStatus::kCancelled;
    event.busy = false;
    if (master.start.all_day) {
        event.original_start = EventTime::Date(*date);
    } else {
        const auto time = master.start.wall - std::chrono::floor<days>(master.start.wall);
        event.original_start = model::TimedAt(*date + time, *model::Zone::Load(master.start.zone));
    }
    event.start = event.end = *event.original_start;
    return event;
}

// The exceptions and cancelled occurrences that the item tells; ones that cannot be read are left
// out, which AreMembersWhole notices.
void AddMembers(const json& item, const model::Account& account, RemoteChange& change) {
    const Event& master = change.event;
    for (const json& one : ArrayOf(item, "exceptionOccurrences"))
        if (auto exception = ReadEvent(one, account, &master))
            change.members.push_back(std::move(*exception));
    for (const json& one : ArrayOf(item, "cancelledOccurrences"))
        if (auto cancelled = one.is_string()
                                 ? CancelledFrom(CleanText(one.get<std::string>()), master)
                                 : std::nullopt)
            change.members.push_back(std::move(*cancelled));
}

}  // namespace

std::optional<Event> ReadEvent(const json& item, const model::Account& account,
                               const Event* master) {
    if (!item.is_object()) return std::nullopt;
    Event event;
    event.remote_id = TextOf(item, "id");
    if (event.remote_id.empty()) return std::nullopt;
    event.uid = master ? master->uid : TextOf(item, "iCalUId");
    event.etag = TextOf(item, "@odata.etag");
    if (master) {
        event.kind = EventKind::kException;
        event.series_remote_id = master->remote_id;
        event.original_start = OriginalOf(item, *master);
        if (!event.original_start) AddFlag(event, "malformed");
    }
    ReadTimes(item, master, event);
    ReadTexts(item, event);
    ReadPeople(item, account, event);
    if (FlagOf(item, "isCancelled")) event.status = model::EventStatus::kCancelled;
    event.created = StampOf(item, "createdDateTime");
    event.updated = StampOf(item, "lastModifiedDateTime");
    event.raw = RawOf(item);
    SettleBusy(event, TextOf(item, "showAs") != "free");
    if (account.access == model::Access::kFreeBusy) KeepTimesOnly(event);
    return event;
}

bool IsSeriesMaster(const json& item) {
    return TextOf(item, "type") == "seriesMaster" || !ObjectOf(item, "recurrence").empty();
}

bool IsExpandable(const Event& master) {
    if (master.recurrence.empty() || IsBad(master)) return false;
    return std::find(master.flags.begin(), master.flags.end(), "unknown_zone") ==
           master.flags.end();
}

bool AreMembersWhole(const json& item, const RemoteChange& series) {
    // Where the service does not know the two lists, or forgot one, they are simply not there.
    if (!HasArray(item, "exceptionOccurrences") || !HasArray(item, "cancelledOccurrences"))
        return false;
    const auto told = item["exceptionOccurrences"].size() + item["cancelledOccurrences"].size();
    return series.members.size() == told &&
           std::all_of(series.members.begin(), series.members.end(),
                       [](const Event& member) { return member.original_start.has_value(); });
}

std::optional<RemoteChange> ReadSeries(const json& item, const model::Account& account) {
    json alone = item;
    alone.erase("exceptionOccurrences");
    alone.erase("cancelledOccurrences");
    auto master = ReadEvent(alone, account, nullptr);
    if (!master) return std::nullopt;
    master->kind = EventKind::kSeries;
    if (auto rule = RuleOf(ObjectOf(item, "recurrence"), master->start))
        master->recurrence.push_back(std::move(*rule));
    else
        AddFlag(*master, "bad_recurrence");
    CheckRecurrence(*master);
    RemoteChange change{
        .kind = RemoteChange::Kind::kReplaceSeries, .event = std::move(*master), .members = {}};
    AddMembers(item, account, change);
    return change;
}

}  // namespace kamili::sync::graph
