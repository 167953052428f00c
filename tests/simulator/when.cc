#include "tests/simulator/when.h"

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>

#include <array>
#include <cstdio>
#include <utility>

namespace kamili::simulator {
namespace {

cctz::time_zone Load(const std::string& name) {
    cctz::time_zone zone = cctz::utc_time_zone();
    cctz::load_time_zone(name, &zone);
    return zone;
}

cctz::civil_second Civil(Wall wall) {
    return cctz::civil_second() + wall.time_since_epoch().count();
}

template <typename... Args>
std::string Print(const char* format, Args... args) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), format, args...);
    return text.data();
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 27> kZones{{
    {"UTC", "UTC"},
    {"Europe/Berlin", "W. Europe Standard Time"},
    {"Europe/London", "GMT Standard Time"},
    {"Europe/Warsaw", "Central European Standard Time"},
    {"Europe/Paris", "Romance Standard Time"},
    {"America/New_York", "Eastern Standard Time"},
    {"America/Chicago", "Central Standard Time"},
    {"America/Los_Angeles", "Pacific Standard Time"},
    {"America/Sao_Paulo", "E. South America Standard Time"},
    {"Asia/Tokyo", "Tokyo Standard Time"},
    {"Asia/Kolkata", "India Standard Time"},
    {"Asia/Kathmandu", "Nepal Standard Time"},
    {"Australia/Sydney", "AUS Eastern Standard Time"},
    {"Pacific/Auckland", "New Zealand Standard Time"},
    {"Asia/Riyadh", "Arab Standard Time"},
    {"Europe/Kyiv", "FLE Standard Time"},
    {"Europe/Budapest", "Central Europe Standard Time"},
    {"Europe/Bucharest", "GTB Standard Time"},
    {"Europe/Istanbul", "Turkey Standard Time"},
    {"Africa/Johannesburg", "South Africa Standard Time"},
    {"Asia/Dubai", "Arabian Standard Time"},
    {"Asia/Shanghai", "China Standard Time"},
    {"Asia/Singapore", "Singapore Standard Time"},
    {"America/Denver", "Mountain Standard Time"},
    {"America/Phoenix", "US Mountain Standard Time"},
    {"America/Anchorage", "Alaskan Standard Time"},
    {"Pacific/Honolulu", "Hawaiian Standard Time"},
}};

}  // namespace

UtcTime ToUtc(const When& when) { return Load(when.zone).lookup(Civil(when.wall)).pre; }

Wall WallAt(UtcTime time, const std::string& zone) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const cctz::time_point<cctz::seconds> point(seconds.time_since_epoch());
    return Wall(std::chrono::seconds(Load(zone).lookup(point).cs - cctz::civil_second()));
}

When AtUtc(UtcTime time, const std::string& zone) {
    return When{.all_day = false, .wall = WallAt(time, zone), .zone = zone};
}

When InZone(const When& when, const std::string& zone) {
    return when.all_day ? when : AtUtc(ToUtc(when), zone);
}

bool IsZone(const std::string& name) {
    cctz::time_zone zone;
    return cctz::load_time_zone(name, &zone);
}

std::string DateText(Wall wall) {
    const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(wall));
    return Print("%04d-%02u-%02u", int(date.year()), unsigned(date.month()), unsigned(date.day()));
}

std::string WallText(Wall wall) {
    const std::chrono::hh_mm_ss time(wall - std::chrono::floor<std::chrono::days>(wall));
    return DateText(wall) + Print("T%02d:%02d:%02d", int(time.hours().count()),
                                  int(time.minutes().count()), int(time.seconds().count()));
}

std::string CompactDate(Wall wall) {
    const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(wall));
    return Print("%04d%02u%02u", int(date.year()), unsigned(date.month()), unsigned(date.day()));
}

std::string CompactWall(Wall wall) {
    const std::chrono::hh_mm_ss time(wall - std::chrono::floor<std::chrono::days>(wall));
    return CompactDate(wall) + Print("T%02d%02d%02d", int(time.hours().count()),
                                     int(time.minutes().count()), int(time.seconds().count()));
}

std::string CompactUtc(UtcTime time) { return CompactWall(WallAt(time, "UTC")) + "Z"; }

std::string WhenText(const When& when) {
    if (when.all_day) return DateText(when.wall);
    const UtcTime utc = ToUtc(when);
    // A wall time inside a gap is shown as the time it means.
    const Wall shown = WallAt(utc, when.zone);
    const auto offset =
        shown.time_since_epoch() - std::chrono::floor<std::chrono::seconds>(utc).time_since_epoch();
    const int minutes = int(std::chrono::duration_cast<std::chrono::minutes>(offset).count());
    if (when.zone == "UTC") return WallText(shown) + "Z";
    const int size = minutes < 0 ? -minutes : minutes;
    return WallText(shown) + Print("%c%02d:%02d", minutes < 0 ? '-' : '+', size / 60, size % 60);
}

std::string MillisText(UtcTime time) {
    const auto millis = time.time_since_epoch() % std::chrono::seconds(1);
    return WallText(WallAt(time, "UTC")) + Print(".%03dZ", int(millis.count()));
}

std::string HttpDate(UtcTime time) {
    constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const Wall wall = WallAt(time, "UTC");
    const Day day = std::chrono::floor<std::chrono::days>(wall);
    const std::chrono::year_month_day date(day);
    return std::string(kDays[std::chrono::weekday(day).c_encoding()]) + ", " +
           Print("%02u ", unsigned(date.day())) + kMonths[unsigned(date.month()) - 1] +
           Print(" %04d ", int(date.year())) + WallText(wall).substr(11) + " GMT";
}

std::optional<When> ParseWhen(std::string_view text, const std::string& zone) {
    if (text.size() == 10) {
        const auto midnight = ParseRfc3339(std::string(text) + "T00:00:00Z");
        if (!midnight) return std::nullopt;
        return When{.all_day = true, .wall = WallAt(*midnight, "UTC"), .zone = zone};
    }
    const auto time = ParseRfc3339(text);
    if (!time) return std::nullopt;
    return AtUtc(*time, zone);
}

std::string WindowsZone(std::string_view iana) {
    for (const auto& [name, windows] : kZones)
        if (name == iana) return std::string(windows);
    return "";
}

std::string IanaZone(std::string_view windows_or_iana) {
    for (const auto& [name, windows] : kZones)
        if (windows == windows_or_iana || name == windows_or_iana) return std::string(name);
    return "";
}

}  // namespace kamili::simulator
