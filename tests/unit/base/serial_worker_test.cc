#include "base/serial_worker.h"

#include <doctest/doctest.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <vector>

namespace kamili {
namespace {

TEST_CASE("a worker runs tasks in order, on one thread of its name, with signals blocked") {
    std::vector<int> order;
    std::string name;
    bool blocked = false;
    {
        SerialWorker worker("a-name-that-is-too-long");
        worker.Submit([&] {
            char text[16] = {};
            pthread_getname_np(pthread_self(), text, sizeof text);
            name = text;
            sigset_t mask;
            pthread_sigmask(SIG_BLOCK, nullptr, &mask);
            blocked = sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGHUP) == 1;
        });
        for (int i = 0; i < 100; ++i) worker.Submit([&order, i] { order.push_back(i); });
    }
    CHECK(name == "a-name-that-is-");
    CHECK(blocked);
    REQUIRE(order.size() == 100);
    CHECK(std::is_sorted(order.begin(), order.end()));
}

TEST_CASE("destruction runs what is queued, also what a queued task submits") {
    std::atomic<int> ran{0};
    {
        SerialWorker worker("worker");
        std::promise<void> gate;
        worker.Submit([&, opened = gate.get_future().share()] {
            opened.wait();
            worker.Submit([&] { ++ran; });
        });
        worker.Submit([&] { ++ran; });
        gate.set_value();
    }
    CHECK(ran == 2);
}

TEST_CASE("what a task holds goes before the next task begins") {
    auto held = std::make_shared<int>(1);
    long seen = 0;
    {
        SerialWorker worker("worker");
        worker.Submit([held] {});
        worker.Submit([&] { seen = held.use_count(); });
    }
    CHECK(seen == 1);
}

}  // namespace
}  // namespace kamili
