#include "tests/support/fake_loop.h"

namespace kamili::testing {

void FakeClock::Advance(std::chrono::nanoseconds by) {
    // The wall clock keeps whole milliseconds: count from the boot clock so that no part is lost.
    const auto before = std::chrono::floor<std::chrono::milliseconds>(now_.time_since_epoch());
    now_ += by;
    utc_ += std::chrono::floor<std::chrono::milliseconds>(now_.time_since_epoch()) - before;
}

Subscription FakeLoop::RunAt(Instant when, Task task) {
    const Key key{when, ++sequence_};
    timers_->emplace(key, std::move(task));
    return Subscription([timers = std::weak_ptr(timers_), key] {
        if (auto alive = timers.lock()) alive->erase(key);
    });
}

Subscription FakeLoop::WatchDescriptor(int, IoEvents, UniqueFunction<void(IoEvents)>) {
    return Subscription([] {});
}

void FakeLoop::RunPosted() {
    while (!posted_.empty()) {
        Task task = std::move(posted_.front());
        posted_.pop_front();
        task();
    }
}

void FakeLoop::RunFor(std::chrono::nanoseconds span) {
    const Instant end = clock_.Now() + span;
    for (;;) {
        RunPosted();
        if (timers_->empty() || timers_->begin()->first.first > end) break;
        auto first = timers_->extract(timers_->begin());
        if (first.key().first > clock_.Now()) clock_.Advance(first.key().first - clock_.Now());
        first.mapped()();
    }
    if (end > clock_.Now()) clock_.Advance(end - clock_.Now());
}

std::optional<std::chrono::nanoseconds> FakeLoop::UntilNextTimer() const {
    if (timers_->empty()) return std::nullopt;
    return timers_->begin()->first.first - clock_.Now();
}

}  // namespace kamili::testing
