#include <doctest/doctest.h>

#include "storage/calendars.h"
#include "sync/sign_in.h"
#include "tests/unit/sync/sign_in_world.h"

namespace kamili::sync {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using model::Access;
using storage::SecretPurpose;

}  // namespace

TEST_CASE("the same person again is updated, not doubled") {
    SignInWorld world;
    world.ScriptGoogle();
    auto request = GoogleRequest();
    request.label = "home";
    const auto first = world.SignIn(request);
    REQUIRE(first);
    auto row = world.Row(first->id);
    row.paused = true;
    row.state = model::State::kNeedsSignIn;
    row.reason = "gone";
    row.list_cursor = "cursor";
    CHECK(world.files.Write([&](storage::Txn& txn) { return storage::UpdateAccount(txn, row); }));
    world.SetSecret(first->id, SecretPurpose::kPreviousRefreshToken, "old");

    world.clock.Advance(1h);
    world.ScriptGoogle();
    const auto second = world.SignIn(GoogleRequest());
    REQUIRE(second);
    CHECK(second->id == first->id);
    CHECK(world.AccountCount() == 1);
    CHECK(second->paused);
    CHECK(second->label == "home");
    CHECK(second->state == model::State::kOk);
    CHECK(second->reason == "");
    CHECK(second->created == first->created);
    CHECK(second->list_cursor == "cursor");
    CHECK(world.SecretOf(first->id, SecretPurpose::kPreviousRefreshToken) == "");
    world.ScriptGoogle();
    request.label = "away";
    CHECK(world.SignIn(request)->label == "away");
}

TEST_CASE("another access level begins the account's listings anew") {
    SignInWorld world;
    world.ScriptGoogle();
    const auto account = world.SignIn(GoogleRequest());
    REQUIRE(account);
    model::CalendarId calendar;
    CHECK(world.files.Write([&](storage::Txn& txn) -> Status {
        auto id = storage::InsertCalendar(
            txn, {.account_id = account->id, .remote_id = "c", .cursor = "here"});
        if (!id) return id.error();
        calendar = *id;
        auto row = *account;
        row.list_cursor = "list";
        return storage::UpdateAccount(txn, row);
    }));
    const auto cursor = [&] {
        std::string out;
        CHECK(world.files.Read([&](const storage::ReadView& view) -> Status {
            auto found = storage::FindCalendar(view, calendar);
            if (!found) return found.error();
            out = (*found)->cursor;
            return {};
        }));
        return out;
    };
    world.ScriptGoogle();
    REQUIRE(world.SignIn(GoogleRequest()));
    CHECK(cursor() == "here");
    auto narrower = GoogleRequest();
    narrower.access = Access::kFreeBusy;
    world.ScriptGoogle("me@example.org",
                       "https://www.googleapis.com/auth/calendar.events.freebusy "
                       "https://www.googleapis.com/auth/calendar.calendarlist.readonly");
    const auto changed = world.SignIn(narrower);
    REQUIRE(changed);
    CHECK(changed->access == Access::kFreeBusy);
    CHECK(changed->list_cursor == "");
    CHECK(cursor() == "");
}

TEST_CASE("reauth as another person is refused and changes nothing") {
    SignInWorld world;
    world.ScriptGoogle();
    const auto account = world.SignIn(GoogleRequest());
    REQUIRE(account);
    auto again = GoogleRequest();
    again.again = account->id;
    world.ScriptGoogle("other@example.org");
    world.CheckFails(again, ErrorKind::kConflict);
    CHECK(world.Row(account->id) == *account);
    world.ScriptGoogle();
    CHECK(world.SignIn(again)->id == account->id);
    again.again = model::AccountId(99);
    world.ScriptGoogle();
    world.CheckFails(again, ErrorKind::kNotFound);
}

TEST_CASE("Google's grant is revoked with the refresh token") {
    SignInWorld world;
    const auto id = world.AddAccount(model::Provider::kGoogle, "1//rt");
    std::optional<Status> done;
    const auto keep = [&](Status status) { done = std::move(status); };
    world.transport.Reply("googleapis.com/revoke", 200, "{}");
    world.service->Revoke(id, keep);
    CHECK(!done);
    world.Run();
    REQUIRE(done);
    CHECK(*done);
    CHECK(world.transport.sent().at(0).body == "token=1%2F%2Frt");
    world.transport.Reply("/revoke", 400, R"({"error":"invalid_token"})");
    world.service->Revoke(id, keep);
    world.Run();
    CHECK(done->error().kind == ErrorKind::kAuthRevoked);
    world.transport.Fail("/revoke", ErrorKind::kOffline);
    world.service->Revoke(id, keep);
    world.Run();
    CHECK(done->error().kind == ErrorKind::kOffline);
}

TEST_CASE("Microsoft's grant is ended by the user, at an address that is named") {
    SignInWorld world;
    const auto id = world.AddAccount(model::Provider::kMicrosoft, "rt");
    std::optional<Status> done;
    world.service->Revoke(id, [&](Status status) { done = std::move(status); });
    world.Run();
    REQUIRE(done);
    CHECK(done->error().kind == ErrorKind::kNotSupported);
    CHECK(done->error().message.find("https://") != std::string::npos);
    world.service->Revoke(model::AccountId(99), [&](Status status) { done = std::move(status); });
    world.Run();
    CHECK(done->error().kind == ErrorKind::kNotFound);
    CHECK(world.transport.sent().empty());
}

}  // namespace kamili::sync
