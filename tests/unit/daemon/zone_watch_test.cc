// Aim: zone files that change are told once, when they are left alone again, and nothing is told
// while they stay.
// Method: a folder of files on the disk, and the real loop.

#include "daemon/zone_watch.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "base/sd_loop.h"
#include "tests/support/temp_folder.h"

using namespace kamili;
using namespace kamili::daemon;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("zone files that are replaced one by one are told once, those of new folders too") {
    const kamili::testing::TempFolder folder;
    setenv("TZDIR", folder.path().c_str(), 1);
    std::filesystem::create_directory(folder.File("Europe"));
    auto loop = SdLoop::Create();
    REQUIRE(loop);
    SystemClock clock;
    const auto put = [&](const std::string& name) {
        std::ofstream(folder.File(name + ".new")) << "TZif";
        std::filesystem::rename(folder.File(name + ".new"), folder.File(name));
    };
    int told = 0;
    const auto watch = ZoneWatch::Open(**loop, clock, [&] { ++told; });
    REQUIRE(watch);
    std::vector<Subscription> steps;
    const auto at = [&](milliseconds when, Task task) {
        steps.push_back((*loop)->RunAt(clock.Now() + when, std::move(task)));
    };
    at(seconds(0), [&] { put("Europe/Berlin"); });
    at(seconds(2), [&] { put("Europe/London"); });
    at(seconds(4), [&] { std::filesystem::create_directory(folder.File("Asia")); });
    at(milliseconds(6500), [&] { CHECK(told == 0); });
    at(milliseconds(8000), [&] {
        CHECK(told == 1);
        put("Asia/Tokyo");
    });
    at(milliseconds(12000), [&] { (*loop)->Exit(0); });
    (*loop)->Run();
    CHECK(told == 2);
    unsetenv("TZDIR");
}

TEST_CASE("a folder of zone files that is not there is an error") {
    setenv("TZDIR", "/nonexistent", 1);
    auto loop = SdLoop::Create();
    REQUIRE(loop);
    SystemClock clock;
    CHECK_FALSE(ZoneWatch::Open(**loop, clock, [] {}));
    unsetenv("TZDIR");
}
