#include "tests/support/loop_thread.h"

#include <future>

namespace kamili::testing {

LoopThread::LoopThread() {
    std::promise<void> made;
    auto ready = made.get_future();
    thread_ = std::thread([this, &made] {
        auto loop = SdLoop::Create();
        KAMILI_CHECK(loop.has_value());
        loop_ = std::move(*loop);
        made.set_value();
        loop_->Run();
        loop_.reset();
    });
    ready.wait();
}

LoopThread::~LoopThread() {
    loop_->Post([this] { loop_->Exit(0); });
    thread_.join();
}

void LoopThread::Do(const std::function<void()>& work) {
    std::promise<void> finished;
    loop_->Post([&] {
        work();
        finished.set_value();
    });
    finished.get_future().wait();
}

}  // namespace kamili::testing
