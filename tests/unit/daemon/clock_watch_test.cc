// Aim: sleep is told from a step of the wall clock. (The kernel's cancelled timer needs a machine
// that sleeps; what is made of it does not.)

#include "daemon/clock_watch.h"

#include <doctest/doctest.h>

#include "base/sd_loop.h"
#include "base/time.h"

using namespace kamili;
using namespace kamili::daemon;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("sleep is what the boot clock has gone on and the monotonic one has not") {
    SleepMeter meter(seconds(100), seconds(90));
    CHECK(meter.Take(seconds(110), seconds(100)) == seconds(0));
    CHECK(meter.Take(seconds(140), seconds(110)) == seconds(20));
    CHECK(meter.Take(seconds(141), seconds(111)) == seconds(0));
}

TEST_CASE("a clock that nobody sets wakes nobody") {
    auto loop = SdLoop::Create();
    REQUIRE(loop);
    int told = 0;
    auto watch =
        ClockWatch::Open(**loop, {.on_resume = [&] { ++told; }, .on_step = [&] { ++told; }});
    REQUIRE(watch);
    auto end = (*loop)->RunAt(SystemClock().Now() + milliseconds(100), [&] { (*loop)->Exit(0); });
    (*loop)->Run();
    CHECK(told == 0);
}
