#include "daemon/memory_trim.h"

#include <malloc.h>

#include "storage/memory.h"

namespace kamili::daemon {
namespace {

constexpr std::chrono::seconds kPause{3};
constexpr std::chrono::seconds kQuiet{4};

constexpr int kPools = 2;

}  // namespace

void ShareMemoryPools() { mallopt(M_ARENA_MAX, kPools); }

void MemoryTrim::Later() {
    if (timer_) return;
    timer_ = loop_.RunAt(clock_.Now() + kPause, [this] {
        timer_.Cancel();
        malloc_trim(0);
    });
}

void MemoryTrim::AfterWrites(storage::Store& store) {
    // From the last one on: while a sync runs its writer keeps what it needs.
    quiet_ = loop_.RunAt(clock_.Now() + kQuiet, [this, &store] {
        quiet_.Cancel();
        if (store.usable())
            store.Write(storage::ForgetPages, [](const Status&) { malloc_trim(0); });
    });
}

void MemoryTrim::Stop() {
    timer_.Cancel();
    quiet_.Cancel();
}

}  // namespace kamili::daemon
