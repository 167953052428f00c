#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include "base/descriptor.h"
#include "base/loop.h"
#include "base/result.h"

namespace kamili::daemon {

// How long the machine has slept since it was asked last: what the boot clock has gone on and the
// monotonic one has not.
class SleepMeter {
  public:
    SleepMeter(std::chrono::nanoseconds boot, std::chrono::nanoseconds monotonic)
        : slept_(boot - monotonic) {}
    std::chrono::nanoseconds Take(std::chrono::nanoseconds boot,
                                  std::chrono::nanoseconds monotonic) {
        const auto before = std::exchange(slept_, boot - monotonic);
        return slept_ - before;
    }

  private:
    std::chrono::nanoseconds slept_;
};

// Tells when the machine has slept and when the wall clock was set: a timer far away that the
// kernel cancels at both. Needs no right. Loop thread only.
class ClockWatch {
  public:
    struct Hooks {
        Task on_resume;
        Task on_step;
    };
    static Result<std::unique_ptr<ClockWatch>> Open(Loop& loop, Hooks hooks);

  private:
    ClockWatch(int descriptor, Hooks hooks);
    Status Arm();
    void Read();

    Descriptor descriptor_;
    Hooks hooks_;
    SleepMeter meter_;
    Subscription watch_;
};

}  // namespace kamili::daemon
