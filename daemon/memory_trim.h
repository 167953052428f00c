#pragma once

#include "base/loop.h"
#include "base/subscription.h"
#include "base/time.h"
#include "storage/store.h"

namespace kamili::daemon {

// Before any thread is started: two pools of memory for all of them, instead of one for each, which
// would keep what another could use.
void ShareMemoryPools();

// Gives memory back to the system that a large answer or a long pass took and freed: the allocator
// keeps it otherwise, for each thread its own, and the writing connection its pages. Loop thread
// only.
class MemoryTrim {
  public:
    MemoryTrim(Loop& loop, const Clock& clock) : loop_(loop), clock_(clock) {}
    // Something large is about to be read: a few seconds later, once for all until then.
    void Later();
    // Something was written: once it has been quiet for a while, the writer's pages go too.
    void AfterWrites(storage::Store& store);
    void Stop();

  private:
    Loop& loop_;
    const Clock& clock_;
    Subscription timer_;
    Subscription quiet_;
};

}  // namespace kamili::daemon
