// Aim: the service manager hears of us while the writer answers, and never while it does not.

#include "daemon/watchdog.h"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

#include "tests/support/fake_loop.h"

using namespace kamili;
using namespace kamili::daemon;
using std::chrono::seconds;

namespace {

struct World {
    testing::FakeClock clock;
    testing::FakeLoop loop{clock};
    bool writer_works = true;
    std::vector<Task> unanswered;
    int probes = 0;
    int pings = 0;
    std::unique_ptr<Watchdog> dog = std::make_unique<Watchdog>(
        loop, clock, seconds(20),
        [this](Task answered) {
            ++probes;
            if (writer_works)
                loop.Post(std::move(answered));
            else
                unanswered.push_back(std::move(answered));
        },
        [this] { ++pings; });
};

}  // namespace

TEST_CASE("a healthy daemon pings at half the interval") {
    World world;
    world.loop.RunFor(seconds(9));
    CHECK(world.pings == 0);
    world.loop.RunFor(seconds(1));
    CHECK(world.pings == 1);
    world.loop.RunFor(seconds(30));
    CHECK(world.pings == 4);
    CHECK(world.probes == 5);
}

TEST_CASE("a writer that hangs means silence, however long, and no heap of questions") {
    World world;
    world.loop.RunFor(seconds(10));
    REQUIRE(world.pings == 1);
    world.loop.RunPosted();
    world.writer_works = false;
    world.loop.RunFor(seconds(10));  // what was answered before still counts
    REQUIRE(world.pings == 2);
    world.loop.RunFor(seconds(600));
    CHECK(world.pings == 2);
    CHECK(world.unanswered.size() == 1);
}

TEST_CASE("a writer that was only slow is forgiven when it answers") {
    World world;
    world.loop.RunPosted();
    world.writer_works = false;
    world.loop.RunFor(seconds(20));
    REQUIRE(world.pings == 1);
    REQUIRE(world.unanswered.size() == 1);
    world.writer_works = true;
    world.unanswered[0]();
    world.loop.RunFor(seconds(5));
    CHECK(world.pings == 2);
    world.loop.RunFor(seconds(10));
    CHECK(world.pings == 3);
}

TEST_CASE("an answer that comes after the end is harmless") {
    World world;
    world.writer_works = false;
    world.loop.RunFor(seconds(20));
    REQUIRE(world.unanswered.size() == 1);
    world.dog.reset();
    world.unanswered[0]();
    world.loop.RunFor(seconds(60));
    CHECK(world.pings == 1);
    CHECK(world.loop.UntilNextTimer() == std::nullopt);
}
