// Aim: a calendar's own interval follows its changes and never leaves the limits.

#include "sync/poll_pace.h"

#include <doctest/doctest.h>

using namespace kamili::sync;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_CASE("a calendar that changes is asked sooner, a quiet one later") {
    const PollLimits limits{.interval = minutes(5)};
    CHECK(PollPace(limits, seconds(0)) == minutes(1));
    CHECK(PollPace(limits, minutes(12)) == minutes(1));
    CHECK(PollPace(limits, minutes(36)) == minutes(3));
    CHECK(PollPace(limits, hours(1)) == minutes(5));
    CHECK(PollPace(limits, minutes(90)) == seconds(450));
    CHECK(PollPace(limits, hours(2)) == minutes(10));
    CHECK(PollPace(limits, hours(24 * 365 * 50)) == minutes(10));
}

TEST_CASE("limits that are given hold, whatever the interval") {
    const PollLimits limits{
        .interval = minutes(10), .busy = milliseconds(30'000), .quiet = minutes(60)};
    CHECK(PollPace(limits, seconds(0)) == seconds(30));
    CHECK(PollPace(limits, hours(1)) == minutes(10));
    CHECK(PollPace(limits, hours(5)) == minutes(50));
    CHECK(PollPace(limits, hours(50)) == minutes(60));
    const PollLimits still{.interval = minutes(10), .busy = minutes(10), .quiet = minutes(10)};
    CHECK(PollPace(still, seconds(0)) == minutes(10));
    CHECK(PollPace(still, hours(50)) == minutes(10));
}

TEST_CASE("the limits that follow from the interval stay between five seconds and a day") {
    CHECK(PollLimits{.interval = seconds(5)}.Busy() == seconds(5));
    CHECK(PollLimits{.interval = seconds(5)}.Quiet() == seconds(10));
    CHECK(PollLimits{.interval = hours(24)}.Quiet() == hours(24));
    CHECK(PollLimits{.interval = hours(24)}.Busy() == milliseconds(hours(24)) / 5);
}
