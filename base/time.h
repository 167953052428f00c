#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace kamili {

// CLOCK_BOOTTIME: what we wait by. It counts suspend and never jumps.
struct BootClock {
    using rep = std::int64_t;
    using period = std::nano;
    using duration = std::chrono::nanoseconds;
    using time_point = std::chrono::time_point<BootClock>;
    static constexpr bool is_steady = true;
};
using Instant = BootClock::time_point;

// A point in time as stored and shown: milliseconds since 1970 in UTC.
using UtcTime = std::chrono::sys_time<std::chrono::milliseconds>;

// The two clocks. Whoever needs the time gets one by constructor.
class Clock {
  public:
    virtual ~Clock() = default;
    virtual Instant Now() const = 0;
    virtual UtcTime UtcNow() const = 0;
};

// The machine's clocks.
class SystemClock final : public Clock {
  public:
    Instant Now() const override;
    UtcTime UtcNow() const override;
};

// "2026-01-15T09:00:00Z"; milliseconds only if they are not zero.
std::string FormatUtc(UtcTime time);
// RFC 3339 with any offset or "Z", 0 to 9 fractional digits (cut to milliseconds). Nothing for
// anything else, dates that do not exist included.
std::optional<UtcTime> ParseRfc3339(std::string_view text);

}  // namespace kamili
