#pragma once

#include <deque>
#include <memory>
#include <mutex>

#include "base/executor.h"
#include "base/unique_function.h"
#include "storage/connection.h"

namespace kamili::storage {

// One connection and the jobs that wait for it, run one after the other on an executor. The jobs
// are kept here, not in the executor, so that closing can run those that have not begun.
class Lane : public std::enable_shared_from_this<Lane> {
  public:
    // Given the lane's connection, which it may replace; null when it could not be opened again.
    using Job = UniqueFunction<void(std::unique_ptr<Connection>&)>;

    // Keeps the lane's jobs waiting for as long as it lives.
    class Held {
      public:
        explicit Held(Lane& lane) : lane_(&lane), lock_(lane.connection_mutex_) {}
        std::unique_ptr<Connection>& connection() { return lane_->connection_; }

      private:
        Lane* lane_;
        std::unique_lock<std::mutex> lock_;
    };

    Lane(Executor& executor, std::unique_ptr<Connection> connection)
        : executor_(executor), connection_(std::move(connection)) {}

    // Any thread.
    void Add(Job job);
    // Runs what is queued on the calling thread, after the job that runs now.
    void Drain();
    // Runs `job` on the calling thread, after the job that runs now.
    void With(Job job);
    // Waits for the job that runs now. Not from a job of this lane.
    [[nodiscard]] Held Hold() { return Held(*this); }
    // Waits for the job that runs now, drops the others, closes the connection.
    void Close();

  private:
    bool RunNext();

    Executor& executor_;
    std::mutex queue_mutex_;
    std::deque<Job> queue_;  // guarded by queue_mutex_
    std::mutex connection_mutex_;
    std::unique_ptr<Connection> connection_;  // guarded by connection_mutex_
};

}  // namespace kamili::storage
