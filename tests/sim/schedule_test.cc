// Aim: many accounts never ask together: not at a start, after a resume, when a network returns or
// when the client id's quota is used up; and each calendar is asked at its own pace.
// Method: the whole engine in virtual time; requests are counted in every second.

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "storage/accounts.h"
#include "storage/calendars.h"
#include "storage/view.h"
#include "tests/sim/engine.h"

using namespace kamili;
using namespace kamili::testing;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using json = nlohmann::json;

namespace {

constexpr int kAccounts = 200;
// Four accounts begin in a second, each with its list and its calendars.
constexpr int kPeakMax = 40;

// Requests of the engine in every second of virtual time, and what becomes of them.
class Meter {
  public:
    explicit Meter(Engine& engine) : engine_(engine) {
        engine.transport().SetPlan([this](const net::Request& request) { return Count(request); });
    }
    ~Meter() { engine_.transport().SetPlan({}); }

    void Forget() { per_second_.clear(); }
    int total() const {
        int sum = 0;
        for (const auto& [second, count] : per_second_) sum += count;
        return sum;
    }
    int peak() const {
        int most = 0;
        for (const auto& [second, count] : per_second_) most = std::max(most, count);
        return most;
    }

    bool offline = false;
    bool refuses = false;  // the project's quota is used up

  private:
    Journey Count(const net::Request&) {
        ++per_second_[std::chrono::floor<seconds>(engine_.clock().Now()).time_since_epoch()];
        Journey journey;
        if (offline) journey.fate = Journey::Fate::kLostBefore;
        if (refuses)
            journey.instead = simulator::SimReply{
                .status = 403,
                .headers = {{"Content-Type", "application/json"}},
                .body = R"({"error":{"code":403,"errors":[{"reason":"rateLimitExceeded"}]}})"};
        return journey;
    }

    Engine& engine_;
    std::map<seconds, int> per_second_;
};

// Makes the first account's sign-in that of 200 people with calendars of their own.
void Multiply(Engine& engine) {
    const auto copied = engine.store().Write([](storage::Txn& txn) -> Status {
        const model::AccountId first(1);
        auto account = storage::FindAccount(txn, first);
        if (!account) return std::move(account).error();
        const auto refresh = storage::FindSecret(txn, first, storage::SecretPurpose::kRefreshToken);
        const auto access = storage::FindSecret(txn, first, storage::SecretPurpose::kAccessToken);
        const auto calendars = storage::ListCalendarsOf(txn, first);
        for (int i = 1; i < kAccounts; ++i) {
            model::Account copy = **account;
            copy.remote_id += std::to_string(i);
            const auto id = storage::InsertAccount(txn, copy);
            if (!id) return id.error();
            for (auto calendar : *calendars) {
                calendar.account_id = *id;
                if (auto put = storage::InsertCalendar(txn, calendar); !put) return put.error();
            }
            if (auto put =
                    storage::PutSecret(txn, *id, storage::SecretPurpose::kRefreshToken, **refresh);
                !put)
                return put;
            if (auto put =
                    storage::PutSecret(txn, *id, storage::SecretPurpose::kAccessToken, **access);
                !put)
                return put;
        }
        return {};
    });
    REQUIRE(copied);
}

// An engine with 200 accounts that have been synced, before its next start.
struct Crowd {
    Crowd() : engine({.seed = 5, .events = 5}) {
        engine.SignIn();
        REQUIRE(engine.Sync());
        // All of them are one person to the simulator.
        engine.Control("POST", "settings", {{"google_limit", 0}});
        Multiply(engine);
        engine.Kill();
    }
    Engine engine;
};

}  // namespace

TEST_CASE("200 accounts never ask together") {
    Crowd crowd;
    Engine& engine = crowd.engine;
    Meter meter(engine);
    engine.Resume();
    engine.RunFor(seconds(60));
    REQUIRE(engine.driver().Accounts().size() == kAccounts);
    CHECK(meter.total() >= kAccounts);
    CHECK(meter.peak() <= kPeakMax);

    // After a resume.
    engine.RunFor(seconds(90));
    meter.Forget();
    engine.driver().Wake();
    engine.RunFor(seconds(60));
    CHECK(meter.total() >= kAccounts);
    CHECK(meter.peak() <= kPeakMax);

    // The client id's quota is used up: without a common wait each account would be refused by
    // itself, and again at each of its own tries.
    meter.refuses = true;
    meter.Forget();
    engine.RunFor(minutes(6));
    CHECK(meter.total() > 0);
    CHECK(meter.total() < kAccounts / 2);
    meter.refuses = false;
    meter.Forget();
    engine.RunFor(minutes(8));
    CHECK(meter.total() >= kAccounts);
    CHECK(meter.peak() <= kPeakMax);
}

TEST_CASE(
    "waking asks at once where our own wait was the reason, and never against a Retry-After") {
    Engine engine(model::Provider::kMicrosoft, 7);
    engine.SignIn();
    REQUIRE(engine.Sync());
    Meter meter(engine);
    SUBCASE("no network for an hour") {
        meter.offline = true;
        engine.RunFor(hours(1));
        CHECK(engine.driver().Accounts().at(0).state == model::State::kOffline);
        meter.offline = false;
        engine.driver().Wake();
        engine.RunFor(seconds(5));
        CHECK(engine.driver().Accounts().at(0).state == model::State::kOk);
    }
    SUBCASE("the mailbox asked for ten minutes") {
        engine.Control(
            "POST", "faults",
            {{"match", "/me/"}, {"times", 1}, {"fault", {{"status", 429}, {"retry_after", 600}}}});
        engine.RunFor(minutes(1));
        for (int i = 0; i < 15 && engine.driver().Accounts().at(0).state == model::State::kOk; ++i)
            engine.RunFor(seconds(60));
        REQUIRE(engine.driver().Accounts().at(0).state == model::State::kThrottled);
        meter.Forget();
        engine.driver().Wake();
        engine.RunFor(minutes(5));
        CHECK(meter.total() == 0);
    }
}
