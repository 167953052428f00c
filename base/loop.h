#pragma once

#include <chrono>

#include "base/subscription.h"
#include "base/time.h"
#include "base/unique_function.h"

namespace kamili {

struct IoEvents {
    bool readable = false;
    bool writable = false;
    bool failed = false;  // error or hang-up; delivered whether asked for or not
};

// The one thread that decides. Everything but Post is called on the loop thread only.
// The real one is SdLoop (base/sd_loop.h); tests bring one with virtual time.
class Loop {
  public:
    virtual ~Loop() = default;

    // Is the caller on the loop thread?
    virtual bool IsInside() const = 0;
    // Runs `task` on the loop thread, after what is posted already. Any thread. Tasks posted after
    // the loop ended are dropped.
    virtual void Post(Task task) = 0;
    // Runs `task` once, not before `when` (boot clock). May be late by up to 1 % of the wait so
    // that wakeups coincide, at most 250 ms.
    virtual Subscription RunAt(Instant when, Task task) = 0;
    // Calls `on_events` whenever the descriptor is ready for what `interest` names.
    // Level-triggered.
    virtual Subscription WatchDescriptor(int descriptor, IoEvents interest,
                                         UniqueFunction<void(IoEvents)> on_events) = 0;
};

}  // namespace kamili
