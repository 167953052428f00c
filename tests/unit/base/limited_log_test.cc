#include "base/limited_log.h"

#include <doctest/doctest.h>

#include "tests/support/fake_loop.h"
#include "tests/support/memory_log.h"

namespace kamili {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Limited {
    testing::FakeClock clock;
    testing::MemoryLog* lines = nullptr;
    std::unique_ptr<LimitedLog> log;

    Limited() {
        auto memory = std::make_unique<testing::MemoryLog>();
        lines = memory.get();
        log = std::make_unique<LimitedLog>(std::move(memory), clock);
    }
    std::size_t count() const { return lines->lines().size(); }
};

TEST_CASE("what somebody outside can cause without end is limited, and counted") {
    Limited limited;
    for (int i = 0; i < 1000; ++i) limited.log->Warn("a client was not served", {{"pid", i}});
    CHECK(limited.count() == kLinesAtOnce);
    limited.clock.Advance(milliseconds(1100));
    limited.log->Warn("a client was not served", {{"pid", 7}});
    const auto lines = limited.lines->lines();
    REQUIRE(lines.size() == kLinesAtOnce + 2);
    CHECK(lines[kLinesAtOnce] == "lines like the next one were left out count=970");
    CHECK(lines.back() == "a client was not served pid=7");
    limited.clock.Advance(seconds(3600));
    for (int i = 0; i < 100; ++i) limited.log->Warn("a client was not served");
    CHECK(limited.count() == 2 * kLinesAtOnce + 2);
}

TEST_CASE("one message uses up nothing of another") {
    Limited limited;
    for (int i = 0; i < 100; ++i) limited.log->Warn("a client was not served");
    limited.log->Error("the store is not open");
    CHECK(limited.lines->lines().back() == "the store is not open");
}

TEST_CASE("who debugs gets every line, and none is missing from the others for it") {
    Limited limited;
    for (int i = 0; i < 100; ++i) limited.log->Debug("a calendar is not up to date");
    CHECK(limited.count() == 100);
    limited.log->Warn("a calendar is not up to date");
    CHECK(limited.lines->lines().back() == "a calendar is not up to date");
}

}  // namespace
}  // namespace kamili
