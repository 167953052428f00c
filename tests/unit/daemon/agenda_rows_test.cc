// Aim: the rows of an answer are those of the contract, merged and sorted as the semantics say.
// Method: rows by hand, and the text that is written is read back as JSON.

#include "daemon/agenda_rows.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace kamili;
using namespace kamili::daemon;
using nlohmann::json;
using storage::OccurrenceRow;

namespace {

constexpr std::int64_t kDayMs = 86'400'000;

OccurrenceRow Row(int event, int calendar, const char* start, int minutes) {
    OccurrenceRow row;
    row.event_id = model::EventId(event);
    row.calendar_id = model::CalendarId(calendar);
    row.start_ms = ParseRfc3339(start)->time_since_epoch().count();
    row.end_ms = row.start_ms + minutes * 60'000;
    row.start_offset_s = row.end_offset_s = 3600;
    row.zone = "Europe/Berlin";
    row.uid = "uid";
    row.title = "Title";
    row.status = "confirmed";
    row.response = "none";
    row.remote_id = "r" + std::to_string(event);
    row.busy = true;
    return row;
}

OccurrenceRow AllDay(int event, const char* date) {
    OccurrenceRow row = Row(event, 1, (std::string(date) + "T00:00:00Z").c_str(), 24 * 60);
    row.all_day = true;
    row.zone.clear();
    row.start_offset_s = row.end_offset_s = 0;
    return row;
}

// Calendars 1 and 2 are of account 1, calendar 3 of account 2.
AgendaRows Rows(const std::vector<OccurrenceRow>& rows, const char* zone = "UTC") {
    AgendaRows out({{model::CalendarId(1), model::AccountId(1)},
                    {model::CalendarId(2), model::AccountId(1)},
                    {model::CalendarId(3), model::AccountId(2)}},
                   *model::Zone::Load(zone));
    for (const OccurrenceRow& row : rows) out.Add(storage::ViewOf(row));
    return out;
}

json Read(const WrittenRows& rows) {
    std::string text = "[";
    rows.AppendList(text, 0, rows.size());
    return json::parse(text + "]");
}

std::vector<std::string> Ids(const WrittenRows& rows) {
    std::vector<std::string> out;
    for (const json& row : Read(rows)) out.push_back(row.at("event_id"));
    return out;
}

std::string Time(std::int64_t utc_ms, std::int64_t offset_s, Offset offset = Offset::kNumber) {
    std::string out;
    AppendTime(out, utc_ms, offset_s, offset);
    return out;
}

}  // namespace

TEST_CASE("an end in another zone than a start in UTC is told with its own offset") {
    OccurrenceRow row = Row(1, 1, "2026-11-07T08:15:00Z", 120);
    row.zone = "UTC";
    row.start_offset_s = 0;
    row.end_offset_s = -3 * 3600;
    const json written = Read(Rows({row}).Merged())[0];
    CHECK(written["start"] == "2026-11-07T08:15:00Z");
    CHECK(written["end"] == "2026-11-07T07:15:00-03:00");
}

TEST_CASE("a row has every field of the contract") {
    OccurrenceRow row = Row(7, 1, "2026-01-15T09:00:00Z", 60);
    row.original_ms = row.start_ms;
    row.title = "\"Quotes\", back\\slash,\nline \x01 and \xc3\xbc";
    row.location = "Room";
    CHECK(Read(Rows({row}).Merged()) ==
          json::array({{{"event_id", "e7"},
                        {"account_id", "a1"},
                        {"calendar_id", "c1"},
                        {"uid", "uid"},
                        {"recurrence_id", "2026-01-15T10:00:00+01:00"},
                        {"title", row.title},
                        {"start", "2026-01-15T10:00:00+01:00"},
                        {"end", "2026-01-15T11:00:00+01:00"},
                        {"all_day", false},
                        {"time_zone", "Europe/Berlin"},
                        {"status", "confirmed"},
                        {"busy", true},
                        {"location", "Room"},
                        {"response", "none"},
                        {"visibility", ""},
                        {"recurring", true},
                        {"origins", json::array({{{"account_id", "a1"},
                                                  {"calendar_id", "c1"},
                                                  {"event_id", "e7"},
                                                  {"remote_id", "r7"}}})}}}));
}

TEST_CASE("dates, UTC, moved and single occurrences have their own forms") {
    OccurrenceRow moved = AllDay(1, "2026-01-15");
    moved.original_ms = moved.start_ms - kDayMs;
    moved.original = "2026-01-14T10:00:00+01:00";
    OccurrenceRow utc = Row(2, 1, "2026-01-15T09:00:00Z", 60);
    utc.zone = "UTC";
    utc.start_offset_s = utc.end_offset_s = 0;
    const json rows = Read(Rows({moved, utc}).AsAdded());
    CHECK(rows[0]["start"] == "2026-01-15");
    CHECK(rows[0]["end"] == "2026-01-16");
    CHECK(rows[0]["all_day"] == true);
    CHECK(rows[0]["recurrence_id"] == "2026-01-14T10:00:00+01:00");
    CHECK(rows[1]["start"] == "2026-01-15T09:00:00Z");
    CHECK(rows[1]["recurrence_id"] == nullptr);
    CHECK(rows[1]["recurring"] == false);
}

TEST_CASE("times are written with the offset that they were given") {
    CHECK(Time(0, 3600) == "\"1970-01-01T01:00:00+01:00\"");
    CHECK(Time(999, -3600 * 5 - 1800) == "\"1969-12-31T18:30:00-05:30\"");
    CHECK(Time(-1, 0, Offset::kZulu) == "\"1969-12-31T23:59:59Z\"");
    CHECK(Time(951'782'400'000, 0) == "\"2000-02-29T00:00:00+00:00\"");
    for (std::int64_t day = -200'000; day < 400'000; day += 997) {
        std::string out;
        AppendDate(out, day);
        CHECK(out == model::FormatDate(std::chrono::local_days(std::chrono::days(day))));
    }
}

TEST_CASE("order: start, all-day first, end, title, id") {
    OccurrenceRow titled = Row(5, 1, "2026-01-15T00:00:00Z", 60);
    titled.title = "A";
    const auto rows =
        Rows({Row(9, 1, "2026-01-15T00:00:00Z", 60), Row(8, 1, "2026-01-15T00:00:00Z", 60), titled,
              Row(4, 1, "2026-01-15T00:00:00Z", 30), AllDay(3, "2026-01-15"),
              Row(2, 1, "2026-01-14T23:59:59Z", 600)});
    CHECK(Ids(rows.Sorted()) == std::vector<std::string>{"e2", "e3", "e4", "e5", "e8", "e9"});
    // A date begins at midnight of who asks: in Tokyo nine hours earlier.
    const auto tokyo = Rows({Row(2, 1, "2026-01-14T15:00:00Z", 600),
                             Row(1, 1, "2026-01-14T14:59:59Z", 600), AllDay(3, "2026-01-15")},
                            "Asia/Tokyo");
    CHECK(Ids(tokyo.Sorted()) == std::vector<std::string>{"e1", "e3", "e2"});
}

TEST_CASE("the same meeting through two accounts is one row with both origins") {
    const std::vector<OccurrenceRow> both = {Row(1, 1, "2026-01-15T09:00:00Z", 60),
                                             Row(2, 3, "2026-01-15T09:00:00Z", 60)};
    const auto rows = Rows(both);
    const json merged = Read(rows.Merged());
    REQUIRE(merged.size() == 1);
    CHECK(merged[0]["event_id"] == "e1");
    REQUIRE(merged[0]["origins"].size() == 2);
    CHECK(merged[0]["origins"][1]["account_id"] == "a2");
    CHECK(rows.Sorted().size() == 2);
    // By the identifier, never by the title.
    auto other = both;
    other[1].uid = "another";
    CHECK(Rows(other).Merged().size() == 2);
}

TEST_CASE("busy is what the chosen row says") {
    std::vector<OccurrenceRow> rows = {Row(1, 1, "2026-01-15T09:00:00Z", 60),
                                       Row(2, 3, "2026-01-15T09:00:00Z", 60)};
    rows[1].response = "declined";
    rows[1].busy = false;
    CHECK(Rows(rows).BusyTimes(true).empty());
    CHECK(Rows(rows).BusyTimes(false).size() == 1);
}

TEST_CASE("a field is added to the last row alone, wherever the text has to move") {
    AgendaRows rows = Rows({Row(1, 1, "2026-01-15T09:00:00Z", 60)});
    for (int i = 2; i < 50; ++i) {
        const OccurrenceRow row = Row(i, 1, "2026-01-15T09:00:00Z", 60);
        rows.Add(storage::ViewOf(row));
        rows.AddField("snippet", "here " + std::to_string(i));
    }
    const json read = Read(rows.AsAdded());
    CHECK_FALSE(read[0].contains("snippet"));
    for (std::size_t i = 1; i < read.size(); ++i) {
        CHECK(read[i]["snippet"] == "here " + std::to_string(i + 1));
        CHECK(read[i]["event_id"] == "e" + std::to_string(i + 1));
    }
}
