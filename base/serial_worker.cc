#include "base/serial_worker.h"

#include <pthread.h>

#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <thread>

namespace kamili {

struct SerialWorker::Impl {
    void Run(const std::string& name) {
        pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
        std::unique_lock lock(mutex);
        for (;;) {
            wake.wait(lock, [this] { return !tasks.empty() || ending; });
            if (tasks.empty()) return;
            Task task = std::move(tasks.front());
            tasks.pop_front();
            lock.unlock();
            task();
            // What the task holds goes before the next one begins, and outside the lock.
            task = Task();
            lock.lock();
        }
    }

    std::mutex mutex;
    std::condition_variable wake;
    std::deque<Task> tasks;  // guarded by mutex
    bool ending = false;     // guarded by mutex
    std::thread thread;
};

SerialWorker::SerialWorker(const std::string& name) : impl_(std::make_unique<Impl>()) {
    // Signals belong to the loop's thread.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    impl_->thread = std::thread([impl = impl_.get(), name] { impl->Run(name); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

SerialWorker::~SerialWorker() {
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->ending = true;
    }
    impl_->wake.notify_one();
    impl_->thread.join();
}

void SerialWorker::Submit(Task task) {
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->tasks.push_back(std::move(task));
    }
    impl_->wake.notify_one();
}

}  // namespace kamili
