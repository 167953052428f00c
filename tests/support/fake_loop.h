#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <utility>

#include "base/executor.h"
#include "base/loop.h"
#include "base/time.h"

namespace kamili::testing {

// Clocks that move only when told to.
class FakeClock final : public Clock {
  public:
    Instant Now() const override { return now_; }
    UtcTime UtcNow() const override { return utc_; }
    void Advance(std::chrono::nanoseconds by);
    // A step of the wall clock alone.
    void StepUtc(std::chrono::milliseconds by) { utc_ += by; }
    void SetUtc(UtcTime utc) { utc_ = utc; }

  private:
    Instant now_{std::chrono::hours(1)};
    UtcTime utc_{std::chrono::sys_days(std::chrono::year(2026) / 1 / 15) + std::chrono::hours(9)};
};

// A loop with virtual time on the calling thread. Posted tasks run in order; timers fire when
// RunFor or RunUntilIdle takes the clock there. Descriptors are never ready.
class FakeLoop final : public Loop {
  public:
    explicit FakeLoop(FakeClock& clock) : clock_(clock) {}

    bool IsInside() const override { return true; }
    void Post(Task task) override { posted_.push_back(std::move(task)); }
    Subscription RunAt(Instant when, Task task) override;
    Subscription WatchDescriptor(int descriptor, IoEvents interest,
                                 UniqueFunction<void(IoEvents)> on_events) override;

    // Runs what is posted, without moving the clock.
    void RunPosted();
    // Runs everything due within `span`, moving the clock from event to event.
    void RunFor(std::chrono::nanoseconds span);
    // The next timer, if any: how long until it fires.
    std::optional<std::chrono::nanoseconds> UntilNextTimer() const;

  private:
    using Key = std::pair<Instant, std::uint64_t>;
    FakeClock& clock_;
    std::deque<Task> posted_;
    // Shared so that a subscription that outlives the loop cancels nothing.
    std::shared_ptr<std::map<Key, Task>> timers_ = std::make_shared<std::map<Key, Task>>();
    std::uint64_t sequence_ = 0;
};

// Runs each task as a posted task of the loop: deterministic, never inside Submit.
class LoopExecutor final : public Executor {
  public:
    explicit LoopExecutor(Loop& loop) : loop_(loop) {}
    void Submit(Task task) override { loop_.Post(std::move(task)); }

  private:
    Loop& loop_;
};

}  // namespace kamili::testing
