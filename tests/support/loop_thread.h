#pragma once

#include <functional>
#include <memory>
#include <thread>

#include "base/sd_loop.h"

namespace kamili::testing {

// A real loop on a thread of its own, so that a test can block on the other side of a socket.
// Ends, and joins, when it goes: what lives on the loop must be gone by then.
class LoopThread {
  public:
    LoopThread();
    LoopThread(const LoopThread&) = delete;
    LoopThread& operator=(const LoopThread&) = delete;
    ~LoopThread();

    SdLoop& loop() { return *loop_; }
    // Runs `work` on the loop thread and waits for its end.
    void Do(const std::function<void()>& work);

  private:
    std::unique_ptr<SdLoop> loop_;
    std::thread thread_;
};

}  // namespace kamili::testing
