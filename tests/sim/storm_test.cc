// Aim: whatever happens to requests, processes, disks and clocks, no row goes without proof, no
// rule of a provider is broken, and once the faults stop the store is the world again.
// Method: three accounts of both providers on one thread in virtual time. Every request may be
// lost, late, doubled, cut or answered by something in between; processes die at writes; disks
// fill up; clocks jump. All of it comes from a seed, and each seed is played twice: both must leave
// the same trace. KAMILI_SEEDS=N plays N seeds from KAMILI_FIRST_SEED (1) on, KAMILI_SEED=N
// that one alone.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "storage/journal.h"
#include "tests/sim/engine.h"
#include "tests/sim/weather.h"
#include "tests/sim/world_check.h"
#include "tests/unit/storage/fault_vfs.h"

using namespace kamili;
using namespace kamili::testing;
using nlohmann::json;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr int kForever = 1'000'000'000;

class Storm {
  public:
    explicit Storm(std::uint64_t seed)
        : seed_(seed),
          dice_(seed * 7919 + 1),
          engine_({.seed = seed, .events = 60, .base_vfs = disk_.name()}),
          weather_(seed) {}

    // Everything that went over the wire and into the journal, line by line.
    std::vector<std::string> Play() {
        engine_.Control("POST", "settings", {{"google_page_max", 20}, {"graph_page_max", 40}});
        SignIn({.provider = model::Provider::kGoogle});
        SignIn({.provider = model::Provider::kMicrosoft, .authority = "organizations"});
        SignIn({.provider = model::Provider::kMicrosoft,
                .authority = "consumers",
                .login_hint = "bob@example.com"});
        CHECK(engine_.Sync());
        Remember();
        engine_.transport().SetPlan([this](const net::Request& request) {
            return calm_ ? Journey() : weather_.Next(request);
        });
        calm_ = false;
        for (int round = 0; round < 8; ++round) {
            Mutate();
            Disturb();
            engine_.RunFor(seconds(30 + Below(900)));
            Mend();
            CheckProof();
        }
        calm_ = true;
        Settle();
        CheckEnd();
        return Trace();
    }

  private:
    std::uint64_t Below(std::uint64_t bound) { return dice_.Below(bound); }

    void SignIn(const SimPerson& person) {
        const auto account = engine_.TrySignIn(person);
        const std::string trouble = account ? "" : account.error().message;
        INFO(trouble);
        REQUIRE(account.has_value());
    }

    std::vector<model::Account> Accounts() {
        std::vector<model::Account> out;
        for (const auto& status : engine_.driver().Accounts()) out.push_back(status.account);
        return out;
    }

    void Mutate() {
        for (const auto& account : Accounts())
            engine_.Control("POST", "mutate",
                            {{"account", account.address},
                             {"count", 1 + Below(8)},
                             {"seed", seed_ * 1000 + ++mutations_}});
    }

    void Disturb() {
        switch (Below(8)) {
            case 0:
                disk_.FailAt(1 + static_cast<int>(Below(60)), kForever, SQLITE_IOERR_WRITE);
                dies_ = true;
                break;
            case 1:
                disk_.FailAt(1 + static_cast<int>(Below(20)), 1 + static_cast<int>(Below(30)),
                             SQLITE_FULL);
                break;
            case 2:
                engine_.clock().StepUtc(minutes(1 + Below(600)));
                break;
            case 3:
                engine_.clock().StepUtc(-minutes(1 + Below(600)));
                break;
            case 4:
                Expire(Below(2) == 0 ? "access_tokens" : "cursors");
                break;
            case 5:
                engine_.RunFor(std::chrono::milliseconds(1 + Below(400)));
                engine_.Restart();
                break;
            default:
                break;
        }
    }
    void Expire(const char* what) {
        const auto accounts = Accounts();
        engine_.Control("POST", "expire",
                        {{"account", accounts[Below(accounts.size())].address}, {"what", what}});
    }

    // The disk works again; a process that was to die at a write is gone by then.
    void Mend() {
        if (std::exchange(dies_, false)) {
            engine_.Kill();
            disk_.Heal();
            engine_.Resume();
        }
        disk_.Heal();
    }

    std::set<std::string> WorldIds(const model::Account& account) {
        std::set<std::string> out;
        const json world = WorldNow(engine_, account, account.address);
        for (const json& calendar : world.at("calendars"))
            for (const json& row : calendar.at("rows"))
                out.insert(calendar.at("remote_id").get<std::string>() + " " +
                           row.at("remote_id").get<std::string>());
        return out;
    }

    struct Seen {
        std::set<std::string> stored;
        std::set<std::string> world;
    };
    void Remember() {
        for (const auto& account : Accounts())
            seen_[account.address] = {StoredIds(engine_, account.id), WorldIds(account)};
    }

    // What was stored and has lived in the world all the time must still be stored.
    void CheckProof() {
        for (const auto& account : Accounts()) {
            const Seen& before = seen_[account.address];
            const Seen after{StoredIds(engine_, account.id), WorldIds(account)};
            for (const std::string& id : before.stored)
                if (before.world.contains(id) && after.world.contains(id) &&
                    !after.stored.contains(id))
                    FAIL_CHECK("removed without proof: " << id);
        }
        Remember();
    }

    // In bounded time: two hours after the faults stop, everything is well without a user.
    void Settle() {
        engine_.RunFor(hours(2));
        CHECK(engine_.Sync());
        engine_.RunFor(minutes(30));
        CHECK(engine_.Sync());
    }

    void CheckEnd() {
        CheckProof();
        for (const auto& account : Accounts())
            for (const auto& line : DifferencesFromWorld(engine_, account, account.address))
                FAIL_CHECK(account.address << ": " << line);
        for (const auto& line : JournalFaults(engine_)) FAIL_CHECK(line);
        for (const auto& line : engine_.transport().rules().broken()) FAIL_CHECK(line);
        for (const auto& line : Leaks(engine_)) FAIL_CHECK(line);
        for (const auto& calendar : engine_.driver().Calendars())
            CHECK(calendar.state == model::State::kOk);
    }

    std::vector<std::string> Trace() {
        std::vector<std::string> out = engine_.transport().trace();
        REQUIRE(engine_.store().Read([&](const storage::ReadView& view) -> Status {
            const auto changes = storage::ReadChanges(view, 0, 1'000'000);
            if (!changes) return changes.error();
            for (const auto& change : *changes)
                out.push_back(fmt::format("{} {} {}", change.number, static_cast<int>(change.kind),
                                          change.event_id.row()));
            return {};
        }));
        return out;
    }

    const std::uint64_t seed_;
    SeededRandom dice_;
    FaultVfs disk_;
    Engine engine_;
    Weather weather_;
    bool calm_ = true;
    bool dies_ = false;
    std::uint64_t mutations_ = 0;
    std::map<std::string, Seen> seen_;
};

void CheckSameTrace(const std::vector<std::string>& first, const std::vector<std::string>& again) {
    for (std::size_t i = 0; i < std::min(first.size(), again.size()); ++i)
        if (first[i] != again[i]) {
            FAIL_CHECK("the seed gives another run from line " << i << ": " << first[i] << " / "
                                                               << again[i]);
            return;
        }
    CHECK(first.size() == again.size());
}

std::uint64_t NumberFromEnvironment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

void PlaySeed(std::uint64_t seed) {
    INFO("replay: KAMILI_SEED=", seed, " build/dev/bin/test_sim_storm");
    const auto first = Storm(seed).Play();
    CheckSameTrace(first, Storm(seed).Play());
}

}  // namespace

TEST_CASE("after any storm the store is the world again, and nothing went without proof") {
    if (const char* one = std::getenv("KAMILI_SEED"))
        return PlaySeed(std::strtoull(one, nullptr, 10));
    const std::uint64_t first = NumberFromEnvironment("KAMILI_FIRST_SEED", 1);
    const std::uint64_t seeds = NumberFromEnvironment("KAMILI_SEEDS", 3);
    for (std::uint64_t seed = first; seed < first + seeds; ++seed) PlaySeed(seed);
}
