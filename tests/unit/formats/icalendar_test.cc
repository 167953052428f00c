// Aim: what is written as iCalendar text means the same occurrences to others.
// Method: libical reads the text back; its occurrences of ten years are compared with ours.

#include "formats/icalendar.h"

#include <doctest/doctest.h>
#include <libical/ical.h>

#include <memory>
#include <set>
#include <sstream>

#include "model/occurrence.h"
#include "model/zone.h"

using namespace kamili;
using namespace kamili::model;

namespace {

using Times = std::multiset<std::string>;

EventTime At(const std::string& text, const char* zone = "Europe/Berlin") {
    if (text.size() == 10) return EventTime::Date(*ParseDate(text));
    return TimedAt(*ParseWall(text), *Zone::Load(zone));
}

Event Make(const char* start, const char* end, std::vector<std::string> lines = {},
           const char* zone = "Europe/Berlin") {
    Event event;
    event.remote_id = "r";
    event.uid = "uid@example.org";
    event.kind = lines.empty() ? EventKind::kSingle : EventKind::kSeries;
    event.title = "Title; with, marks\\ and\nlines";
    event.start = At(start, zone);
    event.end = At(end, zone);
    event.recurrence = std::move(lines);
    return event;
}

Event Change(const Event& master, const EventTime& original, const EventTime& start,
             const EventTime& end) {
    Event event = master;
    event.kind = EventKind::kException;
    event.recurrence.clear();
    event.original_start = original;
    event.start = start;
    event.end = end;
    return event;
}

std::string TextOf(bool all_day, std::int64_t start_s, std::int64_t end_s) {
    const auto text = [&](std::int64_t time) {
        return FormatUtc(UtcTime(std::chrono::seconds(time))).substr(0, all_day ? 10 : 20);
    };
    return text(start_s) + "/" + text(end_s);
}

const UtcTime kFrom = *ParseRfc3339("2025-01-01T00:00:00Z");
const UtcTime kTo = *ParseRfc3339("2035-01-01T00:00:00Z");

Times Ours(const Event& master, const std::vector<Event>& exceptions) {
    std::vector<const Event*> pointers;
    for (const Event& one : exceptions) pointers.push_back(&one);
    std::vector<Occurrence> all;
    CHECK(ExpandInto(master, pointers, TimeRange::Of(kFrom, kTo, Zone::Utc()), all));
    Times out;
    const auto seconds = [](const EventTime& time) {
        return time.all_day
                   ? time.wall.time_since_epoch().count()
                   : std::chrono::floor<std::chrono::seconds>(time.utc.time_since_epoch()).count();
    };
    for (const Occurrence& one : all)
        out.insert(TextOf(one.start.all_day, seconds(one.start), seconds(one.end)));
    return out;
}

struct FreeComponent {
    void operator()(icalcomponent* component) const { icalcomponent_free(component); }
};

struct Reading {
    Times times;
    std::set<time_t> replaced;
    bool all_day = false;
};

void OnInstance(icalcomponent*, icaltime_span* span, void* data) {
    auto& reading = *static_cast<Reading*>(data);
    if (!reading.replaced.contains(span->start))
        reading.times.insert(TextOf(reading.all_day, span->start, span->end));
}

// With the zone that its TZID names, which icalcomponent_get_recurrenceid() leaves out.
icaltimetype RecurrenceIdOf(icalcomponent* event) {
    auto* property = icalcomponent_get_first_property(event, ICAL_RECURRENCEID_PROPERTY);
    return property ? icalproperty_get_datetime_with_component(property, event)
                    : icaltime_null_time();
}

// An exception takes the place of the occurrence that its RECURRENCE-ID names.
Times Theirs(const std::string& text) {
    const std::unique_ptr<icalcomponent, FreeComponent> calendar(
        icalparser_parse_string(text.c_str()));
    REQUIRE(calendar);
    CHECK(icalcomponent_count_errors(calendar.get()) == 0);
    const auto from = icaltime_from_timet_with_zone(kFrom.time_since_epoch().count() / 1000, 0,
                                                    icaltimezone_get_utc_timezone());
    const auto to = icaltime_from_timet_with_zone(kTo.time_since_epoch().count() / 1000, 0,
                                                  icaltimezone_get_utc_timezone());
    Reading reading;
    icalcomponent* master = nullptr;
    for (auto* one = icalcomponent_get_first_component(calendar.get(), ICAL_VEVENT_COMPONENT); one;
         one = icalcomponent_get_next_component(calendar.get(), ICAL_VEVENT_COMPONENT)) {
        const auto id = RecurrenceIdOf(one);
        const auto start = icalcomponent_get_dtstart(one);
        if (icaltime_is_null_time(id)) {
            master = one;
            continue;
        }
        reading.replaced.insert(icaltime_as_timet_with_zone(id, icaltime_get_timezone(id)));
        const auto end = icalcomponent_get_dtend(one);
        reading.times.insert(
            TextOf(start.is_date, icaltime_as_timet_with_zone(start, icaltime_get_timezone(start)),
                   icaltime_as_timet_with_zone(end, icaltime_get_timezone(end))));
    }
    if (!master) return reading.times;
    reading.all_day = icalcomponent_get_dtstart(master).is_date;
    icalcomponent_foreach_recurrence(master, from, to, OnInstance, &reading);
    return reading.times;
}

// One a line, so that a difference can be read.
std::string Lines(const Times& times) {
    std::string out;
    for (const std::string& one : times) out += one + "\n";
    return out;
}

void CheckSame(const Event& master, const std::vector<Event>& exceptions = {}) {
    const std::string text = formats::ToICalendar(master, exceptions);
    INFO(text);
    const Times ours = Ours(master, exceptions);
    CHECK_FALSE(ours.empty());
    CHECK(Lines(Theirs(text)) == Lines(ours));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        CHECK(line.size() <= 76);
        CHECK(line.ends_with('\r'));
    }
}

}  // namespace

TEST_CASE("single events are read back to the second") {
    CheckSame(Make("2026-01-15T10:00:00", "2026-01-15T11:00:00"));
    CheckSame(Make("2026-01-15", "2026-01-18"));
    CheckSame(Make("2026-01-15T10:00:00", "2026-01-15T11:00:00", {}, "UTC"));
    CheckSame(Make("2026-01-15T10:00:00", "2026-01-15T11:00:00", {}, "+05:30"));
    CheckSame(Make("2026-07-15T10:00:00", "2026-07-15T11:00:00", {}, "America/New_York"));
    Event second = Make("2026-10-25T02:30:00", "2026-10-25T02:45:00");
    second.start.utc += std::chrono::hours(1);
    second.end.utc += std::chrono::hours(1);
    CheckSame(second);
    Event flight = Make("2026-07-15T10:00:00", "2026-07-15T11:00:00");
    flight.end = At("2026-07-15T11:00:00", "America/New_York");
    CheckSame(flight);
}

TEST_CASE("series are read back over clock changes") {
    CheckSame(Make("2026-01-15T10:00:00", "2026-01-15T11:00:00", {"RRULE:FREQ=WEEKLY;BYDAY=TH"}));
    CheckSame(Make("2026-01-15T10:00:00", "2026-01-15T11:00:00", {"RRULE:FREQ=DAILY;COUNT=200"},
                   "Australia/Lord_Howe"));
    CheckSame(Make("2026-01-15", "2026-01-16", {"RRULE:FREQ=MONTHLY;BYDAY=3TH"}));
    CheckSame(Make("2026-01-15T10:00:00", "2026-01-15T11:00:00", {"RRULE:FREQ=DAILY"}, "+05:30"));
}

TEST_CASE("UNTIL ends where it ends here, whatever form it was sent in") {
    CheckSame(Make("2026-01-15T23:00:00", "2026-01-15T23:30:00",
                   {"RRULE:FREQ=DAILY;UNTIL=20260720;INTERVAL=2"}));
    CheckSame(Make("2026-01-15T23:00:00", "2026-01-15T23:30:00",
                   {"RRULE:FREQ=DAILY;UNTIL=20260720T210000Z"}));
    CheckSame(Make("2026-01-15", "2026-01-16", {"RRULE:FREQ=DAILY;UNTIL=20260720T000000Z"}));
}

TEST_CASE("exceptions, removed and left-out dates are read back") {
    const Event master =
        Make("2026-01-15T10:00:00", "2026-01-15T11:00:00",
             {"RRULE:FREQ=DAILY;COUNT=20", "EXDATE;TZID=Europe/Berlin:20260117T100000"});
    Event gone = Change(master, At("2026-01-19T10:00:00"), At("2026-01-19T10:00:00"),
                        At("2026-01-19T11:00:00"));
    gone.kind = EventKind::kCancelledException;
    CheckSame(master, {Change(master, At("2026-01-16T10:00:00"), At("2026-01-18T15:00:00"),
                              At("2026-01-18T16:00:00")),
                       Change(master, At("2026-01-20T18:00:00", "Asia/Tokyo"),
                              At("2026-01-20T09:00:00", "America/New_York"),
                              At("2026-01-20T10:00:00", "America/New_York")),
                       gone});
}

TEST_CASE("texts cannot begin a line of their own") {
    Event event = Make("2026-01-15T10:00:00", "2026-01-15T11:00:00");
    event.title = "a\r\nATTENDEE:mailto:x@example.org";
    event.location = std::string(100, 'x') + "\xc3\xbc\xc3\xbc\xc3\xbc" + std::string(100, 'y');
    event.organizer = Person{.name = "A\r\nB\"C", .address = "a@example.org"};
    event.attendees = {{.name = "D", .address = "d@example.org\r\nX:1"},
                       {.name = "E", .address = "e@example.org", .response = Response::kDeclined}};
    event.url = "https://example.org/\r\nX:1";
    const std::string text = formats::ToICalendar(event, {});
    CHECK(text.find("\r\nX:1") == std::string::npos);
    CHECK(text.find("\r\nATTENDEE:mailto:x") == std::string::npos);
    CHECK(text.find("ORGANIZER;CN=\"AB'C\":mailto:a@example.org\r\n") != std::string::npos);
    CHECK(text.find("PARTSTAT=DECLINED:mailto:e@example.org\r\n") != std::string::npos);
    CHECK(text.find("SUMMARY:a\\nATTENDEE:mailto:x@example.org\r\n") != std::string::npos);
    const std::unique_ptr<icalcomponent, FreeComponent> calendar(
        icalparser_parse_string(text.c_str()));
    auto* read = icalcomponent_get_first_component(calendar.get(), ICAL_VEVENT_COMPONENT);
    CHECK(icalcomponent_get_location(read) == event.location);
}
