// Aim: month, week, next and conflicts fit the terminal and say what the agenda would.
// Method: answers by hand, whole texts compared. It is Sunday, 22 November 2026, 11:35 in Berlin.

#include <doctest/doctest.h>

#include <sstream>

#include "ctl/display_text.h"
#include "ctl/render_views.h"
#include "nlohmann/json.hpp"

using namespace kamili;
using namespace kamili::ctl;
using nlohmann::json;

namespace {

const LocalTime& Berlin() {
    static const LocalTime zone = *LocalTime::Open("Europe/Berlin");
    return zone;
}

View ViewOf(Look look = {.ascii = true, .columns = 80}, const char* now = "2026-11-22T10:35:00Z") {
    return {.look = look, .now = *ParseRfc3339(now), .zone = Berlin()};
}

LocalDay Day(int month, unsigned day) {
    return LocalDay(std::chrono::year(2026) / month / std::chrono::day(day));
}

Occurrence Timed(const char* title, const char* start, const char* end) {
    return *ParseOccurrence({{"event_id", "e1"},
                             {"calendar_id", "c1"},
                             {"title", title},
                             {"start", start},
                             {"end", end}},
                            Berlin());
}

Occurrence AllDay(const char* title, const char* start, const char* end) {
    return *ParseOccurrence({{"event_id", "e2"},
                             {"calendar_id", "c1"},
                             {"title", title},
                             {"start", start},
                             {"end", end},
                             {"all_day", true}},
                            Berlin());
}

std::vector<Occurrence> Some() {
    return {Timed("Daily log", "2026-11-23T08:00:00+01:00", "2026-11-23T08:15:00+01:00"),
            Timed("Doctor", "2026-11-23T16:30:00+01:00", "2026-11-23T18:30:00+01:00"),
            AllDay("Trip", "2026-11-24", "2026-11-27"),
            Timed("A", "2026-11-25T10:00:00+01:00", "2026-11-25T11:00:00+01:00"),
            Timed("B", "2026-11-25T10:00:00+01:00", "2026-11-25T11:00:00+01:00")};
}

std::size_t Widest(const std::string& text) {
    std::istringstream lines(text);
    std::size_t widest = 0;
    for (std::string line; std::getline(lines, line);) widest = std::max(widest, Columns(line));
    return widest;
}

}  // namespace

TEST_CASE("a month has its weeks, today, marks and the days to come") {
    CHECK(RenderMonth(Some(), Day(11, 1), ViewOf()) ==
          "November 2026\n"
          "     Mo Tu We Th Fr Sa Su    Mon 23 Nov\n"
          " 44                     1    08:00  Daily log\n"
          "                             16:30  Doctor\n"
          " 45   2  3  4  5  6  7  8    Tue 24 Nov\n"
          "                             |-- Trip (1/3)\n"
          " 46   9 10 11 12 13 14 15    Wed 25 Nov\n"
          "                             |-- Trip (2/3)\n"
          " 47  16 17 18 19 20 21[22]   10:00  A\n"
          "                             10:00  B\n"
          " 48  23 24 25 26 27 28 29    Thu 26 Nov\n"
          "      .  .  :  .             |-- Trip (3/3)\n"
          " 49  30\n"
          "\n");
}

TEST_CASE("a month without room beside it is the grid alone, and week 53 is told") {
    const std::string text = RenderMonth({}, Day(12, 1), ViewOf({.ascii = true, .columns = 40}));
    CHECK(text.find("\n 53  28 29 30 31\n") != std::string::npos);
    CHECK(Widest(text) <= 28);
}

TEST_CASE("a week has a column a day, an hour a row, and bars over whole days") {
    CHECK(RenderWeek(Some(), {.first = Day(11, 23), .last = Day(11, 30)},
                     ViewOf({.ascii = true, .columns = 84})) ==
          "       Mon 23     Tue 24     Wed 25     Thu 26     Fri 27     Sat 28     Sun 29\n"
          "                  #Trip###########################\n"
          "08:00  Daily log\n"
          "09:00\n"
          "10:00                        A\n"
          "                             B\n"
          "11:00\n"
          "12:00\n"
          "13:00\n"
          "14:00\n"
          "15:00\n"
          "16:00  :30 Doctor\n"
          "17:00  |\n"
          "18:00  |\n");
}

TEST_CASE("bars that do not meet share a row, and days without room are named") {
    const auto whole = [](const char* title, int first, int last) {
        Occurrence one;
        one.title = title;
        one.all_day = true;
        one.first_day = Day(11, unsigned(first));
        one.last_day = Day(11, unsigned(last));
        return one;
    };
    const std::vector<Occurrence> list = {whole("Trip", 23, 25), whole("Fair", 24, 24),
                                          whole("Move", 25, 26), whole("Rest", 26, 27)};
    const DayRange days{.first = Day(11, 23), .last = Day(11, 30)};
    CHECK(RenderWeek(list, days, ViewOf({.ascii = true, .columns = 70})) ==
          "       Mon 23   Tue 24   Wed 25   Thu 26   Fri 27   Sat 28   Sun 29\n"
          "       #Trip##################### #Rest############\n"
          "                #Fair### #Move############\n");
    CHECK(RenderWeek(list, days, ViewOf({.ascii = true, .columns = 40}))
              .ends_with("\nThu 26, Fri 27, Sat 28, Sun 29: no room~\n"));
}

TEST_CASE("no line of a week or a month is wider than the terminal, whatever the titles") {
    auto occurrences = Some();
    occurrences[0].title =
        "\xe4\xbc\x9a\xe8\xad\xb0\xe4\xbc\x9a\xe8\xad\xb0\xe4\xbc\x9a\xe8\xad\xb0"
        "\xe4\xbc\x9a\xe8\xad\xb0";
    occurrences[2].title = std::string(200, 'x');
    for (std::size_t columns = 16; columns < 200; columns += 7) {
        INFO(columns);
        const View view = ViewOf({.columns = columns});
        CHECK(Widest(RenderWeek(occurrences, {.first = Day(11, 23), .last = Day(11, 30)}, view)) <=
              columns);
        if (columns >= 28) {
            CHECK(Widest(RenderMonth(occurrences, Day(11, 1), view)) <= columns);
        }
    }
}

TEST_CASE("an empty week says so") {
    CHECK(RenderWeek({}, {.first = Day(11, 16), .last = Day(11, 23)}, ViewOf())
              .ends_with("\nNothing.\n"));
}

TEST_CASE("next is the first that has not begun, with its day when that is not today") {
    std::vector<Occurrence> list = {
        AllDay("Birthday", "2026-11-22", "2026-11-23"),
        Timed("Running", "2026-11-22T11:00:00+01:00", "2026-11-22T12:30:00+01:00"),
        Timed("Review", "2026-11-22T12:00:00+01:00", "2026-11-22T13:00:00+01:00")};
    list[2].location = "Room A";
    CHECK(RenderNext(list, ViewOf()) == "12:00 Review (in 25 min, Room A)\n");
    CHECK(RenderNext(list, ViewOf({.ascii = true, .columns = 24})) ==
          "12:00 Review (in 25 min,\nRoom A)\n");
    CHECK(NextForBar(list, ViewOf()) == json{{"text", "12:00 Review"},
                                             {"tooltip", "11:00-12:30 Running\n12:00-13:00 Review"},
                                             {"class", {"soon"}}});
    list[2].status = "cancelled";
    CHECK(NextForBar(list, ViewOf())["class"][0] == "now");
    CHECK(RenderNext(list, ViewOf()) == "Nothing in the next 7 days.\n");
    CHECK(RenderNext(Some(), ViewOf()) == "Mon 23 Nov 08:00 Daily log (in 20 h)\n");
    CHECK(NextForBar(Some(), ViewOf())["class"][0] == "later");
    CHECK(NextForBar({}, ViewOf()) ==
          json{{"text", ""}, {"tooltip", "Nothing"}, {"class", {"none"}}});
}

TEST_CASE("conflicts are pairs of busy events and the time they share") {
    const std::vector<Occurrence> list = {
        Timed("Long", "2026-11-23T09:00:00+01:00", "2026-11-23T12:00:00+01:00"),
        Timed("Early", "2026-11-23T09:30:00+01:00", "2026-11-23T10:00:00+01:00"),
        Timed("Free", "2026-11-23T09:30:00+01:00", "2026-11-23T10:00:00+01:00"),
        Timed("Touching", "2026-11-23T10:00:00+01:00", "2026-11-23T10:30:00+01:00"),
        Timed("After", "2026-11-23T12:00:00+01:00", "2026-11-23T13:00:00+01:00")};
    const auto found = FindConflicts(list, {true, true, false, true, true});
    REQUIRE(found.size() == 2);
    CHECK(list[found[0].first].title == "Long");
    CHECK(list[found[0].second].title == "Early");
    CHECK(list[found[1].second].title == "Touching");
    CHECK(FormatUtc(found[1].start) == "2026-11-23T09:00:00Z");
    CHECK(FormatUtc(found[1].end) == "2026-11-23T09:30:00Z");
    const CalendarBook book(json::parse(R"([{"id":"c1","name":"Work"}])"));
    CHECK(RenderConflicts(list, {found[0]}, book, ViewOf()) ==
          "Mon 23 Nov  09:30-10:00  Long (W, 09:00-12:00) and Early (W, 09:30-10:00)\n");
    auto days = list;
    days[0].all_day = days[1].all_day = true;
    const auto midnight = [](const char* text) { return *ParseRfc3339(text); };
    CHECK(RenderConflicts(days,
                          {{.first = 0,
                            .second = 1,
                            .start = midnight("2026-11-22T23:00:00Z"),
                            .end = midnight("2026-11-23T23:00:00Z")}},
                          book, ViewOf()) ==
          "Mon 23 Nov  all day  Long (W, all day) and Early (W, all day)\n");
    CHECK(RenderConflicts(list, {}, book, ViewOf()) == "No two busy events overlap.\n");
}
