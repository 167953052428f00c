#pragma once

#include <utility>

#include "base/unique_function.h"

namespace kamili {

// Keeps something going (a timer, a watched descriptor, a request) for as long as it lives.
// Dropping it cancels: the callback is not called afterwards. Destroy it on the loop thread.
class [[nodiscard]] Subscription {
  public:
    Subscription() = default;
    explicit Subscription(Task cancel) : cancel_(std::move(cancel)) {}
    Subscription(Subscription&& other) noexcept : cancel_(std::move(other.cancel_)) {}
    Subscription& operator=(Subscription&& other) noexcept {
        if (this != &other) {
            Cancel();
            cancel_ = std::move(other.cancel_);
        }
        return *this;
    }
    ~Subscription() { Cancel(); }

    void Cancel() {
        if (auto cancel = std::exchange(cancel_, Task())) cancel();
    }
    // Still holding something? Stays true after a one-shot has fired.
    explicit operator bool() const { return static_cast<bool>(cancel_); }

  private:
    Task cancel_;
};

}  // namespace kamili
