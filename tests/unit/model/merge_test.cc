// Aim: the same meeting through two accounts is one row (semantics 16), and busy time counts once.

#include "model/merge.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "model/busy.h"
#include "tests/unit/model/series.h"

using namespace kamili;
using namespace kamili::model;
using namespace kamili::model::test;

namespace {

// Sightings of meetings; their texts outlive them.
class Rows {
  public:
    Sighting& Add(int account, const char* uid, const EventTime& start, Response response) {
        const auto ms = start.all_day
                            ? std::chrono::milliseconds(start.wall.time_since_epoch()).count()
                            : start.utc.time_since_epoch().count();
        rows.push_back({.uid = uid,
                        .all_day = start.all_day,
                        .original_ms = ms,
                        .response = response,
                        .account = AccountId(account),
                        .event = EventId(static_cast<std::int64_t>(rows.size()) + 1)});
        return rows.back();
    }
    Sighting& Add(int account, const char* uid, const char* start, Response response) {
        return Add(account, uid, At(start), response);
    }

    std::vector<Sighting> rows;
};

// "account.event<-account.event,..." of each meeting, sorted.
Texts Merged(const Rows& rows) {
    const auto text = [&](std::size_t place) {
        const Sighting& one = rows.rows[place];
        return std::to_string(one.account.row()) + "." + std::to_string(one.event.row());
    };
    Texts texts;
    for (const Meeting& meeting : MergeSightings(rows.rows)) {
        texts.push_back(text(meeting.chosen));
        for (std::size_t i = 0; i < meeting.others.size(); ++i)
            texts.back() += (i == 0 ? "<-" : ",") + text(meeting.others[i]);
    }
    std::sort(texts.begin(), texts.end());
    return texts;
}

BusyPeriod Period(const char* start, const char* end) {
    return {.start = *ParseRfc3339(start), .end = *ParseRfc3339(end)};
}

}  // namespace

TEST_CASE("the same meeting through two accounts is one row of the oldest account") {
    Rows rows;
    rows.Add(2, "u", "2026-01-15T10:00:00", Response::kNone);
    rows.Add(1, "u", "2026-01-15T10:00:00", Response::kNeedsAction);
    CHECK(Merged(rows) == Texts{"1.2<-2.1"});
}

TEST_CASE("the row comes from where the user organizes or has answered") {
    Rows answered;
    answered.Add(1, "u", "2026-01-15T10:00:00", Response::kNeedsAction);
    answered.Add(2, "u", "2026-01-15T10:00:00", Response::kDeclined);
    CHECK(Merged(answered) == Texts{"2.2<-1.1"});
    Rows organized;
    organized.Add(1, "u", "2026-01-15T10:00:00", Response::kAccepted);
    organized.Add(2, "u", "2026-01-15T10:00:00", Response::kNone);
    organized.Add(3, "u", "2026-01-15T10:00:00", Response::kOrganizer);
    CHECK(Merged(organized) == Texts{"3.3<-1.1,2.2"});
}

TEST_CASE("another start, another identifier and no identifier are other meetings") {
    Rows rows;
    rows.Add(1, "u", "2026-01-15T10:00:00", Response::kNone);
    rows.Add(2, "u", "2026-01-16T10:00:00", Response::kNone);
    rows.Add(2, "v", "2026-01-15T10:00:00", Response::kNone);
    rows.Add(1, "", "2026-01-15T10:00:00", Response::kNone);
    rows.Add(2, "", "2026-01-15T10:00:00", Response::kNone);
    rows.Add(2, "u", "2026-01-15", Response::kNone);
    CHECK(Merged(rows).size() == 6);
}

TEST_CASE("occurrences meet by the instant of their original start, in whatever zone") {
    Rows rows;
    rows.Add(1, "u", At("2026-01-15T10:00:00"), Response::kNone);
    rows.Add(2, "u", At("2026-01-15T18:00:00", "Asia/Tokyo"), Response::kNone);
    CHECK(Merged(rows) == Texts{"1.1<-2.2"});
}

TEST_CASE("within one account the same identifier stays two rows") {
    Rows rows;
    rows.Add(1, "u", "2026-01-15T10:00:00", Response::kNone);
    rows.Add(1, "u", "2026-01-15T10:00:00", Response::kNone);
    rows.Add(2, "u", "2026-01-15T10:00:00", Response::kNone);
    CHECK(Merged(rows) == Texts{"1.1<-2.3", "1.2"});
}

TEST_CASE("busy time is merged and cut to the range; what lasts no time does not count") {
    const std::vector<BusyPeriod> all = {
        Period("2026-01-15T22:30:00Z", "2026-01-16T01:00:00Z"),
        Period("2026-01-15T09:00:00Z", "2026-01-15T09:30:00Z"),
        Period("2026-01-15T07:30:00Z", "2026-01-15T08:45:00Z"),
        Period("2026-01-15T08:45:00Z", "2026-01-15T09:00:00Z"),  // begins where the last one ends
        Period("2026-01-15T12:00:00Z", "2026-01-15T12:00:00Z"),
        Period("2026-01-15T07:00:00Z", "2026-01-15T08:00:00Z"),
        Period("2026-01-14T07:00:00Z", "2026-01-15T07:10:00Z"),
    };
    const auto merged = MergePeriods(all, *ParseRfc3339("2026-01-15T07:15:00Z"),
                                     *ParseRfc3339("2026-01-15T23:00:00Z"));
    REQUIRE(merged.size() == 2);
    CHECK(merged[0] == Period("2026-01-15T07:15:00Z", "2026-01-15T09:30:00Z"));
    CHECK(merged[1] == Period("2026-01-15T22:30:00Z", "2026-01-15T23:00:00Z"));
}
