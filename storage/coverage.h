#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>

namespace kamili::storage {

// What of [from, to) is covered: periods apart from each other, in whatever unit its owner counts.
class Coverage {
  public:
    Coverage(std::int64_t from, std::int64_t to) : from_(from), to_(to) {}

    // Up to where all is covered from `at` on; `at` itself if it is not.
    std::int64_t EndFrom(std::int64_t at) const {
        const auto next = periods_.upper_bound(at);
        return next == periods_.begin() ? at : std::max(at, std::prev(next)->second);
    }
    void Add(std::int64_t start, std::int64_t end) {
        start = std::max(start, from_);
        end = std::min(end, to_);
        if (start >= end) return;
        auto at = periods_.upper_bound(start);
        if (at != periods_.begin() && std::prev(at)->second >= start) --at;
        // What it touches becomes part of it.
        while (at != periods_.end() && at->first <= end) {
            start = std::min(start, at->first);
            end = std::max(end, at->second);
            at = periods_.erase(at);
        }
        periods_.emplace_hint(at, start, end);
    }
    bool IsFull() const { return EndFrom(from_) >= to_; }

    std::int64_t from() const { return from_; }
    std::int64_t to() const { return to_; }
    const std::map<std::int64_t, std::int64_t>& periods() const { return periods_; }

  private:
    std::int64_t from_;
    std::int64_t to_;
    std::map<std::int64_t, std::int64_t> periods_;  // end by start
};

}  // namespace kamili::storage
