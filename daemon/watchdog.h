#pragma once

#include <chrono>
#include <memory>

#include "base/loop.h"
#include "base/time.h"
#include "base/unique_function.h"

namespace kamili::daemon {

// Tells the service manager that we live, and only if that is true: a ping goes out when, since the
// last one, the loop has turned and the store's writer has answered an empty job. Loop thread only.
class Watchdog {
  public:
    // `probe` must call what it is given on the loop, once the writer has come to it; `ping` tells
    // the service manager. Pings every half of `interval`.
    using Probe = UniqueFunction<void(Task answered)>;
    Watchdog(Loop& loop, const Clock& clock, std::chrono::nanoseconds interval, Probe probe,
             Task ping);
    ~Watchdog();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace kamili::daemon
