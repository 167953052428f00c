#pragma once

#include "base/loop.h"
#include "base/subscription.h"
#include "base/time.h"

namespace kamili::daemon {

// Gives memory back to the system that a large answer or a long pass took and freed: the allocator
// keeps it otherwise, for each thread its own. Loop thread only.
class MemoryTrim {
  public:
    MemoryTrim(Loop& loop, const Clock& clock) : loop_(loop), clock_(clock) {}
    // Something large is about to happen, or has: a few seconds later, once for all until then.
    void Later();

  private:
    Loop& loop_;
    const Clock& clock_;
    Subscription timer_;
};

}  // namespace kamili::daemon
