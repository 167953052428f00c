#pragma once

#include <memory>

#include "base/log.h"
#include "base/sd_loop.h"
#include "base/time.h"
#include "base/unique_function.h"

namespace kamili::daemon {

// Keeps the machine awake for as long as a running write needs: logind's sleep delay, where there
// is a system bus with a logind. All else works without, and nothing waits for either. Loop thread
// only.
class SleepDelay {
  public:
    struct Hooks {
        // Sleep is near: begin nothing, and call what is given once it may come.
        UniqueFunction<void(Task)> on_sleep;
        // It is over, or did not come.
        Task on_resume;
    };
    SleepDelay(SdLoop& loop, const Clock& clock, Log& log, Hooks hooks);
    ~SleepDelay();
    SleepDelay(const SleepDelay&) = delete;
    SleepDelay& operator=(const SleepDelay&) = delete;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace kamili::daemon
