#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace kamili::sync {

// How often a calendar is asked that changed `kPaceAge` ago: every `interval`. One that changed
// later is asked more often in proportion, one that has been quiet for longer more seldom.
inline constexpr std::chrono::hours kPaceAge{1};
inline constexpr std::chrono::milliseconds kPollMin{5'000};
inline constexpr std::chrono::milliseconds kPollMax{24LL * 3600 * 1000};

// The limits between which a calendar's own interval moves; what is not given follows from
// `interval`.
struct PollLimits {
    std::chrono::milliseconds interval{300'000};
    std::optional<std::chrono::milliseconds> busy = {};
    std::optional<std::chrono::milliseconds> quiet = {};

    std::chrono::milliseconds Busy() const {
        return std::min(interval, busy.value_or(std::max(kPollMin, interval / 5)));
    }
    std::chrono::milliseconds Quiet() const {
        return std::max(interval, quiet.value_or(std::min(kPollMax, 2 * interval)));
    }
};

// How long until a calendar is asked again whose last change was seen `age` ago. Pure; the caller
// spreads it.
inline std::chrono::milliseconds PollPace(const PollLimits& limits, std::chrono::nanoseconds age) {
    const double share =
        std::chrono::duration<double>(age) / std::chrono::duration<double>(kPaceAge);
    const auto wanted = static_cast<double>(limits.interval.count()) * std::clamp(share, 0.0, 1e5);
    const auto low = static_cast<double>(limits.Busy().count());
    const auto high = static_cast<double>(limits.Quiet().count());
    return std::chrono::milliseconds(static_cast<std::int64_t>(std::clamp(wanted, low, high)));
}

}  // namespace kamili::sync
