#pragma once

#include <algorithm>
#include <chrono>

#include "base/random.h"

namespace kamili::sync {

inline constexpr std::chrono::milliseconds kBackoffFirst{2'000};
inline constexpr std::chrono::milliseconds kBackoffMax{15 * 60'000};

// How long to wait after `failures` misses in a row (1 or more): doubling from `first`, at most
// kBackoffMax, and half of it left to chance so that nobody comes back together. Pure: the caller
// brings the randomness.
inline std::chrono::milliseconds Backoff(int failures, std::chrono::milliseconds first,
                                         Random& random) {
    const int doublings = std::clamp(failures - 1, 0, 20);
    const std::chrono::milliseconds whole =
        std::min<std::chrono::milliseconds>(first * (1LL << doublings), kBackoffMax);
    const auto half = static_cast<std::uint64_t>(whole.count() / 2);
    return std::chrono::milliseconds(static_cast<std::int64_t>(half + random.Below(half + 1)));
}

}  // namespace kamili::sync
