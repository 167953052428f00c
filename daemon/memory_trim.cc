#include "daemon/memory_trim.h"

#include <malloc.h>

namespace kamili::daemon {
namespace {

constexpr std::chrono::seconds kPause{3};

}  // namespace

void MemoryTrim::Later() {
    if (timer_) return;
    timer_ = loop_.RunAt(clock_.Now() + kPause, [this] {
        timer_.Cancel();
        malloc_trim(0);
    });
}

}  // namespace kamili::daemon
