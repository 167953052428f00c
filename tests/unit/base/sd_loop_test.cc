#include "base/sd_loop.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <thread>
#include <vector>

namespace kamili {
namespace {

using std::chrono::milliseconds;

std::unique_ptr<SdLoop> MakeLoop() {
    auto loop = SdLoop::Create();
    REQUIRE(loop);
    return std::move(*loop);
}

Instant After(milliseconds wait) { return SystemClock().Now() + wait; }

// Both ends are closed when the test ends.
struct Pipe {
    Pipe() { REQUIRE(pipe(ends.data()) == 0); }
    ~Pipe() {
        for (const int end : ends) close(end);
    }
    std::array<int, 2> ends{};
};

TEST_CASE("a timer never fires early and at most a little late") {
    auto loop = MakeLoop();
    const Instant due = After(milliseconds(30));
    Instant fired{};
    const auto timer = loop->RunAt(due, [&] {
        fired = SystemClock().Now();
        loop->Exit(7);
    });
    CHECK(loop->Run() == 7);
    CHECK(fired >= due);
    CHECK(fired < due + milliseconds(2000));
}

TEST_CASE("timers fire in the order of their times, those of the past at once") {
    auto loop = MakeLoop();
    std::vector<int> order;
    const auto late = loop->RunAt(After(milliseconds(40)), [&] {
        order.push_back(3);
        loop->Exit(0);
    });
    const auto soon = loop->RunAt(After(milliseconds(15)), [&] { order.push_back(2); });
    const auto past = loop->RunAt(Instant{}, [&] { order.push_back(1); });
    loop->Run();
    CHECK(order == std::vector<int>{1, 2, 3});
}

TEST_CASE("posted tasks run in order, and one that posts waits for the next turn") {
    auto loop = MakeLoop();
    std::vector<int> order;
    loop->Post([&] {
        order.push_back(1);
        loop->Post([&] {
            order.push_back(3);
            loop->Exit(0);
        });
    });
    loop->Post([&] { order.push_back(2); });
    loop->Run();
    CHECK(order == std::vector<int>{1, 2, 3});
}

TEST_CASE("tasks posted by many threads all run on the loop thread") {
    auto loop = MakeLoop();
    constexpr int kThreads = 4;
    constexpr int kEach = 500;
    int ran = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i)
        threads.emplace_back([&] {
            CHECK_FALSE(loop->IsInside());
            for (int n = 0; n < kEach; ++n)
                loop->Post([&] {
                    CHECK(loop->IsInside());
                    if (++ran == kThreads * kEach) loop->Exit(0);
                });
        });
    loop->Run();
    for (std::thread& thread : threads) thread.join();
    CHECK(ran == kThreads * kEach);
}

TEST_CASE("what is posted before Exit still runs, what comes after the end is dropped") {
    auto loop = MakeLoop();
    int ran = 0;
    loop->Post([&] {
        loop->Exit(0);
        loop->Post([&] { ++ran; });
    });
    loop->Run();
    CHECK(ran == 1);
    loop->Post([&] { ++ran; });
    CHECK(ran == 1);
}

TEST_CASE("what runs at the end may ask for more, which never comes") {
    const Pipe pipe;
    auto loop = MakeLoop();
    bool ran = false;
    bool fired = false;
    Subscription timer;
    Subscription watch;
    // The second task runs when the loop has ended: Exit takes effect before the next turn.
    loop->Post([&] {
        loop->Exit(3);
        loop->Post([&] {
            timer = loop->RunAt(After(milliseconds(0)), [&] { fired = true; });
            watch = loop->WatchDescriptor(pipe.ends[1], {.writable = true},
                                          [&](IoEvents) { fired = true; });
            ran = true;
        });
    });
    CHECK(loop->Run() == 3);
    CHECK(ran);
    CHECK_FALSE(fired);
}

TEST_CASE("a descriptor is reported for as long as it is ready, and a hang-up unasked") {
    auto loop = MakeLoop();
    auto ends = std::make_optional<Pipe>();
    REQUIRE(write(ends->ends[1], "ab", 2) == 2);
    int readable = 0;
    const auto watch =
        loop->WatchDescriptor(ends->ends[0], {.readable = true}, [&](IoEvents events) {
            CHECK(events.readable);
            CHECK_FALSE(events.writable);
            char byte = 0;
            REQUIRE(read(ends->ends[0], &byte, 1) == 1);
            if (++readable == 2) loop->Exit(0);
        });
    loop->Run();
    CHECK(readable == 2);

    auto second = MakeLoop();
    Pipe broken;
    close(broken.ends[0]);
    bool failed = false;
    const auto hung = second->WatchDescriptor(broken.ends[1], {}, [&](IoEvents events) {
        failed = events.failed;
        second->Exit(0);
    });
    second->Run();
    CHECK(failed);
    broken.ends[0] = -1;
}

TEST_CASE("a subscription may be dropped inside its own callback and inside another's") {
    auto loop = MakeLoop();
    const Pipe ends;
    REQUIRE(write(ends.ends[1], "x", 1) == 1);
    Subscription self;
    Subscription other;
    int self_ran = 0;
    int other_ran = 0;
    // Whichever comes first drops both: the second must not be called any more.
    const auto drop_both = [&] {
        self.Cancel();
        other.Cancel();
        loop->Post([&] { loop->Post([&] { loop->Exit(0); }); });
    };
    auto payload = std::make_unique<int>(5);
    self = loop->WatchDescriptor(ends.ends[0], {.readable = true},
                                 [&, payload = std::move(payload)](IoEvents) {
                                     ++self_ran;
                                     drop_both();
                                     // The closure is still alive after its subscription went.
                                     CHECK(*payload == 5);
                                 });
    other = loop->RunAt(Instant{}, [&] {
        ++other_ran;
        drop_both();
    });
    loop->Run();
    CHECK(self_ran + other_ran == 1);
}

TEST_CASE("a subscription may outlive its loop") {
    const Pipe ends;
    Subscription watch;
    Subscription timer;
    auto held = std::make_shared<int>(1);
    {
        auto loop = MakeLoop();
        watch = loop->WatchDescriptor(ends.ends[0], {.readable = true}, [held](IoEvents) {});
        timer = loop->RunAt(After(milliseconds(1)), [held] {});
    }
    watch.Cancel();
    timer = Subscription();
    CHECK(held.use_count() == 1);
}

TEST_CASE("a task that was posted and never ran goes with the loop") {
    auto held = std::make_shared<int>(1);
    {
        auto loop = MakeLoop();
        loop->Post([held] {});
    }
    CHECK(held.use_count() == 1);
}

TEST_CASE("a signal arrives as a callback on the loop thread") {
    auto loop = MakeLoop();
    int arrived = 0;
    const auto watch = loop->WatchSignal(SIGUSR2, [&] {
        ++arrived;
        loop->Exit(0);
    });
    pthread_kill(pthread_self(), SIGUSR2);
    loop->Run();
    CHECK(arrived == 1);
}

TEST_CASE("an idle loop sleeps") {
    auto loop = MakeLoop();
    const Pipe ends;
    const auto watch = loop->WatchDescriptor(ends.ends[0], {.readable = true}, [](IoEvents) {});
    const auto end = loop->RunAt(After(milliseconds(100)), [&] { loop->Exit(0); });
    loop->Run();
    // The timer and the exit itself; a loop that polled would have woken up many times.
    CHECK(loop->wakeups() <= 6);
}

}  // namespace
}  // namespace kamili
