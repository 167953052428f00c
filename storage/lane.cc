#include "storage/lane.h"

namespace kamili::storage {

void Lane::Add(Job job) {
    {
        const std::lock_guard lock(queue_mutex_);
        queue_.push_back(std::move(job));
    }
    executor_.Submit([self = shared_from_this()] { self->RunNext(); });
}

// Takes the job only once it holds the connection, so that the order is that of the queue whoever
// runs it.
bool Lane::RunNext() {
    const std::lock_guard connection_lock(connection_mutex_);
    Job job;
    {
        const std::lock_guard lock(queue_mutex_);
        if (queue_.empty()) return false;
        job = std::move(queue_.front());
        queue_.pop_front();
    }
    job(connection_);
    return true;
}

void Lane::Drain() {
    while (RunNext()) {
    }
}

void Lane::With(Job job) {
    const std::lock_guard lock(connection_mutex_);
    job(connection_);
}

void Lane::Close() {
    const std::lock_guard connection_lock(connection_mutex_);
    std::deque<Job> dropped;
    {
        const std::lock_guard lock(queue_mutex_);
        dropped.swap(queue_);
    }
    connection_.reset();
}

}  // namespace kamili::storage
