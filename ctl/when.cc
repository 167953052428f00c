#include "ctl/when.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

namespace kamili::ctl {
namespace {

using std::chrono::days;

constexpr std::array<std::string_view, 7> kWeekdays = {"sunday",   "monday", "tuesday", "wednesday",
                                                       "thursday", "friday", "saturday"};
constexpr int kDaysAheadMax = 100'000;

std::string Lower(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

std::optional<int> WholeNumber(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

std::optional<LocalDay> ParseDate(std::string_view text) {
    if (text.size() != 10) return std::nullopt;
    const auto midnight = ParseRfc3339(std::string(text) + "T00:00:00Z");
    if (!midnight) return std::nullopt;
    return LocalDay(std::chrono::floor<days>(midnight->time_since_epoch()));
}

std::optional<LocalDay> ParseDay(const std::string& text, LocalDay today) {
    if (text == "today") return today;
    if (text == "tomorrow") return today + days(1);
    if (text == "yesterday") return today - days(1);
    if (text.size() > 2 && text.front() == '+' && text.back() == 'd') {
        const auto ahead = WholeNumber(std::string_view(text).substr(1, text.size() - 2));
        if (ahead && *ahead >= 0 && *ahead <= kDaysAheadMax) return today + days(*ahead);
        return std::nullopt;
    }
    for (unsigned i = 0; i < kWeekdays.size(); ++i)
        if (text == kWeekdays[i] || text == kWeekdays[i].substr(0, 3))
            return today + (std::chrono::weekday(i) - std::chrono::weekday(today));
    return ParseDate(text);
}

}  // namespace

Result<UtcTime> ParseWhen(std::string_view text, UtcTime now, const LocalTime& zone) {
    const std::string lower = Lower(text);
    if (lower == "now") return now;
    if (const auto day = ParseDay(lower, zone.DayOf(now))) return zone.DayStart(*day);
    if (const auto time = ParseRfc3339(text)) return *time;
    return Error{.kind = ErrorKind::kInvalidArgument,
                 .message = "'" + std::string(text) + "' is not a time",
                 .hint = "use YYYY-MM-DD, an RFC 3339 time, today, tomorrow, now, fri or +3d"};
}

}  // namespace kamili::ctl
