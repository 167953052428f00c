// Aim: after random changes and benign faults the store equals the provider's world, event by
// event, and the journal says how it came about. Method: the whole engine (codecs, tokens, sign-in,
// driver, encrypted store) on one thread with virtual time against the simulator. Faults and
// restarts come from a seed; then they stop, the engine runs to rest, and rows are compared with
// the simulator's ground truth. KAMILI_SEEDS=N runs seeds 1 to N.

#include <doctest/doctest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tests/sim/engine.h"
#include "tests/sim/world_check.h"

using namespace kamili;
using namespace kamili::sync;
using namespace kamili::testing;
using nlohmann::json;

namespace {

class World : public Engine {
  public:
    using Engine::Engine;

    // A random thing that happens to real daemons.
    void Disturb() {
        switch (random().Below(8)) {
            case 0:
                Fault({{"status", 429}, {"retry_after", "1.5"}});
                break;
            case 1:
                Fault({{"status", 503}});
                break;
            case 2:
                Fault("reset");
                break;
            case 3:
                Fault("truncate");
                break;
            case 4:
                Expire("access_tokens");
                break;
            case 5:
                Expire("cursors");
                break;
            case 6:
                Restart();
                break;
            default:
                break;
        }
    }
    void Mutate(std::uint64_t seed) {
        Control("POST", "mutate", {{"account", account()}, {"count", 12}, {"seed", seed}});
    }
    void ClearFaults() { Control("DELETE", "faults"); }
    std::uint64_t Below(std::uint64_t bound) { return random().Below(bound); }

    void CompareWithTruth() {
        for (const auto& line :
             DifferencesFromWorld(*this, AccountNamed(*this, account()), account()))
            FAIL_CHECK(line);
        for (const auto& line : JournalFaults(*this)) FAIL_CHECK(line);
        for (const auto& line : transport().rules().broken()) FAIL_CHECK(line);
        for (const auto& line : Leaks(*this)) FAIL_CHECK(line);
    }

  private:
    void Fault(const json& fault) {
        Control("POST", "faults",
                {{"match", provider() == model::Provider::kGoogle ? "/calendars/" : "/me/"},
                 {"after", random().Below(3)},
                 {"times", 1 + random().Below(2)},
                 {"fault", fault}});
    }
    void Expire(const char* what) {
        Control("POST", "expire", {{"account", account()}, {"what", what}});
    }
};

void RunSeeds(model::Provider provider) {
    const char* text = std::getenv("KAMILI_SEEDS");
    const int seeds = text ? std::atoi(text) : 10;
    for (int seed = 1; seed <= seeds; ++seed) {
        INFO("seed ", seed);
        World world(provider, static_cast<std::uint64_t>(seed));
        world.SignIn();
        REQUIRE(world.Sync());
        world.CompareWithTruth();
        for (std::uint64_t round = 0; round < 4; ++round) {
            world.Mutate(static_cast<std::uint64_t>(seed) * 100 + round);
            for (int i = 0; i < 2; ++i) {
                world.Disturb();
                world.RunFor(std::chrono::seconds(60 * (1 + world.Below(6))));
            }
        }
        world.ClearFaults();
        CHECK(world.Sync());
        world.CompareWithTruth();
    }
}

}  // namespace

TEST_CASE("the store equals Google's world after changes, faults and restarts") {
    RunSeeds(model::Provider::kGoogle);
}

TEST_CASE("the store holds Microsoft's world after changes, faults and restarts") {
    RunSeeds(model::Provider::kMicrosoft);
}
