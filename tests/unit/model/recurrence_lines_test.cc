// Aim: what providers and people write as recurrence lines is read, or refused by its name.

#include "model/recurrence_lines.h"

#include <doctest/doctest.h>

#include "tests/unit/model/series.h"

using namespace kamili;
using namespace kamili::model;
using namespace kamili::model::test;

namespace {

std::string Refusal(const Texts& lines) {
    const auto set = RecurrenceSet::Parse(lines, At("2026-01-05T09:00:00"));
    if (set) return "";
    CHECK(set.error().kind == ErrorKind::kBadReply);
    return set.error().message;
}

Texts January(const Texts& lines) {
    return Starts(lines, At("2026-01-05T09:00:00"), "2026-01-01", "2026-02-01");
}

}  // namespace

TEST_CASE("folded, lower-case and re-ordered input is read") {
    const Texts expected = {"2026-01-05T09:00:00+01:00", "2026-01-12T09:00:00+01:00"};
    CHECK(January({"RRULE:FREQ=WEEKLY;COUNT=2"}) == expected);
    CHECK(January({"rrule:count=2;freq=weekly"}) == expected);
    CHECK(January({"RRULE:FREQ=WEE\r\n KLY;COU\r\n\tNT=2\r\n"}) == expected);
    CHECK(January({"RRULE:COUNT=2;WKST=su;BYDAY=mo;FREQ=WEEKLY;"}) == expected);
    CHECK(January({"EXDATE:20260119T080000Z\nRRULE:FREQ=WEEKLY;COUNT=3"}) == expected);
}

TEST_CASE("a text that begins with a break or a blank continues nothing") {
    const Texts expected = {"2026-01-05T09:00:00+01:00", "2026-01-06T09:00:00+01:00"};
    CHECK(January({"\n RRULE:FREQ=DAILY;COUNT=2"}) == expected);
    CHECK(January({"\r\n\tRRULE:FREQ=DAILY;COUNT=2"}) == expected);
    CHECK(January({"RRULE:FREQ=DAILY;COUNT=2", " EXDATE:20260106T100000"}) == expected);
    CHECK(Refusal({"\n T"}).find("colon") != std::string::npos);
}

TEST_CASE("a list of dates is read in the zone that it names") {
    CHECK(January({"RDATE;TZID=America/New_York:20260106T090000,20260107T090000"}) ==
          Texts{"2026-01-05T09:00:00+01:00", "2026-01-06T15:00:00+01:00",
                "2026-01-07T15:00:00+01:00"});
    CHECK(January({"RDATE;VALUE=DATE-TIME;TZID=\"Eastern Standard Time\":20260106T090000"}) ==
          Texts{"2026-01-05T09:00:00+01:00", "2026-01-06T15:00:00+01:00"});
    CHECK(January({"RDATE;tzid=Europe/Berlin:20260106T100000", "RDATE:20260107T090000Z"}) ==
          Texts{"2026-01-05T09:00:00+01:00", "2026-01-06T10:00:00+01:00",
                "2026-01-07T10:00:00+01:00"});
}

TEST_CASE("a zone that nobody knows is taken for the zone of the series") {
    CHECK(January({"RRULE:FREQ=DAILY;COUNT=2",
                   "EXDATE;TZID=\"(UTC+01:00) Somewhere: else\":20260106T090000"}) ==
          Texts{"2026-01-05T09:00:00+01:00"});
}

TEST_CASE("a date in EXDATE takes away what starts on it, a date in RDATE keeps the time of day") {
    CHECK(January({"RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20260106"}) ==
          Texts{"2026-01-05T09:00:00+01:00", "2026-01-07T09:00:00+01:00"});
    CHECK(January({"RDATE;VALUE=DATE:20260108"}) ==
          Texts{"2026-01-05T09:00:00+01:00", "2026-01-08T09:00:00+01:00"});
}

TEST_CASE("other properties and harmless extensions are passed over") {
    CHECK(January({"DTSTART;TZID=Europe/Berlin:20260105T090000", "X-NOTE:anything",
                   "RRULE:FREQ=WEEKLY;COUNT=1;X-OLD=1;RSCALE=GREGORIAN;SKIP=OMIT", ""}) ==
          Texts{"2026-01-05T09:00:00+01:00"});
}

TEST_CASE("a line that cannot be read is refused by its name") {
    for (const char* rule : {"RRULE:",
                             "RRULE:FREQ=FORTNIGHTLY",
                             "RRULE:COUNT=3",
                             "RRULE:FREQ=DAILY;INTERVAL=0",
                             "RRULE:FREQ=DAILY;INTERVAL=-1",
                             "RRULE:FREQ=DAILY;COUNT=0",
                             "RRULE:FREQ=DAILY;COUNT=x",
                             "RRULE:FREQ=DAILY;UNTIL=2026",
                             "RRULE:FREQ=DAILY;UNTIL=20260230",
                             "RRULE:FREQ=DAILY;UNTIL=20260110T250000Z",
                             "RRULE:FREQ=DAILY;UNTIL=20260110Z",
                             "RRULE:FREQ=WEEKLY;BYDAY=XX",
                             "RRULE:FREQ=WEEKLY;BYDAY=",
                             "RRULE:FREQ=YEARLY;BYDAY=54MO",
                             "RRULE:FREQ=YEARLY;BYDAY=0MO",
                             "RRULE:FREQ=YEARLY;BYMONTH=13",
                             "RRULE:FREQ=YEARLY;BYMONTHDAY=0",
                             "RRULE:FREQ=YEARLY;BYMONTHDAY=32",
                             "RRULE:FREQ=YEARLY;BYYEARDAY=367",
                             "RRULE:FREQ=YEARLY;BYWEEKNO=54",
                             "RRULE:FREQ=YEARLY;BYSETPOS=0",
                             "RRULE:FREQ=DAILY;BYHOUR=24",
                             "RRULE:FREQ=DAILY;BYHOUR=-1",
                             "RRULE:FREQ=DAILY;BYMINUTE=60",
                             "RRULE:FREQ=DAILY;BYSECOND=61",
                             "RRULE:FREQ=DAILY;WKST=9",
                             "RRULE:FREQ=DAILY;NEW=1",
                             "RRULE:FREQ",
                             "RRULE:FREQ=MONTHLY;RSCALE=CHINESE",
                             "RRULE:FREQ=DAILY;COUNT=99999999999999999999"})
        CHECK_MESSAGE(Refusal({rule}).starts_with("RRULE"), rule);
    CHECK(Refusal({"EXRULE:FREQ=NEVER"}).starts_with("EXRULE"));
    CHECK(Refusal({"RDATE:tomorrow"}).starts_with("RDATE"));
    CHECK(Refusal({"RRULE:FREQ=DAILY", "EXDATE:20260106T090000,2026"}).starts_with("EXDATE"));
    CHECK_FALSE(Refusal({"FREQ=DAILY"}).empty());
}

TEST_CASE("a list of dates without end is refused") {
    std::string line = "EXDATE:20260106";
    for (int i = 0; i < 10'001; ++i) line += ",20260106T090000";
    CHECK(Refusal({"RRULE:FREQ=DAILY", line}).empty());  // one and the same
    line = "RDATE:20260106";
    for (int i = 0; i < 10'001; ++i) line += ",20260106T090000";
    CHECK(Refusal({line}).starts_with("RDATE"));
}
