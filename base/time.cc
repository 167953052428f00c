#include "base/time.h"

#include <fmt/format.h>
#include <time.h>

#include <charconv>

namespace kamili {
namespace {

std::chrono::nanoseconds ReadClock(clockid_t id) {
    timespec now{};
    clock_gettime(id, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

// Takes exactly `digits` digits from the front of `text`.
std::optional<int> TakeNumber(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        if (text[i] < '0' || text[i] > '9') return std::nullopt;
        value = value * 10 + (text[i] - '0');
    }
    text.remove_prefix(digits);
    return value;
}

bool TakeChar(std::string_view& text, char wanted) {
    if (text.empty() || text.front() != wanted) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<std::chrono::sys_days> TakeDate(std::string_view& text) {
    const auto year = TakeNumber(text, 4);
    if (!year || !TakeChar(text, '-')) return std::nullopt;
    const auto month = TakeNumber(text, 2);
    if (!month || !TakeChar(text, '-')) return std::nullopt;
    const auto day = TakeNumber(text, 2);
    if (!day) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date);
}

std::optional<std::chrono::seconds> TakeTimeOfDay(std::string_view& text) {
    const auto hour = TakeNumber(text, 2);
    if (!hour || !TakeChar(text, ':')) return std::nullopt;
    const auto minute = TakeNumber(text, 2);
    if (!minute || !TakeChar(text, ':')) return std::nullopt;
    const auto second = TakeNumber(text, 2);
    // 60 is a leap second; POSIX time has none, it becomes the next minute.
    if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    return std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           std::chrono::seconds(*second);
}

std::optional<std::chrono::milliseconds> TakeFraction(std::string_view& text) {
    if (!TakeChar(text, '.')) return std::chrono::milliseconds(0);
    int millis = 0;
    std::size_t digits = 0;
    for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits)
        if (digits < 3) millis = millis * 10 + (text[digits] - '0');
    if (digits == 0 || digits > 9) return std::nullopt;
    for (std::size_t i = digits; i < 3; ++i) millis *= 10;
    text.remove_prefix(digits);
    return std::chrono::milliseconds(millis);
}

std::optional<std::chrono::minutes> TakeOffset(std::string_view& text) {
    if (TakeChar(text, 'Z') || TakeChar(text, 'z')) return std::chrono::minutes(0);
    const bool negative = TakeChar(text, '-');
    if (!negative && !TakeChar(text, '+')) return std::nullopt;
    const auto hours = TakeNumber(text, 2);
    if (!hours || !TakeChar(text, ':')) return std::nullopt;
    const auto minutes = TakeNumber(text, 2);
    if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    const std::chrono::minutes offset{*hours * 60 + *minutes};
    return negative ? -offset : offset;
}

}  // namespace

Instant SystemClock::Now() const { return Instant(ReadClock(CLOCK_BOOTTIME)); }

UtcTime SystemClock::UtcNow() const {
    return UtcTime(std::chrono::floor<std::chrono::milliseconds>(ReadClock(CLOCK_REALTIME)));
}

std::string FormatUtc(UtcTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const auto of_day = time - day;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(of_day);
    const auto millis = (of_day - seconds).count();
    const auto count = seconds.count();
    std::string text =
        fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", int(date.year()), unsigned(date.month()),
                    unsigned(date.day()), count / 3600, count / 60 % 60, count % 60);
    if (millis != 0) text += fmt::format(".{:03}", millis);
    return text + "Z";
}

std::optional<UtcTime> ParseRfc3339(std::string_view text) {
    const auto date = TakeDate(text);
    if (!date || !(TakeChar(text, 'T') || TakeChar(text, 't') || TakeChar(text, ' ')))
        return std::nullopt;
    const auto time = TakeTimeOfDay(text);
    if (!time) return std::nullopt;
    const auto fraction = TakeFraction(text);
    if (!fraction) return std::nullopt;
    const auto offset = TakeOffset(text);
    if (!offset || !text.empty()) return std::nullopt;
    return UtcTime(*date) + *time + *fraction - *offset;
}

}  // namespace kamili
