// Aim: an answer is called whole and fresh exactly when it is, and says why otherwise.

#include "daemon/freshness.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace kamili;
using namespace kamili::daemon;
using model::State;
using std::chrono::minutes;

namespace {

const UtcTime kNow = UtcTime(std::chrono::sys_days(std::chrono::year(2026) / 1 / 15));
constexpr minutes kInterval{5};

// One account with one calendar, both in order.
struct World {
    std::vector<sync::AccountStatus> accounts;
    std::vector<sync::CalendarStatus> calendars;

    World() {
        accounts.resize(1);
        accounts[0].account.id = model::AccountId(1);
        Add(1);
    }
    sync::CalendarStatus& Add(std::int64_t id) {
        sync::CalendarStatus status;
        status.calendar.id = model::CalendarId(id);
        status.calendar.account_id = model::AccountId(1);
        status.calendar.last_complete_sync = kNow - minutes(1);
        calendars.push_back(status);
        return calendars.back();
    }
    std::vector<StaleCalendar> Stale(const std::vector<model::CalendarId>& wanted = {}) const {
        return FindStale(accounts, calendars, wanted, kInterval, kNow);
    }
    std::string Reason() const {
        const auto stale = Stale();
        return stale.size() == 1 ? stale[0].reason : "";
    }
};

}  // namespace

TEST_CASE("a calendar that was synced just now makes a whole answer") {
    const World world;
    CHECK(world.Stale().empty());
    const auto json = FreshnessJson(world.Stale(), kNow);
    CHECK(json["complete"] == true);
    CHECK(json["stale"].empty());
    CHECK(json["as_of"] == "2026-01-15T00:00:00Z");
}

TEST_CASE("three intervals without a complete sync are too long") {
    World world;
    world.calendars[0].calendar.last_complete_sync = kNow - minutes(15);
    CHECK(world.Stale().empty());
    world.calendars[0].calendar.last_complete_sync = kNow - minutes(15) - minutes(1);
    CHECK(world.Reason() == "not synced for a while");
}

TEST_CASE("a first listing that has not ended says so") {
    World world;
    world.calendars[0].calendar.last_complete_sync.reset();
    CHECK(world.Reason() == "not listed completely yet");
    CHECK(FreshnessJson(world.Stale(), kNow)["stale"][0]["last_complete_sync"].is_null());
}

TEST_CASE("syncing is no trouble, anything else is") {
    World world;
    world.calendars[0].state = State::kSyncing;
    CHECK(world.Stale().empty());
    for (const State state : {State::kOffline, State::kThrottled, State::kError}) {
        world.calendars[0].state = state;
        const auto stale = world.Stale();
        REQUIRE(stale.size() == 1);
        CHECK(stale[0].state == state);
        CHECK(stale[0].reason == Text(state));
    }
    world.calendars[0].reason = "the answer is not whole";
    CHECK(world.Reason() == "the answer is not whole");
}

TEST_CASE("the account's trouble comes before the calendar's") {
    World world;
    world.calendars[0].state = State::kOffline;
    world.calendars[0].reason = "no route";
    world.accounts[0].state = State::kNeedsSignIn;
    world.accounts[0].reason = "the access was removed";
    const auto stale = world.Stale();
    REQUIRE(stale.size() == 1);
    CHECK(stale[0].state == State::kNeedsSignIn);
    CHECK(stale[0].reason == "the access was removed");
    CHECK(stale[0].last_complete_sync == kNow - minutes(1));
}

TEST_CASE("events that are held back make an answer doubtful") {
    World world;
    world.calendars[0].calendar.held_events = 2;
    CHECK(world.Reason().find("second one confirms") != std::string::npos);
}

TEST_CASE("a disabled calendar counts only for who names it") {
    World world;
    auto& other = world.Add(2);
    other.calendar.enabled = false;
    CHECK(world.Stale().empty());
    const auto stale = world.Stale({model::CalendarId(2)});
    REQUIRE(stale.size() == 1);
    CHECK(stale[0].state == State::kDisabled);
}

TEST_CASE("who names calendars learns of those alone") {
    World world;
    world.Add(2).state = State::kOffline;
    CHECK(world.Stale().size() == 1);
    CHECK(world.Stale({model::CalendarId(1)}).empty());
    CHECK(world.Stale({model::CalendarId(2)}).size() == 1);
}

TEST_CASE("an account without calendars is missing from every answer") {
    World world;
    world.calendars.clear();
    const auto stale = world.Stale();
    REQUIRE(stale.size() == 1);
    CHECK_FALSE(stale[0].calendar.is_valid());
    CHECK(stale[0].account == model::AccountId(1));
    const auto json = FreshnessJson(stale, kNow);
    CHECK(json["complete"] == false);
    CHECK(json["stale"][0]["calendar_id"] == "");
    CHECK(json["stale"][0]["reason"] == "its calendars have not been listed yet");
}
