// Aim: what an agenda shows of single events, series and their exceptions (semantics 3, 10, 17,
// 18).

#include "model/occurrence.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/unit/model/series.h"

using namespace kamili;
using namespace kamili::model;
using namespace kamili::model::test;

namespace {

Zone Berlin() { return *Zone::Load("Europe/Berlin"); }

TimeRange Between(const char* from, const char* to, const Zone& asker = Berlin()) {
    return TimeRange::Of(asker.ToUtc(*ParseWall(from)), asker.ToUtc(*ParseWall(to)), asker);
}

Event Single(const EventTime& start, const EventTime& end, const char* title = "single") {
    Event event;
    event.start = start;
    event.end = end;
    event.title = title;
    return event;
}

Event Series(const EventTime& start, const EventTime& end, Texts lines) {
    Event event = Single(start, end, "series");
    event.kind = EventKind::kSeries;
    event.recurrence = std::move(lines);
    return event;
}

Event Exception(const EventTime& original, const EventTime& start, const EventTime& end) {
    Event event = Single(start, end, "exception");
    event.kind = EventKind::kException;
    event.original_start = original;
    return event;
}

Event Cancelled(const EventTime& original) {
    Event event = Exception(original, original, original);
    event.kind = EventKind::kCancelledException;
    return event;
}

// "title start/end[/original]" of each occurrence, in the order of answers.
Texts Agenda(const Event& master, const std::vector<Event>& exceptions, const TimeRange& range) {
    std::vector<const Event*> pointers;
    for (const Event& exception : exceptions) pointers.push_back(&exception);
    std::vector<Occurrence> out;
    CHECK(ExpandInto(master, pointers, range, out));
    std::sort(out.begin(), out.end(), [](const Occurrence& a, const Occurrence& b) {
        return OccursBefore(a, b, Berlin());
    });
    Texts texts;
    for (const Occurrence& one : out) {
        texts.push_back(one.event->title + " " + FormatEventTime(one.start) + "/" +
                        FormatEventTime(one.end));
        if (one.recurrence_id && !(*one.recurrence_id == one.start))
            texts.back() += " of " + FormatEventTime(*one.recurrence_id);
    }
    return texts;
}

bool Overlaps(const TimeRange& range, const char* start, const char* end) {
    return range.Overlaps(At(start), At(end));
}

}  // namespace

TEST_CASE("a range holds what overlaps it") {
    const TimeRange day = Between("2026-01-15T00:00:00", "2026-01-16T00:00:00");
    CHECK(Overlaps(day, "2026-01-14T23:00:00", "2026-01-15T00:00:01"));
    CHECK_FALSE(Overlaps(day, "2026-01-14T23:00:00", "2026-01-15T00:00:00"));
    CHECK(Overlaps(day, "2026-01-15T23:59:59", "2026-01-16T10:00:00"));
    CHECK_FALSE(Overlaps(day, "2026-01-16T00:00:00", "2026-01-16T10:00:00"));
    CHECK(Overlaps(day, "2026-01-01T00:00:00", "2026-02-01T00:00:00"));
}

TEST_CASE("something without length is in the range if it begins in it") {
    const TimeRange day = Between("2026-01-15T00:00:00", "2026-01-16T00:00:00");
    CHECK(Overlaps(day, "2026-01-15T00:00:00", "2026-01-15T00:00:00"));
    CHECK_FALSE(Overlaps(day, "2026-01-16T00:00:00", "2026-01-16T00:00:00"));
    CHECK(Overlaps(day, "2026-01-15", "2026-01-15"));
    CHECK_FALSE(Overlaps(day, "2026-01-16", "2026-01-16"));
}

TEST_CASE("all-day events are compared by date in the asker's zone") {
    const Zone tokyo = *Zone::Load("Asia/Tokyo");
    const TimeRange day = Between("2026-01-15T00:00:00", "2026-01-16T00:00:00", tokyo);
    CHECK(day.Overlaps(At("2026-01-15"), At("2026-01-16")));
    CHECK_FALSE(day.Overlaps(At("2026-01-14"), At("2026-01-15")));
    CHECK_FALSE(day.Overlaps(At("2026-01-16"), At("2026-01-17")));
    CHECK(day.Overlaps(At("2026-01-14"), At("2026-01-17")));
    // A range that ends within a day includes that day.
    CHECK(Overlaps(Between("2026-01-15T08:00:00", "2026-01-16T00:00:01"), "2026-01-16",
                   "2026-01-17"));
    CHECK(Overlaps(Between("2026-01-15T08:00:00", "2026-01-15T09:00:00"), "2026-01-15",
                   "2026-01-16"));
}

TEST_CASE("an occurrence lasts exactly as long as the master, over a change of summer time too") {
    const Event night =
        Series(At("2026-03-27T22:00:00"), At("2026-03-28T06:00:00"), {"RRULE:FREQ=DAILY"});
    CHECK(Agenda(night, {}, Between("2026-03-28T12:00:00", "2026-03-29T12:00:00")) ==
          Texts{"series 2026-03-28T22:00:00+01:00/2026-03-29T07:00:00+02:00"});
    const Event days = Series(At("2026-03-02"), At("2026-03-05"), {"RRULE:FREQ=WEEKLY"});
    CHECK(Agenda(days, {}, Between("2026-04-01T00:00:00", "2026-04-02T00:00:00")) ==
          Texts{"series 2026-03-30/2026-04-02"});
}

TEST_CASE("an occurrence that began long before the range is in it while it lasts") {
    const Event month =
        Series(At("2026-01-01T00:00:00"), At("2026-01-25T00:00:00"), {"RRULE:FREQ=MONTHLY"});
    CHECK(Agenda(month, {}, Between("2026-02-24T10:00:00", "2026-02-24T11:00:00")) ==
          Texts{"series 2026-02-01T00:00:00+01:00/2026-02-25T00:00:00+01:00"});
    CHECK(Agenda(month, {}, Between("2026-02-25T10:00:00", "2026-02-25T11:00:00")).empty());
}

TEST_CASE("an exception replaces the occurrence whose original start it names") {
    const Event series =
        Series(At("2026-01-12T09:00:00"), At("2026-01-12T10:00:00"), {"RRULE:FREQ=DAILY;COUNT=4"});
    const auto week = Between("2026-01-12T00:00:00", "2026-01-19T00:00:00");
    const std::vector<Event> exceptions = {
        Exception(At("2026-01-13T09:00:00"), At("2026-01-13T15:00:00"), At("2026-01-13T16:00:00")),
        Cancelled(At("2026-01-14T09:00:00"))};
    CHECK(Agenda(series, exceptions, week) ==
          Texts{"series 2026-01-12T09:00:00+01:00/2026-01-12T10:00:00+01:00",
                "exception 2026-01-13T15:00:00+01:00/2026-01-13T16:00:00+01:00 of "
                "2026-01-13T09:00:00+01:00",
                "series 2026-01-15T09:00:00+01:00/2026-01-15T10:00:00+01:00"});
}

TEST_CASE("an exception counts where it was moved to, into the range and out of it") {
    const Event series =
        Series(At("2026-01-12T09:00:00"), At("2026-01-12T10:00:00"), {"RRULE:FREQ=WEEKLY"});
    const std::vector<Event> exceptions = {
        Exception(At("2026-01-19T09:00:00"), At("2026-01-14T09:00:00"), At("2026-01-14T10:00:00"))};
    CHECK(Agenda(series, exceptions, Between("2026-01-13T00:00:00", "2026-01-16T00:00:00")) ==
          Texts{"exception 2026-01-14T09:00:00+01:00/2026-01-14T10:00:00+01:00 of "
                "2026-01-19T09:00:00+01:00"});
    CHECK(
        Agenda(series, exceptions, Between("2026-01-19T00:00:00", "2026-01-20T00:00:00")).empty());
}

TEST_CASE("an exception may change between timed and all-day and between zones") {
    const Event timed =
        Series(At("2026-01-12T09:00:00"), At("2026-01-12T10:00:00"), {"RRULE:FREQ=DAILY;COUNT=3"});
    const auto week = Between("2026-01-12T00:00:00", "2026-01-19T00:00:00");
    const std::vector<Event> exceptions = {
        Exception(At("2026-01-13T09:00:00"), At("2026-01-13"), At("2026-01-14")),
        // The same original start, told in another zone.
        Exception(At("2026-01-14T17:00:00", "Asia/Tokyo"), At("2026-01-14T20:00:00", "Asia/Tokyo"),
                  At("2026-01-14T21:00:00", "Asia/Tokyo"))};
    CHECK(Agenda(timed, exceptions, week) ==
          Texts{"series 2026-01-12T09:00:00+01:00/2026-01-12T10:00:00+01:00",
                "exception 2026-01-13/2026-01-14 of 2026-01-13T09:00:00+01:00",
                "exception 2026-01-14T20:00:00+09:00/2026-01-14T21:00:00+09:00 of "
                "2026-01-14T17:00:00+09:00"});
    const Event all_day = Series(At("2026-01-12"), At("2026-01-13"), {"RRULE:FREQ=DAILY;COUNT=2"});
    CHECK(
        Agenda(all_day,
               {Exception(At("2026-01-13"), At("2026-01-13T12:00:00"), At("2026-01-13T13:00:00"))},
               week) ==
        Texts{"series 2026-01-12/2026-01-13",
              "exception 2026-01-13T12:00:00+01:00/2026-01-13T13:00:00+01:00 of 2026-01-13"});
}

TEST_CASE("an exception whose master never came stands alone") {
    const Event orphan =
        Exception(At("2026-01-13T09:00:00"), At("2026-01-13T15:00:00"), At("2026-01-13T16:00:00"));
    const auto day = Between("2026-01-13T00:00:00", "2026-01-14T00:00:00");
    CHECK(Agenda(orphan, {}, day) ==
          Texts{"exception 2026-01-13T15:00:00+01:00/"
                "2026-01-13T16:00:00+01:00 of 2026-01-13T09:00:00+01:00"});
    CHECK(Agenda(Cancelled(At("2026-01-13T09:00:00")), {}, day).empty());
}

TEST_CASE("a series whose instances come from the server is not expanded here") {
    const Event series = Series(At("2026-01-12T09:00:00", "+01:00"),
                                At("2026-01-12T10:00:00", "+01:00"), {"RRULE:FREQ=DAILY"});
    Event instance =
        Exception(At("2026-01-13T09:00:00"), At("2026-01-13T09:00:00"), At("2026-01-13T10:00:00"));
    instance.kind = EventKind::kInstance;
    CHECK(Agenda(series, {instance}, Between("2026-01-12T00:00:00", "2026-01-19T00:00:00")) ==
          Texts{"exception 2026-01-13T09:00:00+01:00/2026-01-13T10:00:00+01:00"});
}

TEST_CASE("a series whose rule cannot be read happens once") {
    const Event series = Series(At("2026-01-12"), At("2026-01-13"), {"RRULE:FREQ=NEVER"});
    CHECK(Agenda(series, {}, Between("2026-01-01T00:00:00", "2026-02-01T00:00:00")) ==
          Texts{"series 2026-01-12/2026-01-13"});
}

TEST_CASE("a rule too costly to expand makes the answer incomplete") {
    const Event series =
        Series(At("2026-01-12T09:00:00"), At("2026-01-12T09:00:00"), {"RRULE:FREQ=SECONDLY"});
    std::vector<Occurrence> out;
    CHECK_FALSE(ExpandInto(series, {}, Between("2027-01-01T00:00:00", "2028-01-01T00:00:00"), out));
}

TEST_CASE("thousands of exceptions are matched without comparing each with each") {
    const Event series = Series(At("2026-01-01T00:00:00", "UTC"), At("2026-01-01T00:01:00", "UTC"),
                                {"RRULE:FREQ=MINUTELY;COUNT=15000"});
    std::vector<Event> exceptions;
    for (int i = 0; i < 15'000; ++i)
        exceptions.push_back(
            Cancelled(TimedAt(series.start.utc + std::chrono::minutes(i), Zone::Utc())));
    const auto begin = std::chrono::steady_clock::now();
    CHECK(
        Agenda(series, exceptions, Between("2025-12-01T00:00:00", "2026-03-01T00:00:00")).empty());
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(2));
}

TEST_CASE("answers are ordered by start, all-day first, then end, title and id") {
    std::vector<Event> events = {Single(At("2026-01-15T00:00:00"), At("2026-01-15T01:00:00"), "b"),
                                 Single(At("2026-01-15"), At("2026-01-16"), "z"),
                                 Single(At("2026-01-15T00:00:00"), At("2026-01-15T00:30:00"), "c"),
                                 Single(At("2026-01-15T00:00:00"), At("2026-01-15T01:00:00"), "a"),
                                 Single(At("2026-01-14T23:00:00"), At("2026-01-16T00:00:00"), "y"),
                                 Single(At("2026-01-15T00:00:00"), At("2026-01-15T01:00:00"), "b")};
    std::vector<Occurrence> all;
    std::int64_t id = 10;
    for (Event& event : events) {
        event.id = EventId(id--);
        all.push_back(
            {.event = &event, .start = event.start, .end = event.end, .recurrence_id = {}});
    }
    std::sort(all.begin(), all.end(), [](const Occurrence& a, const Occurrence& b) {
        return OccursBefore(a, b, Berlin());
    });
    Texts order;
    for (const Occurrence& one : all) order.push_back(one.event->title);
    CHECK(order == Texts{"y", "z", "c", "a", "b", "b"});
    CHECK(all[4].event->id < all[5].event->id);
}
