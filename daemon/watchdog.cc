#include "daemon/watchdog.h"

namespace kamili::daemon {

struct Watchdog::State : std::enable_shared_from_this<Watchdog::State> {
    State(Loop& loop_in, const Clock& clock_in, std::chrono::nanoseconds interval_in,
          Probe probe_in, Task ping_in)
        : loop(loop_in),
          clock(clock_in),
          interval(interval_in),
          probe(std::move(probe_in)),
          ping(std::move(ping_in)) {}

    void Ask() {
        waiting = true;
        probe([weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->waiting = false;
        });
        timer = loop.RunAt(clock.Now() + interval / 2, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->OnTimer();
        });
    }

    void OnTimer() {
        if (!waiting) {
            ping();
            return Ask();
        }
        // The writer has not answered: no ping, but look again, in case it was only slow.
        timer = loop.RunAt(clock.Now() + interval / 4, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->OnTimer();
        });
    }

    Loop& loop;
    const Clock& clock;
    std::chrono::nanoseconds interval;
    Probe probe;
    Task ping;
    Subscription timer;
    bool waiting = false;
};

Watchdog::Watchdog(Loop& loop, const Clock& clock, std::chrono::nanoseconds interval, Probe probe,
                   Task ping)
    : state_(std::make_shared<State>(loop, clock, interval, std::move(probe), std::move(ping))) {
    state_->Ask();
}

Watchdog::~Watchdog() = default;

}  // namespace kamili::daemon
