// Aim: what happens around a pass (pause, another access level, a disabled calendar, a refused
// sign-in) leaves nothing half-done and nobody waiting.
// Method: the whole engine in virtual time against the simulator.

#include <doctest/doctest.h>

#include "storage/accounts.h"
#include "storage/calendars.h"
#include "storage/events.h"
#include "storage/view.h"
#include "sync/reconcile.h"
#include "tests/sim/engine.h"

using namespace kamili;
using namespace kamili::sync;
using kamili::testing::Engine;

namespace {

// A sync that somebody waits for; `done` once it has ended.
struct Waiting {
    bool done = false;
    SyncObserver::Summary summary;
    Subscription watch;

    explicit Waiting(SyncDriver& driver) {
        SyncObserver observer;
        observer.on_done = [this](SyncObserver::Summary told) {
            done = true;
            summary = std::move(told);
        };
        watch = driver.Sync({}, std::move(observer));
    }
};

Status Pause(Engine& engine) {
    return engine.store().Write([](storage::Txn& txn) {
        auto account = storage::FindAccount(txn, model::AccountId(1));
        (*account)->paused = true;
        return storage::UpdateAccount(txn, **account);
    });
}

}  // namespace

TEST_CASE("pausing an account in the middle of a sync ends the waiting") {
    Engine engine(model::Provider::kGoogle, 1);
    engine.SignIn();
    Waiting waiting(engine.driver());
    engine.RunFor(std::chrono::milliseconds(30));
    REQUIRE_FALSE(waiting.done);
    REQUIRE(Pause(engine));
    engine.driver().Reload(model::AccountId(1));
    engine.RunFor(std::chrono::seconds(1));
    CHECK(waiting.done);
    CHECK(engine.driver().Accounts().at(0).state == model::State::kPaused);
    for (const auto& calendar : engine.driver().Calendars())
        CHECK(calendar.state != model::State::kSyncing);
}

TEST_CASE("a page that was asked for before its calendar was erased is not applied") {
    Engine engine(model::Provider::kGoogle, 2);
    engine.SignIn();
    REQUIRE(engine.Sync());
    const auto status = engine.store().Write([&](storage::Txn& txn) -> Status {
        const model::CalendarId id(1);
        const std::string before = (*storage::FindCalendar(txn, id))->cursor;
        if (auto cleared = storage::ClearCalendar(txn, id, engine.now()); !cleared) return cleared;
        model::Event event;
        event.remote_id = "late";
        const PageToApply page{
            .changes = {{.kind = RemoteChange::Kind::kUpsert, .event = event, .members = {}}},
            .cursor = "new",
            .expected = before};
        const auto applied = ApplyPage(txn, id, page, engine.now());
        CHECK_FALSE(applied);
        CHECK(applied.error().kind == ErrorKind::kCancelled);
        CHECK(*storage::CountEvents(txn, id) == 0);
        return {};
    });
    CHECK(status);
}

TEST_CASE("a refresh token that is refused stops the asking and says why") {
    Engine engine(model::Provider::kMicrosoft, 3);
    engine.SignIn();
    REQUIRE(engine.Sync());
    engine.Control("POST", "expire", {{"account", "microsoft"}, {"what", "access_tokens"}});
    engine.Control("POST", "expire", {{"account", "microsoft"}, {"what", "refresh_tokens"}});
    Waiting waiting(engine.driver());
    engine.RunFor(std::chrono::seconds(30));
    REQUIRE(waiting.done);
    CHECK(waiting.summary.needs_sign_in);
    const auto account = engine.driver().Accounts().at(0);
    CHECK(account.state == model::State::kNeedsSignIn);
    CHECK_FALSE(account.reason.empty());
    const auto asked = engine.Control("GET", "log").size();
    engine.RunFor(std::chrono::hours(2));
    CHECK(engine.Control("GET", "log").size() <= asked + 1);
}

TEST_CASE("who asks while the round runs in which a sign-in is refused does not wait for ever") {
    Engine engine(model::Provider::kMicrosoft, 3);
    engine.SignIn();
    REQUIRE(engine.Sync());
    engine.Control("POST", "expire", {{"account", "microsoft"}, {"what", "access_tokens"}});
    engine.Control("POST", "expire", {{"account", "microsoft"}, {"what", "refresh_tokens"}});
    Waiting first(engine.driver());
    engine.RunFor(std::chrono::milliseconds(1));
    REQUIRE_FALSE(first.done);
    REQUIRE(engine.driver().Accounts().at(0).state == model::State::kSyncing);
    Waiting second(engine.driver());
    engine.RunFor(std::chrono::seconds(30));
    CHECK(first.done);
    REQUIRE(second.done);
    CHECK(second.summary.needs_sign_in);
}

TEST_CASE("the deletion guard keeps what one listing lacks and a second confirms") {
    Engine engine(model::Provider::kGoogle, 4);
    engine.SignIn();
    REQUIRE(engine.Sync());
    std::int64_t before = 0;
    // As if the provider's listing were suddenly empty: rows that no listing names.
    REQUIRE(engine.store().Write([&](storage::Txn& txn) -> Status {
        before = *storage::CountEvents(txn, model::CalendarId(1));
        const std::string cursor = (*storage::FindCalendar(txn, model::CalendarId(1)))->cursor;
        const PageToApply page{
            .cursor = "a", .expected = cursor, .begins = true, .full = true, .last = true};
        const auto held = ApplyPage(txn, model::CalendarId(1), page, engine.now());
        if (!held) return held.error();
        CHECK(held->held == before);
        CHECK(held->removed == 0);
        CHECK(*storage::CountEvents(txn, model::CalendarId(1)) == before);
        PageToApply again = page;
        again.expected = "a";
        again.cursor = "b";
        const auto gone = ApplyPage(txn, model::CalendarId(1), again, engine.now());
        if (!gone) return gone.error();
        CHECK(gone->held == 0);
        CHECK(*storage::CountEvents(txn, model::CalendarId(1)) == 0);
        return {};
    }));
    CHECK(before > 20);
}
