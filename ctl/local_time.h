#pragma once

#include <chrono>
#include <string>

#include "base/result.h"
#include "base/time.h"

namespace kamili::ctl {

// Days and wall times as the user reads them.
using LocalDay = std::chrono::local_days;
using WallTime = std::chrono::local_time<std::chrono::milliseconds>;

// The conversions of one time zone, by the C library. Opening one sets the zone of the whole
// process (TZ), so there is one at a time and it is opened before threads start.
class LocalTime {
  public:
    // kInvalidArgument if the machine knows no zone of that IANA name.
    static Result<LocalTime> Open(const std::string& zone_name);

    const std::string& zone_name() const { return zone_name_; }
    WallTime ToWall(UtcTime time) const;
    LocalDay DayOf(UtcTime time) const;
    // The first instant of a day: not midnight where a clock change skips it.
    UtcTime DayStart(LocalDay day) const;

  private:
    explicit LocalTime(std::string zone_name) : zone_name_(std::move(zone_name)) {}
    std::string zone_name_;
};

// "Sun 22 Nov", with the year if it is not that of `today`.
std::string ShortDay(LocalDay day, LocalDay today);
// "Sunday 22 November 2026".
std::string LongDay(LocalDay day);
// "Sun".
std::string Weekday(LocalDay day);
// "09:05".
std::string ClockTime(WallTime time);

}  // namespace kamili::ctl
