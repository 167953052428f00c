#include "model/event_time.h"

#include <doctest/doctest.h>

#include "model/account.h"
#include "model/change.h"
#include "model/event.h"

using namespace kamili::model;
using std::chrono::local_days;
using std::chrono::local_seconds;

namespace {

local_days Day(int y, unsigned m, unsigned d) {
    return local_days(std::chrono::year(y) / static_cast<int>(m) / static_cast<int>(d));
}

}  // namespace

TEST_CASE("a date and a wall time come back from their text") {
    for (const char* text :
         {"2026-01-15", "2024-02-29", "1969-12-31", "0001-01-01", "9999-12-31"}) {
        const auto date = ParseDate(text);
        REQUIRE_MESSAGE(date, text);
        CHECK(FormatDate(*date) == text);
        CHECK(FormatWall(EventTime::Date(*date)) == text);
    }
    for (const char* text : {"2026-01-15T10:00:00", "1969-12-31T23:59:59", "2024-02-29T00:00:01"}) {
        const auto wall = ParseWall(text);
        REQUIRE_MESSAGE(wall, text);
        CHECK(FormatWall({.all_day = false, .wall = *wall, .zone = "UTC", .utc = {}}) == text);
    }
}

TEST_CASE("fractional seconds of a wall time are dropped") {
    const local_seconds expected = Day(2026, 1, 15) + std::chrono::hours(10);
    CHECK(ParseWall("2026-01-15T10:00:00.0000000") == expected);
    CHECK(ParseWall("2026-01-15T10:00:00.999999999") == expected);
    CHECK_FALSE(ParseWall("2026-01-15T10:00:00."));
    CHECK_FALSE(ParseWall("2026-01-15T10:00:00.1234567890"));
}

TEST_CASE("what is not a date or not a wall time is nothing") {
    for (const char* text :
         {"", "2026", "2026-1-15", "2026-13-01", "2026-02-29", "2026-02-30", "2026-00-10",
          "2026-01-00", "2026/01/15", "20260115", "2026-01-15 ", "+026-01-15", "2026-01-1x"})
        CHECK_FALSE_MESSAGE(ParseDate(text), text);
    for (const char* text :
         {"", "2026-01-15", "2026-01-15 10:00:00", "2026-01-15T24:00:00", "2026-01-15T10:60:00",
          "2026-01-15T10:00:61", "2026-01-15T10:00:00Z", "2026-01-15T10:00:00+01:00",
          "2026-01-15T1:00:00", "2026-02-30T10:00:00", "2026-01-15T10:00"})
        CHECK_FALSE_MESSAGE(ParseWall(text), text);
}

TEST_CASE("every word of the tables comes back as its value") {
    for (const auto kind : {EventKind::kSingle, EventKind::kSeries, EventKind::kException,
                            EventKind::kCancelledException, EventKind::kInstance})
        CHECK(EventKindFromText(Text(kind)) == kind);
    for (const auto status :
         {EventStatus::kConfirmed, EventStatus::kTentative, EventStatus::kCancelled})
        CHECK(EventStatusFromText(Text(status)) == status);
    for (const auto response : {Response::kNone, Response::kNeedsAction, Response::kAccepted,
                                Response::kTentative, Response::kDeclined, Response::kOrganizer})
        CHECK(ResponseFromText(Text(response)) == response);
    for (const auto state :
         {State::kOk, State::kSyncing, State::kOffline, State::kThrottled, State::kNeedsSignIn,
          State::kInsufficientScope, State::kPaused, State::kDisabled, State::kError})
        CHECK(StateFromText(Text(state)) == state);
    for (const auto access : {Access::kFreeBusy, Access::kRead, Access::kWrite})
        CHECK(AccessFromText(Text(access)) == access);
    for (const auto provider : {Provider::kGoogle, Provider::kMicrosoft})
        CHECK(ProviderFromText(Text(provider)) == provider);
    CHECK(Text(ChangeKind::kAdded) == "added");
    CHECK(Text(ChangeKind::kChanged) == "changed");
    CHECK(Text(ChangeKind::kRemoved) == "removed");
}

TEST_CASE("a word that is in no table has no value") {
    CHECK_FALSE(EventKindFromText("Single"));
    CHECK_FALSE(EventStatusFromText(""));
    CHECK_FALSE(ResponseFromText("yes"));
    CHECK_FALSE(StateFromText("fine"));
    CHECK_FALSE(AccessFromText("all"));
    CHECK_FALSE(ProviderFromText("Google"));
}
