// Aim: a series happens when docs/semantics.md says, summer time and odd starts included.
// Method: small series by hand; the rules themselves are the business of rrule_cases_test.cc.

#include "model/recurrence.h"

#include <doctest/doctest.h>

#include "tests/unit/model/series.h"

using namespace kamili;
using namespace kamili::model;
using namespace kamili::model::test;

TEST_CASE("a series keeps its wall time over a change of summer time") {
    CHECK(Starts({"RRULE:FREQ=DAILY"}, At("2026-03-27T09:00:00"), "2026-03-28", "2026-03-31") ==
          Texts{"2026-03-28T09:00:00+01:00", "2026-03-29T09:00:00+02:00",
                "2026-03-30T09:00:00+02:00"});
    CHECK(Starts({"RRULE:FREQ=WEEKLY"}, At("2026-10-25T18:00:00", "America/New_York"), "2026-10-25",
                 "2026-11-03") == Texts{"2026-10-25T18:00:00-04:00", "2026-11-01T18:00:00-05:00"});
    CHECK(Starts({"RRULE:FREQ=DAILY"}, At("2026-10-03T12:00:00", "Australia/Lord_Howe"),
                 "2026-10-03",
                 "2026-10-05") == Texts{"2026-10-03T12:00:00+10:30", "2026-10-04T12:00:00+11:00"});
}

TEST_CASE("an occurrence in a gap moves forward and the next ones do not") {
    CHECK(Starts({"RRULE:FREQ=DAILY"}, At("2026-03-28T02:30:00"), "2026-03-28", "2026-03-31") ==
          Texts{"2026-03-28T02:30:00+01:00", "2026-03-29T03:30:00+02:00",
                "2026-03-30T02:30:00+02:00"});
    CHECK(Starts({"RRULE:FREQ=WEEKLY"}, At("2026-03-01T02:15:00", "America/New_York"), "2026-03-01",
                 "2026-03-16") == Texts{"2026-03-01T02:15:00-05:00", "2026-03-08T03:15:00-04:00",
                                        "2026-03-15T02:15:00-04:00"});
    CHECK(Starts({"RRULE:FREQ=DAILY"}, At("2026-10-03T02:10:00", "Australia/Lord_Howe"),
                 "2026-10-02", "2026-10-05") == Texts{"2026-10-03T02:10:00+10:30",
                                                      "2026-10-04T02:40:00+11:00"
                                                      /* 5 October begins on the 4th in UTC */,
                                                      "2026-10-05T02:10:00+11:00"});
}

TEST_CASE("an occurrence in an overlap is in the first pass, once") {
    CHECK(Starts({"RRULE:FREQ=DAILY"}, At("2026-10-24T02:30:00"), "2026-10-24", "2026-10-27") ==
          Texts{"2026-10-24T02:30:00+02:00", "2026-10-25T02:30:00+02:00",
                "2026-10-26T02:30:00+01:00"});
    CHECK(Starts({"RRULE:FREQ=DAILY"}, At("2026-10-31T01:30:00", "America/New_York"), "2026-10-31",
                 "2026-11-03") == Texts{"2026-10-31T01:30:00-04:00", "2026-11-01T01:30:00-04:00",
                                        "2026-11-02T01:30:00-05:00"});
}

TEST_CASE("a series that begins in the second pass of an overlap begins there, once") {
    const EventTime second_pass =
        TimedAt(*ParseRfc3339("2026-10-25T01:30:00Z"), *Zone::Load("Europe/Berlin"));
    CHECK(Starts({"RRULE:FREQ=DAILY;COUNT=2"}, second_pass, "2026-10-24", "2026-10-28") ==
          Texts{"2026-10-25T02:30:00+01:00", "2026-10-26T02:30:00+01:00"});
}

TEST_CASE("an hourly series is hourly by the clock on days of 23 and 25 hours") {
    // The hour that is not there falls together with the next one.
    CHECK(Starts({"RRULE:FREQ=HOURLY"}, At("2026-03-01T00:00:00"), "2026-03-29", "2026-03-30")
              .size() == 24);
    CHECK(Starts({"RRULE:FREQ=HOURLY;UNTIL=20260329T040000"}, At("2026-03-29T01:00:00"),
                 "2026-03-28",
                 "2026-03-30") == Texts{"2026-03-29T01:00:00+01:00", "2026-03-29T03:00:00+02:00",
                                        "2026-03-29T04:00:00+02:00"});
    CHECK(Starts({"RRULE:FREQ=HOURLY;COUNT=3"}, At("2026-10-25T01:00:00"), "2026-10-24",
                 "2026-10-26") == Texts{"2026-10-25T01:00:00+02:00", "2026-10-25T02:00:00+02:00",
                                        "2026-10-25T03:00:00+01:00"});
}

TEST_CASE("29 February comes in leap years, in 2100 it does not") {
    CHECK(Starts({"RRULE:FREQ=YEARLY"}, At("2092-02-29"), "2093-01-01", "2109-01-01") ==
          Texts{"2096-02-29", "2104-02-29", "2108-02-29"});
    CHECK(Starts({"RRULE:FREQ=MONTHLY;BYMONTHDAY=-1"}, At("2024-01-31"), "2024-02-01",
                 "2024-04-01") == Texts{"2024-02-29", "2024-03-31"});
}

TEST_CASE("UNTIL counts with its own kind of time") {
    const EventTime start = At("2026-01-05T23:30:00");
    // As a date: to the end of that day in the series' zone.
    CHECK(Starts({"RRULE:FREQ=DAILY;UNTIL=20260107"}, start, "2026-01-06", "2026-02-01") ==
          Texts{"2026-01-06T23:30:00+01:00", "2026-01-07T23:30:00+01:00"});
    // In UTC: as an instant, inclusive.
    CHECK(Starts({"RRULE:FREQ=DAILY;UNTIL=20260107T223000Z"}, start, "2026-01-07", "2026-02-01") ==
          Texts{"2026-01-07T23:30:00+01:00"});
    CHECK(Starts({"RRULE:FREQ=DAILY;UNTIL=20260107T222959Z"}, start, "2026-01-07", "2026-02-01")
              .empty());
    // Without a zone: in the series' zone.
    CHECK(Starts({"RRULE:FREQ=DAILY;UNTIL=20260107T233000"}, start, "2026-01-07", "2026-02-01") ==
          Texts{"2026-01-07T23:30:00+01:00"});
    // An all-day series compares dates.
    for (const char* until : {"20260107", "20260107T000000", "20260107T120000Z"})
        CHECK(Starts({std::string("RRULE:FREQ=DAILY;UNTIL=") + until}, At("2026-01-06"),
                     "2026-01-01", "2026-02-01") == Texts{"2026-01-06", "2026-01-07"});
}

TEST_CASE("COUNT counts what EXDATE takes away") {
    CHECK(Starts({"RRULE:FREQ=DAILY;COUNT=3", "EXDATE;TZID=Europe/Berlin:20260106T090000"},
                 At("2026-01-05T09:00:00"), "2026-01-01",
                 "2026-02-01") == Texts{"2026-01-05T09:00:00+01:00", "2026-01-07T09:00:00+01:00"});
    CHECK(Starts({"RRULE:FREQ=MONTHLY;BYDAY=1MO;COUNT=3", "EXDATE:20260105"}, At("2026-01-05"),
                 "2026-01-01", "2027-01-01") == Texts{"2026-02-02", "2026-03-02"});
}

TEST_CASE("DTSTART is the first occurrence and counts, also when the rule does not produce it") {
    const Texts rule = {"RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=3"};
    CHECK(Starts(rule, At("2026-01-05"), "2026-01-01", "2026-03-01") ==
          Texts{"2026-01-05", "2026-01-06", "2026-01-13"});
    const auto only = Set(rule, At("2026-01-05"), DtstartPolicy::kOnlyIfMatching);
    CHECK(TextsOf(only.Between(Days("2026-01-01", "2026-03-01"), 100)) ==
          Texts{"2026-01-06", "2026-01-13", "2026-01-20"});
}

TEST_CASE("an odd DTSTART does not use up the COUNT of an exclusion rule") {
    CHECK(Starts({"RRULE:FREQ=DAILY;COUNT=5", "EXRULE:FREQ=WEEKLY;BYDAY=TU,WE;COUNT=2"},
                 At("2026-01-05"), "2026-01-01",
                 "2026-02-01") == Texts{"2026-01-05", "2026-01-08", "2026-01-09"});
}

TEST_CASE("several rules, dates and exclusions make one set without doubles") {
    CHECK(Starts({"RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=2", "RRULE:FREQ=DAILY;COUNT=2",
                  "RDATE;VALUE=DATE:20260112,20260120", "EXDATE;VALUE=DATE:20260106"},
                 At("2026-01-05"), "2026-01-01",
                 "2026-02-01") == Texts{"2026-01-05", "2026-01-12", "2026-01-20"});
}

TEST_CASE("a series may consist of dates alone") {
    CHECK(Starts({"RDATE;VALUE=PERIOD:20260110T080000Z/PT1H,20260111T080000Z/20260111T100000Z"},
                 At("2026-01-05T09:00:00"), "2026-01-01",
                 "2026-02-01") == Texts{"2026-01-05T09:00:00+01:00", "2026-01-10T09:00:00+01:00",
                                        "2026-01-11T09:00:00+01:00"});
    CHECK(Starts({}, At("2026-01-05"), "2026-01-01", "2026-02-01") == Texts{"2026-01-05"});
}

TEST_CASE("the range holds its begin and not its end") {
    const auto daily = Set({"RRULE:FREQ=DAILY"}, At("2026-01-05T01:00:00"));
    CHECK(TextsOf(daily.Between(Days("2026-01-08", "2026-01-10"), 100)) ==
          Texts{"2026-01-08T01:00:00+01:00", "2026-01-09T01:00:00+01:00"});
    CHECK(Starts({"RRULE:FREQ=DAILY"}, At("2026-01-05"), "2026-01-08", "2026-01-10") ==
          Texts{"2026-01-08", "2026-01-09"});
    CHECK(Starts({"RRULE:FREQ=DAILY"}, At("2026-01-05"), "2026-01-08", "2026-01-08").empty());
}

TEST_CASE("an answer with a limit holds the first starts of the range and says that it was cut") {
    const auto daily = Set({"RRULE:FREQ=DAILY"}, At("2026-01-05T09:00:00"));
    const auto one = daily.Between(Days("2026-02-01", "2026-03-01"), 1);
    CHECK(TextsOf(one) == Texts{"2026-02-01T09:00:00+01:00"});
    CHECK(one.too_costly);
    CHECK_FALSE(daily.Between(Days("2026-02-01", "2026-02-02"), 1).too_costly);
}

TEST_CASE("the last start is known where the set ends, and never too early") {
    const auto last = [](const Texts& lines, const char* start) {
        const auto end = Set(lines, At(start)).LastStart();
        return end ? FormatEventTime(*end) : std::string("endless");
    };
    CHECK(last({"RRULE:FREQ=DAILY"}, "2026-01-05") == "endless");
    CHECK(last({"RRULE:FREQ=DAILY;COUNT=10"}, "2026-01-05") == "2026-01-14");
    CHECK(last({"RRULE:FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3"}, "2026-01-31") == "2026-05-31");
    CHECK(last({"RRULE:FREQ=DAILY;COUNT=2", "RDATE:20270101"}, "2026-01-05") == "2027-01-01");
    CHECK(last({"RRULE:FREQ=DAILY;COUNT=2", "RRULE:FREQ=DAILY"}, "2026-01-05") == "endless");
    CHECK(last({}, "2026-01-05") == "2026-01-05");
    CHECK(last({"RRULE:FREQ=DAILY;UNTIL=20260110"}, "2026-01-05") >= "2026-01-10");
    CHECK(last({"RRULE:FREQ=DAILY;UNTIL=20260110T080000Z"}, "2026-01-05T09:00:00") >=
          "2026-01-10T09:00:00+01:00");
    // Further than any calendar reaches.
    CHECK(last({"RRULE:FREQ=WEEKLY;INTERVAL=1000000;COUNT=2000000000"}, "2026-01-05") <=
          "9999-12-31");
}
