#include "daemon/clock_watch.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

namespace kamili::daemon {
namespace {

// The two clocks are read one after the other, and a step of the clock takes no time.
constexpr std::chrono::seconds kSleepMin{1};

std::chrono::nanoseconds Tell(clockid_t id) {
    timespec now{};
    clock_gettime(id, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace

Result<std::unique_ptr<ClockWatch>> ClockWatch::Open(Loop& loop, Hooks hooks) {
    const int descriptor = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (descriptor < 0) return SystemError("cannot watch the clock", errno);
    std::unique_ptr<ClockWatch> watch(new ClockWatch(descriptor, std::move(hooks)));
    if (auto armed = watch->Arm(); !armed) return std::move(armed).error();
    watch->watch_ = loop.WatchDescriptor(descriptor, {.readable = true},
                                         [self = watch.get()](IoEvents) { self->Read(); });
    return watch;
}

ClockWatch::ClockWatch(int descriptor, Hooks hooks)
    : descriptor_(descriptor),
      hooks_(std::move(hooks)),
      meter_(Tell(CLOCK_BOOTTIME), Tell(CLOCK_MONOTONIC)) {}

Status ClockWatch::Arm() {
    itimerspec never{};
    // Thirty years: the end of time_t is refused on some kernels.
    never.it_value.tv_sec = time(nullptr) + 946'080'000;
    if (timerfd_settime(descriptor_.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never,
                        nullptr) != 0 &&
        errno != ECANCELED)  // armed, and another step came in between
        return SystemError("cannot watch the clock", errno);
    return {};
}

void ClockWatch::Read() {
    std::uint64_t count = 0;
    const auto got = read(descriptor_.get(), &count, sizeof count);
    if (got < 0 && errno != ECANCELED) return;
    const bool slept = meter_.Take(Tell(CLOCK_BOOTTIME), Tell(CLOCK_MONOTONIC)) >= kSleepMin;
    // Not armed is not heard: better no more news than a descriptor that is ready for ever.
    if (!Arm()) watch_.Cancel();
    if (slept)
        hooks_.on_resume();
    else
        hooks_.on_step();
}

}  // namespace kamili::daemon
