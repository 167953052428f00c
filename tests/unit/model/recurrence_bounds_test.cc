// Aim: no rule holds up a query: the answer is right or says that it is incomplete (semantics 9).
// Method: the bound is one on work, so that it is the same on every machine; the thread's own time
// is only asked for a margin that a sanitizer build keeps too.

#include <doctest/doctest.h>

#include <time.h>

#include <chrono>

#include "tests/unit/model/series.h"

using namespace kamili;
using namespace kamili::model;
using namespace kamili::model::test;

namespace {

constexpr std::size_t kCountMax = 20'000;

std::chrono::nanoseconds OwnTime() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

RecurrenceSet::Expansion Timed(const Texts& lines, const EventTime& start, const char* from,
                               const char* to) {
    const auto set = Set(lines, start);
    const auto begin = OwnTime();
    auto out = set.Between(Days(from, to), kCountMax);
    CHECK_MESSAGE(OwnTime() - begin < std::chrono::seconds(3), lines[0]);
    return out;
}

std::string All(const char* part, int first, int last, const char* sign = "") {
    std::string text = part;
    for (int i = first; i <= last; ++i)
        text += (i == first ? "=" : ",") + std::string(sign) + std::to_string(i);
    return text;
}

}  // namespace

TEST_CASE("31 February is answered with nothing, and the answer is whole") {
    for (const char* frequency : {"YEARLY", "MONTHLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"}) {
        const Texts rule = {std::string("RRULE:FREQ=") + frequency + ";BYMONTH=2;BYMONTHDAY=31"};
        const auto year = Timed(rule, At("2026-01-05T09:00:00"), "2030-01-01", "2031-01-01");
        CHECK_MESSAGE(year.starts.empty(), frequency);
        CHECK_FALSE_MESSAGE(year.too_costly, frequency);
        // With a COUNT that never ends it is cut somewhere, at the latest.
        const auto counted =
            Timed({rule[0] + ";COUNT=5"}, At("2026-01-05T09:00:00"), "9990-01-01", "9991-01-01");
        CHECK(counted.starts.empty());
    }
}

TEST_CASE("a daily series of 1990 asked for a week of 2080 gives that week") {
    for (const char* rule : {"RRULE:FREQ=DAILY", "RRULE:FREQ=DAILY;COUNT=40000",
                             "RRULE:FREQ=DAILY;BYHOUR=9;UNTIL=20991231T000000Z"}) {
        const auto week = Timed({rule}, At("1990-01-01T09:00:00"), "2080-06-01", "2080-06-08");
        CHECK_MESSAGE(week.starts.size() == 7, rule);
        CHECK_FALSE_MESSAGE(week.too_costly, rule);
        CHECK(FormatEventTime(week.starts.front()) == "2080-06-01T09:00:00+02:00");
    }
}

TEST_CASE("a series by seconds over decades gives a minute of it, and cuts a year of it") {
    const EventTime start = At("1990-01-01T00:00:00", "UTC");
    for (const char* rule : {"RRULE:FREQ=SECONDLY", "RRULE:FREQ=SECONDLY;COUNT=2000000000"}) {
        const auto set = Set({rule}, start);
        RecurrenceSet::Range minute = Days("2040-05-05", "2040-05-06");
        minute.to = minute.from + std::chrono::minutes(1);
        const auto got = set.Between(minute, kCountMax);
        CHECK(got.starts.size() == 60);
        CHECK_FALSE(got.too_costly);
        const auto year = Timed({rule}, start, "2040-01-01", "2041-01-01");
        CHECK(year.too_costly);
        CHECK(year.starts.size() == kCountMax);
    }
    // Not countable without walking: it says so instead of guessing.
    const auto walked = Timed({"RRULE:FREQ=SECONDLY;BYSECOND=0,30;COUNT=2000000000"}, start,
                              "2040-05-05", "2040-05-06");
    CHECK(walked.too_costly);
    CHECK(walked.starts.empty());
    CHECK(Timed({"RRULE:FREQ=SECONDLY;BYSECOND=0,30"}, start, "2040-05-05", "2040-05-06")
              .starts.size() == 2 * 24 * 60);
}

TEST_CASE("one period with millions of starts is cut to the days that are asked for") {
    const std::string every = ";BYDAY=MO,TU,WE,TH,FR,SA,SU;" + All("BYHOUR", 0, 23) + ";" +
                              All("BYMINUTE", 0, 59) + ";BYSECOND=0";
    const EventTime start = At("2026-01-05T00:00:00", "UTC");
    const auto day = Timed({"RRULE:FREQ=YEARLY" + every}, start, "2028-05-05", "2028-05-06");
    CHECK(day.starts.size() == 24 * 60);
    CHECK_FALSE(day.too_costly);
    // Positions count in the whole year, of which only the wanted ones are made.
    const std::string seconds = ";" + All("BYSECOND", 0, 59);
    const auto positions =
        Timed({"RRULE:FREQ=YEARLY" + every + ";BYSETPOS=-1"}, start, "2028-12-31", "2029-01-01");
    CHECK(TextsOf(positions) == Texts{"2028-12-31T23:59:00Z"});
    CHECK_FALSE(positions.too_costly);
    CHECK(Timed({"RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;" + All("BYHOUR", 0, 23) + ";" +
                 All("BYMINUTE", 0, 59) + seconds},
                start, "2028-05-05", "2028-05-07")
              .starts.size() == kCountMax);
    // COUNT has to count them all: more than anybody expands.
    const auto counted =
        Timed({"RRULE:FREQ=YEARLY" + every + ";COUNT=1000000"}, start, "2028-05-05", "2028-05-06");
    CHECK(counted.too_costly);
    CHECK(counted.starts.empty());
}

TEST_CASE("lists as long as they can be cost no more than short ones") {
    const std::string rule = "RRULE:FREQ=YEARLY;" + All("BYYEARDAY", 1, 366) + ";" +
                             All("BYMONTHDAY", 1, 31) + ";" + All("BYWEEKNO", 1, 53) + ";" +
                             All("BYMONTH", 1, 12) + ";" + All("BYSETPOS", 1, 366);
    const auto decade = Timed({rule}, At("2026-01-05"), "2030-01-01", "2040-01-01");
    CHECK(decade.starts.size() == 3652);
    CHECK_FALSE(decade.too_costly);
}

TEST_CASE("rules that exclude everything are compared in one go") {
    const auto set =
        Set({"RRULE:FREQ=MINUTELY", "EXRULE:FREQ=MINUTELY"}, At("2026-01-05T00:00:00", "UTC"));
    const auto days = set.Between(Days("2026-02-01", "2026-02-11"), kCountMax);
    CHECK(days.starts.empty());
    CHECK_FALSE(days.too_costly);
}

TEST_CASE("intervals that leave the calendar end the series") {
    for (const char* interval : {"65536", "32768", "786432", "1000000"})
        for (const char* frequency : {"YEARLY", "MONTHLY", "WEEKLY", "DAILY"}) {
            const auto set = Set({std::string("RRULE:FREQ=") + frequency + ";INTERVAL=" + interval},
                                 At("2026-01-05"));
            const auto all = set.Between(Days("2026-01-01", "9999-12-31"), kCountMax);
            CHECK_FALSE_MESSAGE(all.too_costly, frequency, interval);
            CHECK(all.starts.size() >= 1);
            CHECK(all.starts.size() < 100);
        }
}

TEST_CASE("bounds outside the calendar are no trouble") {
    const auto set = Set({"RRULE:FREQ=YEARLY;BYMONTH=3"}, At("2026-01-05T09:00:00"));
    RecurrenceSet::Range range = Days("2026-01-01", "2027-01-01");
    range.to = UtcTime(std::chrono::hours(24LL * 366 * 200'000));
    const auto all = set.Between(range, kCountMax);
    CHECK(all.starts.size() == 1 + 9999 - 2026 + 1);
    range.from = range.to - std::chrono::hours(24);
    CHECK(set.Between(range, kCountMax).starts.empty());
    range = Days("0001-01-01", "2026-02-01");
    CHECK(set.Between(range, kCountMax).starts.size() == 1);
}
