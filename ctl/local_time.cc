#include "ctl/local_time.h"

#include <fmt/format.h>
#include <time.h>

#include <array>
#include <cstdlib>

#include "ctl/zone_name.h"

namespace kamili::ctl {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

constexpr std::array<const char*, 7> kWeekdays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                  "Thursday", "Friday", "Saturday"};
constexpr std::array<const char*, 12> kMonths = {"January",   "February", "March",    "April",
                                                 "May",       "June",     "July",     "August",
                                                 "September", "October",  "November", "December"};

const char* WeekdayName(LocalDay day) { return kWeekdays[std::chrono::weekday(day).c_encoding()]; }

const char* MonthName(std::chrono::month month) { return kMonths[unsigned(month) - 1]; }

}  // namespace

Result<LocalTime> LocalTime::Open(const std::string& zone_name) {
    if (!IsZoneName(zone_name))
        return Error{.kind = ErrorKind::kInvalidArgument,
                     .message = "there is no time zone '" + zone_name + "'",
                     .hint = "use an IANA name such as Europe/Berlin"};
    setenv("TZ", zone_name == "UTC" ? "UTC0" : (":" + zone_name).c_str(), 1);
    tzset();
    return LocalTime(zone_name);
}

WallTime LocalTime::ToWall(UtcTime time) const {
    const time_t whole = std::chrono::floor<seconds>(time).time_since_epoch().count();
    tm fields{};
    if (localtime_r(&whole, &fields) == nullptr) return WallTime(time.time_since_epoch());
    return WallTime(time.time_since_epoch() + seconds(fields.tm_gmtoff));
}

LocalDay LocalTime::DayOf(UtcTime time) const { return std::chrono::floor<days>(ToWall(time)); }

UtcTime LocalTime::DayStart(LocalDay day) const {
    // Offsets lie between -12 and +14 hours, so the day begins somewhere in between these two.
    UtcTime before = UtcTime(day.time_since_epoch()) - hours(15);
    UtcTime after = UtcTime(day.time_since_epoch()) + hours(15);
    while (after - before > seconds(1)) {
        const UtcTime middle = before + std::chrono::floor<seconds>((after - before) / 2);
        (DayOf(middle) < day ? before : after) = middle;
    }
    return after;
}

std::string ShortDay(LocalDay day, LocalDay today) {
    const std::chrono::year_month_day date(day);
    std::string text = fmt::format("{:.3} {} {:.3}", WeekdayName(day), unsigned(date.day()),
                                   MonthName(date.month()));
    if (date.year() != std::chrono::year_month_day(today).year())
        text += fmt::format(" {}", int(date.year()));
    return text;
}

std::string LongDay(LocalDay day) {
    const std::chrono::year_month_day date(day);
    return fmt::format("{} {} {} {}", WeekdayName(day), unsigned(date.day()),
                       MonthName(date.month()), int(date.year()));
}

std::string Weekday(LocalDay day) { return std::string(WeekdayName(day), 3); }

std::string ClockTime(WallTime time) {
    const auto minutes =
        std::chrono::floor<std::chrono::minutes>(time - std::chrono::floor<days>(time)).count();
    return fmt::format("{:02}:{:02}", minutes / 60, minutes % 60);
}

}  // namespace kamili::ctl
