#pragma once

#include <cstdint>
#include <memory>

#include "base/loop.h"
#include "base/result.h"

typedef struct sd_event sd_event;

namespace kamili {

// The Loop of the daemon, on sd-event. Timers are CLOCK_BOOTTIME, so they count suspend. Create it
// on the thread that will run it. Nothing wakes it but what it waits for: an idle loop sleeps.
class SdLoop final : public Loop {
  public:
    static Result<std::unique_ptr<SdLoop>> Create();
    ~SdLoop() override;

    bool IsInside() const override;
    void Post(Task task) override;
    Subscription RunAt(Instant when, Task task) override;
    Subscription WatchDescriptor(int descriptor, IoEvents interest,
                                 UniqueFunction<void(IoEvents)> on_events) override;

    // Calls `on_signal` on the loop thread at each arrival of `signal`, which is blocked in this
    // thread: call before other threads are started, so that they inherit the mask.
    Subscription WatchSignal(int signal, Task on_signal);
    // Runs until Exit; gives its code. What is posted before Exit still runs.
    int Run();
    // Ends Run after the current turn. Loop thread only.
    void Exit(int code);
    // For what else can work on an sd-event loop. Lives as long as this does. Loop thread only.
    sd_event* event() const;
    // How often the loop has woken up, for tests and measurements. Loop thread only.
    std::uint64_t wakeups() const;

  private:
    struct Impl;
    explicit SdLoop(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_;
};

}  // namespace kamili
