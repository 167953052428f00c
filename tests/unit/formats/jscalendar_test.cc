// Aim: `event show --json` is JSCalendar (RFC 8984) whatever the event.
// Method: the RFC's rules as tables (jscalendar_rules.cc) over varied events, and values by hand.

#include "formats/jscalendar.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "model/zone.h"
#include "tests/unit/formats/jscalendar_rules.h"

using namespace kamili;
using namespace kamili::model;
using nlohmann::json;

namespace {

EventTime At(const std::string& text, const char* zone = "Europe/Berlin") {
    if (text.size() == 10) return EventTime::Date(*ParseDate(text));
    return TimedAt(*ParseWall(text), *Zone::Load(zone));
}

Event Meeting(const EventTime& start, const EventTime& end) {
    Event event;
    event.remote_id = "r1";
    event.uid = "u1@example.org";
    event.start = start;
    event.end = end;
    event.title = "Planning";
    event.updated = *ParseRfc3339("2026-01-01T00:00:00.250Z");
    return event;
}

Event Full() {
    Event event = Meeting(At("2026-01-15T10:00:00"), At("2026-01-15T11:30:00"));
    event.description = "<p>Bring \"it\"</p>";
    event.description_is_html = true;
    event.location = "Room 1";
    event.url = "https://calendar.example.org/e/1";
    event.conference_url = "https://meet.example.org/1";
    event.organizer = Person{.name = "Ada", .address = "ada@example.org"};
    event.attendees = {
        {.name = "Ada", .address = "Ada@Example.org", .response = Response::kOrganizer},
        {.name = "",
         .address = "bob@example.org",
         .response = Response::kTentative,
         .optional = true},
        {.name = "Room 1",
         .address = "room@example.org",
         .response = Response::kAccepted,
         .resource = true},
        {.name = "No address"}};
    event.status = EventStatus::kTentative;
    event.visibility = "private";
    event.color = "#12aBef";
    event.sequence = 3;
    event.created = *ParseRfc3339("2025-12-24T10:00:00Z");
    return event;
}

Event Series(const EventTime& start, const EventTime& end, std::vector<std::string> lines) {
    Event event = Meeting(start, end);
    event.kind = EventKind::kSeries;
    event.recurrence = std::move(lines);
    return event;
}

Event Moved(Event series, const EventTime& original, const EventTime& start, const EventTime& end) {
    series.kind = EventKind::kException;
    series.recurrence.clear();
    series.original_start = original;
    series.start = start;
    series.end = end;
    return series;
}

// The event as JSCalendar, which must keep the RFC's rules.
json Made(const Event& master, const std::vector<Event>& exceptions = {}) {
    json out = formats::ToJsCalendar(master, exceptions);
    const auto broken = formats::test::BrokenRules(out);
    CHECK_MESSAGE(broken.empty(), (broken.empty() ? "" : broken.front()), out.dump(1));
    return out;
}

}  // namespace

TEST_CASE("the checker of these tests sees what is wrong") {
    const json good = formats::ToJsCalendar(Full(), {});
    CHECK(formats::test::BrokenRules(good).empty());
    const std::pair<const char*, json> wrong[] = {
        {"start", "2026-01-15T10:00:00Z"},
        {"duration", "1H"},
        {"timeZone", "+01:00"},
        {"privacy", "hidden"},
        {"participants", {{"1", {{"@type", "Participant"}}}}},
        {"recurrenceRules", json::array({{{"@type", "RecurrenceRule"}}})},
        {"recurrenceOverrides", {{"2026-01-15T10:00:00", {{"privacy", "private"}}}}},
        {"updated", "2026-01-01T00:00:00.250Z"},
        {"invented", 1},
        {"uid", nullptr}};
    for (const auto& change : wrong) {
        json bad = good;
        bad[change.first] = change.second;
        CHECK_MESSAGE(formats::test::BrokenRules(bad).size() >= 1, change.first);
    }
}

TEST_CASE("everything known about an event is in its JSCalendar") {
    const json out = Made(Full());
    CHECK(out["uid"] == "u1@example.org");
    CHECK(out["start"] == "2026-01-15T10:00:00");
    CHECK(out["duration"] == "PT1H30M");
    CHECK(out["timeZone"] == "Europe/Berlin");
    CHECK_FALSE(out.contains("showWithoutTime"));
    CHECK(out["descriptionContentType"] == "text/html");
    CHECK(out["locations"]["1"]["name"] == "Room 1");
    CHECK(out["virtualLocations"]["1"]["uri"] == "https://meet.example.org/1");
    CHECK(out["links"]["1"]["href"] == "https://calendar.example.org/e/1");
    CHECK(out["status"] == "tentative");
    CHECK(out["freeBusyStatus"] == "busy");
    CHECK(out["privacy"] == "private");
    CHECK(out["color"] == "#12aBef");
    CHECK(out["sequence"] == 3);
    CHECK(out["created"] == "2025-12-24T10:00:00Z");
    CHECK(out["updated"] == "2026-01-01T00:00:00.25Z");
}

TEST_CASE("an organizer who attends is one participant with both roles") {
    const json out = Made(Full());
    const json& people = out["participants"];
    CHECK(people.size() == 4);
    CHECK(people["p1"]["roles"] == json{{"owner", true}, {"chair", true}, {"attendee", true}});
    CHECK(people["p1"]["participationStatus"] == "accepted");
    CHECK(people["p2"]["roles"] == json{{"attendee", true}, {"optional", true}});
    CHECK(people["p2"]["participationStatus"] == "tentative");
    CHECK(people["p3"]["kind"] == "resource");
    CHECK_FALSE(people["p4"].contains("email"));
    CHECK(out["replyTo"]["imip"] == "mailto:ada@example.org");
    Event absent = Full();
    absent.attendees.erase(absent.attendees.begin());
    const json other = Made(absent);
    CHECK(other["participants"]["organizer"]["roles"] == json{{"owner", true}, {"chair", true}});
    CHECK_FALSE(other["participants"]["organizer"].contains("participationStatus"));
}

TEST_CASE("what is not there or means nothing in JSCalendar is left out") {
    Event event = Meeting(At("2026-01-15T10:00:00", "UTC"), At("2026-01-15T10:00:00", "UTC"));
    event.uid = "";
    event.title = "";
    event.updated.reset();
    event.color = "11";
    event.busy = false;
    const json out = Made(event);
    CHECK(out["uid"] == "r1");
    CHECK(out["duration"] == "PT0S");
    CHECK(out["timeZone"] == "Etc/UTC");
    CHECK(out["freeBusyStatus"] == "free");
    for (const char* name : {"color", "privacy", "description", "locations", "participants",
                             "recurrenceRules", "recurrenceOverrides", "created", "replyTo"})
        CHECK_FALSE_MESSAGE(out.contains(name), name);
    event.color = "#12345";
    CHECK_FALSE(Made(event).contains("color"));
}

TEST_CASE("an all-day event has days and no zone") {
    const json out = Made(Meeting(At("2026-03-28"), At("2026-03-31")));
    CHECK(out["start"] == "2026-03-28T00:00:00");
    CHECK(out["duration"] == "P3D");
    CHECK(out["showWithoutTime"] == true);
    CHECK_FALSE(out.contains("timeZone"));
}

TEST_CASE("a duration is the exact time between the instants") {
    // Over the night of the change: eight hours by the clock, seven to sleep.
    const json out = Made(Meeting(At("2026-03-28T22:00:00"), At("2026-03-29T06:00:00")));
    CHECK(out["duration"] == "PT7H");
    CHECK(Made(Meeting(At("2026-01-01T00:00:00"), At("2026-01-03T00:00:05")))["duration"] ==
          "PT48H5S");
}

TEST_CASE("a zone that is only an offset is a zone of the event's own") {
    const json out =
        Made(Meeting(At("2026-01-15T10:00:00", "+05:30"), At("2026-01-15T11:00:00", "+05:30")));
    CHECK(out["timeZone"] == "/+05:30");
    CHECK(out["timeZones"]["/+05:30"]["standard"][0]["offsetTo"] == "+05:30");
}

TEST_CASE("rules keep every part") {
    const json out =
        Made(Series(At("2026-01-15T10:00:00"), At("2026-01-15T11:00:00"),
                    {"RRULE:FREQ=MONTHLY;INTERVAL=2;COUNT=9;WKST=SU;BYMONTH=1,3;BYMONTHDAY=-1,15;"
                     "BYDAY=2MO,-1FR,"
                     "SU;BYHOUR=9,10;BYMINUTE=0;BYSECOND=30;BYSETPOS=-1",
                     "RRULE:FREQ=YEARLY;BYWEEKNO=20;BYYEARDAY=-1;UNTIL=20270101T000000Z",
                     "EXRULE:FREQ=WEEKLY;UNTIL=20260301"}));
    const json& first = out["recurrenceRules"][0];
    CHECK(first["frequency"] == "monthly");
    CHECK(first["interval"] == 2);
    CHECK(first["count"] == 9);
    CHECK(first["firstDayOfWeek"] == "su");
    CHECK(first["byMonth"] == json{"1", "3"});
    CHECK(first["byMonthDay"] == json{-1, 15});
    CHECK(first["byDay"].size() == 3);
    CHECK(first["byDay"][1] == json{{"@type", "NDay"}, {"day", "mo"}, {"nthOfPeriod", 2}});
    CHECK(first["byHour"] == json{9, 10});
    CHECK(first["bySetPosition"] == json::array({-1}));
    // UNTIL is a local time of the series.
    CHECK(out["recurrenceRules"][1]["until"] == "2027-01-01T01:00:00");
    CHECK(out["excludedRecurrenceRules"][0]["until"] == "2026-03-01T23:59:59");
    const json both = Made(
        Series(At("2026-01-15"), At("2026-01-16"), {"RRULE:FREQ=DAILY;COUNT=5;UNTIL=20260301"}));
    CHECK(both["recurrenceRules"][0].contains("until"));
}

TEST_CASE("dates and exclusions are overrides at the local time of the series") {
    const json out = Made(
        Series(At("2026-01-15T10:00:00"), At("2026-01-15T11:00:00"),
               {"RRULE:FREQ=DAILY", "RDATE:20260701T070000Z",
                "EXDATE;TZID=America/New_York:20260117T040000", "EXDATE;VALUE=DATE:20260118"}));
    CHECK(out["recurrenceOverrides"] == json{{"2026-07-01T09:00:00", json::object()},
                                             {"2026-01-17T10:00:00", {{"excluded", true}}},
                                             {"2026-01-18T10:00:00", {{"excluded", true}}}});
}

TEST_CASE("an exception is a patch of what differs") {
    Event series =
        Series(At("2026-01-15T10:00:00"), At("2026-01-15T11:00:00"), {"RRULE:FREQ=DAILY"});
    series.location = "Room 1";
    series.visibility = "private";
    Event moved = Moved(series, At("2026-01-16T10:00:00"), At("2026-01-16T12:00:00"),
                        At("2026-01-16T13:00:00"));
    moved.location = "";
    moved.title = "Later";
    moved.visibility = "";  // not for a patch to change
    Event cancelled = moved;
    cancelled.kind = EventKind::kCancelledException;
    cancelled.original_start = At("2026-01-17T04:00:00", "America/New_York");
    const Event same = Moved(series, At("2026-01-18T10:00:00"), At("2026-01-18T10:00:00"),
                             At("2026-01-18T11:00:00"));
    const Event all_day =
        Moved(series, At("2026-01-19T10:00:00"), At("2026-01-19"), At("2026-01-20"));
    const json out = Made(series, {moved, cancelled, same, all_day});
    const json& overrides = out["recurrenceOverrides"];
    CHECK(overrides["2026-01-16T10:00:00"] ==
          json{{"start", "2026-01-16T12:00:00"}, {"title", "Later"}, {"locations", nullptr}});
    CHECK(overrides["2026-01-17T10:00:00"] == json{{"excluded", true}});
    CHECK(overrides["2026-01-18T10:00:00"] == json::object());
    CHECK(overrides["2026-01-19T10:00:00"] == json{{"start", "2026-01-19T00:00:00"},
                                                   {"duration", "P1D"},
                                                   {"showWithoutTime", true},
                                                   {"timeZone", nullptr}});
}

TEST_CASE("a series that the server expanded is its instances and no rule") {
    const Event series = Series(At("2026-01-15T10:00:00", "+01:00"),
                                At("2026-01-15T11:00:00", "+01:00"), {"RRULE:FREQ=DAILY"});
    Event instance =
        Moved(series, At("2026-07-16T09:00:00", "+01:00"), At("2026-07-16T09:00:00", "+01:00"),
              At("2026-07-16T10:00:00", "+01:00"));
    instance.kind = EventKind::kInstance;
    const json out = Made(series, {instance});
    CHECK_FALSE(out.contains("recurrenceRules"));
    CHECK(out["recurrenceOverrides"].size() == 1);
}

TEST_CASE("an exception without its series says which occurrence it is") {
    const Event orphan = Moved(Meeting({}, {}), At("2026-01-16T10:00:00"),
                               At("2026-01-16T12:00:00"), At("2026-01-16T13:00:00"));
    const json out = Made(orphan);
    CHECK(out["recurrenceId"] == "2026-01-16T10:00:00");
    CHECK(out["recurrenceIdTimeZone"] == "Europe/Berlin");
}

TEST_CASE("a series whose rule cannot be read is still an event") {
    const json out = Made(Series(At("2026-01-15"), At("2026-01-16"), {"RRULE:FREQ=NEVER"}));
    CHECK_FALSE(out.contains("recurrenceRules"));
}
