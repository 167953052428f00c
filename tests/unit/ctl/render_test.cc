#include <doctest/doctest.h>

#include "ctl/fields.h"
#include "ctl/render_agenda.h"
#include "ctl/render_event.h"
#include "ctl/render_status.h"
#include "nlohmann/json.hpp"

using namespace kamili;
using namespace kamili::ctl;
using nlohmann::json;

namespace {

const UtcTime kNow = *ParseRfc3339("2026-11-22T10:35:00Z");  // Sunday, 11:35 in Berlin

const LocalTime& Berlin() {
    static const LocalTime zone = *LocalTime::Open("Europe/Berlin");
    return zone;
}

View ViewOf(Look look = {}) { return {.look = look, .now = kNow, .zone = Berlin()}; }

json Calendars() {
    return json::parse(R"([
      {"id":"c1","account_id":"a1","name":"Private","color":"#ff0000","state":"ok","events":1024,
       "primary":true,"last_complete_sync":"2026-11-22T10:33:00Z"},
      {"id":"c2","account_id":"a1","name":"Work","state":"throttled","events":1,
       "reason":"asked to wait","last_complete_sync":"2026-11-22T08:00:00Z",
       "next_attempt":"2026-11-22T10:38:00Z"},
      {"id":"c3","account_id":"a1","name":"Party\u001b[2J","state":"disabled","events":0}])");
}

json Event(const char* title, const char* start, const char* end, json more = json::object()) {
    json event = {{"event_id", "e1"}, {"calendar_id", "c2"}, {"title", title},
                  {"start", start},   {"end", end},          {"all_day", false}};
    event.update(more);
    return event;
}

json Answer(std::vector<json> occurrences) {
    return {{"as_of", "2026-11-22T10:35:00Z"},
            {"complete", true},
            {"stale", json::array()},
            {"occurrences", occurrences}};
}

std::string Agenda(const json& answer, Look look = {}, const char* to = "2026-11-24T23:00:00Z") {
    return RenderAgenda(answer, CalendarBook(Calendars()),
                        {.from = *ParseRfc3339("2026-11-21T23:00:00Z"), .to = *ParseRfc3339(to)},
                        ViewOf(look));
}

json TwoDays() {
    return Answer({Event("Party", "2026-11-21T22:00:00+01:00", "2026-11-22T02:00:00+01:00",
                         {{"calendar_id", "c1"}}),
                   Event("Birthday", "2026-11-22", "2026-11-23",
                         {{"all_day", true}, {"calendar_id", "c1"}, {"recurring", true}}),
                   Event("Review", "2026-11-22T12:00:00+01:00", "2026-11-22T13:00:00+01:00",
                         {{"location", "Room A"}}),
                   Event("Daily log", "2026-11-23T02:00:00-05:00", "2026-11-23T02:15:00-05:00",
                         {{"recurring", true}})});
}

}  // namespace

TEST_CASE("the agenda has days, all-day events first, a marker for what is next, and a legend") {
    CHECK(Agenda(TwoDays(), {.ascii = true}) ==
          "Today, Sun 22 Nov\n"
          "  all day      P  Birthday          (repeats)\n"
          "  -> 02:00     P  Party (from Sat)\n"
          "> 12:00-13:00  W  Review   Room A   in 25 min\n"
          "\n"
          "Tomorrow, Mon 23 Nov\n"
          "  08:00-08:15  W  Daily log         (repeats)\n"
          "\nP Private   W Work\n");
}

TEST_CASE("for screen readers each event is one line of whole words") {
    const std::string text = Agenda(TwoDays(), {.plain = true});
    CHECK(text.find("Sunday 22 November 2026, 12:00 to 13:00, Review, at Room A, calendar Work, in "
                    "25 min\n") != std::string::npos);
    CHECK(text.find("Sunday 22 November 2026, until 02:00, Party (from Sat), calendar Private\n") !=
          std::string::npos);
    CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("no line of the agenda is wider than the terminal") {
    const json answer = Answer({Event(
        "A very long title about everything and nothing that goes on and on",
        "2026-11-22T12:00:00+01:00", "2026-11-22T13:00:00+01:00",
        {{"location", "\u4f1a\u8b70\u5ba4 with a long name of its own"}, {"recurring", true}})});
    for (const std::size_t columns : {50u, 60u, 80u, 120u}) {
        const std::string text = Agenda(answer, {.columns = columns});
        std::size_t longest = 0;
        for (std::size_t begin = 0; begin < text.size();) {
            const auto end = text.find('\n', begin);
            std::size_t width = 0;
            for (std::size_t i = begin; i < end; ++i) {
                // The Han characters are three bytes and two columns.
                const auto byte = static_cast<unsigned char>(text[i]);
                width += byte < 0x80 ? 1 : byte >= 0xE3 && byte < 0xF0 ? 2 : byte == 0xE2 ? 1 : 0;
            }
            longest = std::max(longest, width);
            begin = end + 1;
        }
        CHECK(longest <= columns);
        CHECK(longest > columns / 2);
    }
}

TEST_CASE("remarks stay in one column when the terminal is narrow") {
    const std::string text = Agenda(TwoDays(), {.ascii = true, .columns = 40});
    CHECK(text.find("> 12:00-13:00  W  Review       in 25 min\n") != std::string::npos);
    CHECK(text.find("  all day      P  Birthday     (repeats)\n") != std::string::npos);
}

TEST_CASE("an event over several days is shown on each, counted or with where it came from") {
    const json answer =
        Answer({Event("Trip", "2026-11-20", "2026-11-24", {{"all_day", true}}),
                Event("Night", "2026-11-23T22:00:00+01:00", "2026-11-25T06:00:00+01:00")});
    CHECK(Agenda(answer, {.ascii = true}) ==
          "Today, Sun 22 Nov\n"
          "  all day      W  Trip (3/4)\n"
          "\n"
          "Tomorrow, Mon 23 Nov\n"
          "  all day      W  Trip (4/4)\n"
          "  22:00 ->     W  Night\n"
          "\n"
          "Tue 24 Nov\n"
          "  all day      W  Night (from Mon)\n");
}

TEST_CASE("what is on now says how long it goes on, and a cancelled event is never next") {
    const json answer =
        Answer({Event("Running", "2026-11-22T11:00:00+01:00", "2026-11-22T12:00:00+01:00"),
                Event("Off", "2026-11-22T11:40:00+01:00", "2026-11-22T12:00:00+01:00",
                      {{"status", "cancelled"}}),
                Event("", "2026-11-22T14:00:00+01:00", "2026-11-22T15:00:00+01:00",
                      {{"visibility", "private"}, {"origins", json::parse("[{},{}]")}})});
    CHECK(Agenda(answer, {.ascii = true}) ==
          "Today, Sun 22 Nov\n"
          "> 11:00-12:00  W  Running    now, 25 min left\n"
          "  11:40-12:00  W  Off        (cancelled)\n"
          "> 14:00-15:00  W+ (private)  in 2 h\n");
}

TEST_CASE("an empty agenda says for which days") {
    CHECK(Agenda(Answer({})) == "Nothing from Sun 22 Nov to Tue 24 Nov.\n");
    CHECK(Agenda(Answer({}), {}, "2026-11-22T23:00:00Z") == "Nothing on Sun 22 Nov.\n");
}

TEST_CASE("titles that carry terminal commands are disarmed everywhere") {
    const json event = Event("x\x1b]0;owned\x07", "2026-11-22T12:00:00Z", "2026-11-22T13:00:00Z",
                             {{"location", "\x1b[31m"}, {"event_id", "e1\x1b"}});
    const CalendarBook book(Calendars());
    CHECK(Agenda(Answer({event})).find('\x1b') == std::string::npos);
    CHECK(RenderSearch(Answer({event}), book, ViewOf()).find('\x1b') == std::string::npos);
    const json detail = {{"event",
                          {{"title", "\x1b[2J"},
                           {"description", "a\x1b[2J\nb"},
                           {"start", "\x1b"},
                           {"duration", "\x1b"},
                           {"timeZone", "\x1b"},
                           {"participants", {{"1", {{"name", "\x1b"}}}}}}}};
    CHECK(RenderEvent(detail, book, ViewOf()).find('\x1b') == std::string::npos);
    const json status = {{"accounts", {{{"address", "\x1b"}, {"calendars", Calendars()}}}}};
    CHECK(RenderStatus(status, ViewOf()).find('\x1b') == std::string::npos);
}

TEST_CASE("the status fits a glance") {
    json account = {
        {"id", "a1"},    {"provider", "google"}, {"address", "me@example.org"}, {"label", ""},
        {"state", "ok"}, {"reason", ""},         {"calendars", Calendars()}};
    json signed_out = {{"id", "a2"},
                       {"provider", "microsoft"},
                       {"address", "me@work.example"},
                       {"label", "office"},
                       {"state", "needs_sign_in"},
                       {"reason", "the grant was ended"},
                       {"calendars", json::array()}};
    const json status = {{"daemon",
                          {{"version", "0.1.0"},
                           {"state", "ok"},
                           {"started", "2026-11-22T07:30:00Z"},
                           {"store_locked", false}}},
                         {"accounts", {account, signed_out}},
                         {"store", {{"events", 1025}, {"calendars", 3}, {"journal", 9}}}};
    CHECK(RenderStatus(status, ViewOf({.ascii = true})) ==
          "kamilid 0.1.0  ok  up 3 h  2 accounts, 3 calendars, 1,025 events\n"
          "\n"
          "me@example.org  google  ok  a1\n"
          "  P  Private   ok         1,024 events  synced 2 min ago\n"
          "  W  Work      throttled       1 event  synced 2 h ago    asked to wait; next try in 3 "
          "min\n"
          "  A  Party[2J  disabled\n"
          "\n"
          "office (me@work.example)  microsoft  needs sign-in  a2\n"
          "  the grant was ended\n"
          "  -> kamilictl account reauth a2\n");
}

TEST_CASE("a reason that finds no room in its line gets one of its own") {
    const json accounts = json::parse(R"([{"id":"a1","address":"me@example.org"}])");
    const std::string text = RenderCalendars(Calendars(), accounts, ViewOf({.columns = 70}));
    CHECK(text.find("synced 2 h ago\n     asked to wait; next try in 3 min\n") !=
          std::string::npos);
}

TEST_CASE("calendars are listed with their ids, under their accounts") {
    const json accounts = json::parse(R"([{"id":"a1","address":"me@example.org"},{"id":"a2"}])");
    const std::string text = RenderCalendars(Calendars(), accounts, ViewOf());
    CHECK(text.starts_with("me@example.org\n  c1  P  Private (primary)  ok "));
    CHECK(text.find("\n  c2  W  Work               throttled") != std::string::npos);
}

TEST_CASE("what an answer may miss is told by name, with reason and age") {
    json answer = Answer({});
    CHECK(RenderStale(answer, Calendars(), ViewOf()).empty());
    answer["complete"] = false;
    CHECK(RenderStale(answer, Calendars(), ViewOf()) == "this answer is not complete\n");
    answer["stale"] = json::parse(
        R"([{"calendar_id":"c2","state":"offline","reason":"no route","last_complete_sync":null},
            {"calendar_id":"c9","state":"error","last_complete_sync":"2026-11-20T10:35:00Z"}])");
    CHECK(RenderStale(answer, Calendars(), ViewOf()) ==
          "may be out of date: Work (offline: no route, never synced)\n"
          "may be out of date: c9 (error, synced 2 days ago)\n");
}

TEST_CASE("an event is told in full, in its own zone") {
    const json answer = json::parse(R"({"event":{"title":"Review","start":"2026-01-15T10:00:00",
        "timeZone":"Asia/Tokyo","duration":"PT1H30M","status":"tentative",
        "locations":{"1":{"name":"Room A"}},
        "recurrenceRules":[{"@type":"RecurrenceRule","frequency":"weekly","interval":2,
                            "byDay":[{"day":"mo"},{"day":"fr","nthOfPeriod":-1}],"count":10}],
        "recurrenceOverrides":{"2026-01-29T10:00:00":{"excluded":true}},
        "participants":{"1":{"name":"Ann","sendTo":{"imip":"mailto:ann@example.org"},
                             "roles":{"owner":true},"participationStatus":"accepted"}},
        "description":"Bring the numbers."},
        "origins":[{"calendar_id":"c1","event_id":"e7"}]})");
    CHECK(RenderEvent(answer, CalendarBook(Calendars()), ViewOf({.columns = 80})) ==
          "Review\n"
          "when         Thu 15 Jan, 10:00, 1 h 30 min (Asia/Tokyo)\n"
          "repeats      every 2 weeks on Mon, last Fri, 10 times (1 date changed)\n"
          "where        Room A\n"
          "status       tentative\n"
          "who          Ann <ann@example.org>, organizer, accepted\n"
          "calendar     Private (e7)\n"
          "\nBring the numbers.\n");
}

TEST_CASE("durations are words, and nonsense stays as it is") {
    CHECK(DurationInWords("P1D") == "1 day");
    CHECK(DurationInWords("P1WT2H") == "1 week 2 h");
    CHECK(DurationInWords("PT90M") == "90 min");
    CHECK(DurationInWords("PT0S").empty());
    for (const char* text : {"1H", "PH", "P1H", "soon"}) CHECK(DurationInWords(text) == text);
}

TEST_CASE("busy periods are grouped by day") {
    const json answer = json::parse(R"({"busy":[
        {"start":"2026-11-22T08:00:00Z","end":"2026-11-22T09:30:00Z"},
        {"start":"2026-11-22T12:00:00Z","end":"2026-11-22T13:00:00Z"},
        {"start":"2026-11-23T22:00:00Z","end":"2026-11-24T01:00:00Z"}]})");
    CHECK(RenderFreeBusy(answer, ViewOf()) ==
          "Sun 22 Nov  09:00-10:30             1 h 30 min\n"
          "            13:00-14:00             1 h\n"
          "Mon 23 Nov  23:00-Tue 24 Nov 02:00  3 h\n");
    const json whole = json::parse(R"({"busy":[
        {"start":"2026-11-22T23:00:00Z","end":"2026-11-23T23:00:00Z"},
        {"start":"2026-11-24T23:00:00Z","end":"2026-11-26T23:00:00Z"}]})");
    CHECK(RenderFreeBusy(whole, ViewOf({.ascii = true})) ==
          "Mon 23 Nov  all day                1 day\n"
          "Wed 25 Nov  all day -> Thu 26 Nov  2 days\n");
    CHECK(RenderFreeBusy(json::object(), ViewOf()) == "Free all the time.\n");
}

TEST_CASE("a sync names what changed and what failed") {
    const json answer = json::parse(R"({"event":"done","outcome":"partial","calendars":[
        {"id":"c1","state":"ok","added":3,"changed":1,"removed":0},
        {"id":"c2","state":"offline","reason":"no route to the provider"}],
        "failed_accounts":[{"id":"a2","state":"needs_sign_in","reason":"the grant was ended"}]})");
    CHECK(RenderSync(answer, CalendarBook(Calendars()), ViewOf()) ==
          "Private     ok             3 added, 1 changed, 0 removed\n"
          "Work        offline        no route to the provider\n"
          "account a2  needs sign-in  the grant was ended\n");
}

TEST_CASE("events that could not be read are counted by a sync and by the list of calendars") {
    json calendars = Calendars();
    calendars[0]["bad_events"] = 2;
    const json accounts = json::parse(R"([{"id":"a1","address":"me@example.org"}])");
    CHECK(RenderCalendars(calendars, accounts, ViewOf()).find("2 events could not be read whole") !=
          std::string::npos);
    const json answer = json::parse(R"({"calendars":[{"id":"c1","state":"ok","bad_events":2}]})");
    CHECK(RenderSync(answer, CalendarBook(Calendars()), ViewOf()) ==
          "Private  ok  nothing new, 2 could not be read whole\n");
}

TEST_CASE("fields of another type than expected read as empty") {
    const json object = json::parse(R"({"a":1,"b":null,"c":"x","d":[],"e":1.5})");
    CHECK(TextField(object, "a").empty());
    CHECK(TextField(object, "b").empty());
    CHECK(NumberField(object, "c") == 0);
    CHECK(NumberField(object, "e") == 1);
    CHECK(!FlagField(object, "a"));
    CHECK(ListField(object, "c").empty());
    CHECK(ObjectField(object, "d").empty());
    CHECK(TextField(json(3), "a").empty());
}
