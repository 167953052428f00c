#include "model/recurrence_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace kamili::model::internal {
namespace {

constexpr std::array<std::string_view, 7> kFrequencies = {"YEARLY", "MONTHLY",  "WEEKLY",  "DAILY",
                                                          "HOURLY", "MINUTELY", "SECONDLY"};
constexpr std::array<std::string_view, 7> kWeekdays = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};
constexpr std::size_t kListMax = 1000;

std::string Upper(std::string_view text) {
    std::string upper;
    for (const char c : text) {
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
        upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return upper;
}

std::optional<int> Number(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    int value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::vector<std::string_view> Split(std::string_view text, char at) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto end = text.find(at);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::optional<unsigned> Weekday(std::string_view text) {
    const auto found = std::find(kWeekdays.begin(), kWeekdays.end(), text);
    if (found == kWeekdays.end()) return std::nullopt;
    return static_cast<unsigned>(found - kWeekdays.begin());
}

// A list of numbers whose size is within [min, max]; negative ones too if `both`.
bool ReadList(std::string_view value, int min, int max, bool both, std::vector<int>& out) {
    out.clear();
    for (const auto part : Split(value, ',')) {
        const auto number = Number(part);
        if (!number || out.size() >= kListMax) return false;
        const int size = both && *number < 0 ? -*number : *number;
        if (size < min || size > max) return false;
        out.push_back(*number);
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return true;
}

bool ReadWeekdays(std::string_view value, std::vector<WeekdayNumber>& out) {
    out.clear();
    for (const auto part : Split(value, ',')) {
        if (part.size() < 2 || out.size() >= kListMax) return false;
        const auto day = Weekday(part.substr(part.size() - 2));
        const std::string_view ordinal = part.substr(0, part.size() - 2);
        const auto number = ordinal.empty() ? std::optional<int>(0) : Number(ordinal);
        if (!day || !number || *number < -53 || *number > 53) return false;
        if (!ordinal.empty() && *number == 0) return false;
        out.push_back({.number = *number, .weekday = *day});
    }
    const auto key = [](const WeekdayNumber& one) { return std::pair(one.weekday, one.number); };
    std::sort(out.begin(), out.end(),
              [&](const auto& a, const auto& b) { return key(a) < key(b); });
    out.erase(std::unique(out.begin(), out.end(),
                          [&](const auto& a, const auto& b) { return key(a) == key(b); }),
              out.end());
    return true;
}

bool ReadUntil(std::string_view value, Rule& rule) {
    const auto time = ParseBasicTime(value);
    if (!time) return false;
    if (time->is_date)
        rule.until_date = std::chrono::floor<std::chrono::days>(time->wall);
    else if (time->is_utc)
        rule.until_utc = UtcTime(time->wall.time_since_epoch());
    else
        rule.until_wall = time->wall;
    return true;
}

bool ReadFrequency(std::string_view value, Rule& rule) {
    const auto found = std::find(kFrequencies.begin(), kFrequencies.end(), value);
    if (found == kFrequencies.end()) return false;
    rule.frequency = static_cast<Frequency>(found - kFrequencies.begin());
    return true;
}

bool ReadPositive(std::string_view value, int max, int& out) {
    const auto number = Number(value);
    if (!number || *number < 1 || *number > max) return false;
    out = *number;
    return true;
}

bool ReadPart(std::string_view name, std::string_view value, Rule& rule) {
    if (name == "FREQ") return ReadFrequency(value, rule);
    if (name == "INTERVAL") return ReadPositive(value, 1'000'000, rule.interval);
    if (name == "UNTIL") return ReadUntil(value, rule);
    if (name == "COUNT") {
        int count = 0;
        if (!ReadPositive(value, 2'000'000'000, count)) return false;
        rule.count = count;
        return true;
    }
    if (name == "WKST") {
        const auto day = Weekday(value);
        rule.week_start = day.value_or(1);
        return day.has_value();
    }
    if (name == "BYSECOND") return ReadList(value, 0, 60, false, rule.seconds);
    if (name == "BYMINUTE") return ReadList(value, 0, 59, false, rule.minutes);
    if (name == "BYHOUR") return ReadList(value, 0, 23, false, rule.hours);
    if (name == "BYDAY") return ReadWeekdays(value, rule.weekdays);
    if (name == "BYMONTHDAY") return ReadList(value, 1, 31, true, rule.month_days);
    if (name == "BYYEARDAY") return ReadList(value, 1, 366, true, rule.year_days);
    if (name == "BYWEEKNO") return ReadList(value, 1, 53, true, rule.weeks);
    if (name == "BYMONTH") return ReadList(value, 1, 12, false, rule.months);
    if (name == "BYSETPOS") return ReadList(value, 1, 366, true, rule.positions);
    // Extensions (X-..., RSCALE=GREGORIAN, SKIP=OMIT) that change nothing are passed over.
    if (name == "RSCALE") return value == "GREGORIAN";
    if (name == "SKIP") return value == "OMIT";
    return name.starts_with("X-");
}

}  // namespace

std::optional<BasicTime> ParseBasicTime(std::string_view text) {
    BasicTime time;
    time.is_utc = text.ends_with('Z');
    if (time.is_utc) text.remove_suffix(1);
    time.is_date = text.size() == 8;
    if (!time.is_date && (text.size() != 15 || text[8] != 'T')) return std::nullopt;
    if (time.is_date && time.is_utc) return std::nullopt;
    const auto digits = [text](std::size_t at, std::size_t count) {
        return text.substr(at, count).find_first_not_of("0123456789") == std::string_view::npos
                   ? Number(text.substr(at, count)).value_or(-1)
                   : -1;
    };
    const auto extended =
        fmt::format("{}-{}-{}", text.substr(0, 4), text.substr(4, 2), text.substr(6, 2));
    const auto date = ParseDate(extended);
    if (!date) return std::nullopt;
    time.wall = *date;
    if (time.is_date) return time;
    const int hour = digits(9, 2);
    const int minute = digits(11, 2);
    const int second = digits(13, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
        return std::nullopt;
    time.wall +=
        std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
    return time;
}

Result<Rule> ParseRule(std::string_view value) {
    const std::string text = Upper(value);
    Rule rule;
    bool has_frequency = false;
    for (const auto part : Split(text, ';')) {
        if (part.empty()) continue;
        const auto equals = part.find('=');
        const std::string_view name = part.substr(0, equals);
        if (equals == std::string_view::npos || !ReadPart(name, part.substr(equals + 1), rule))
            return Error{.kind = ErrorKind::kBadReply,
                         .message = fmt::format("the rule's part {} cannot be read", part)};
        has_frequency = has_frequency || name == "FREQ";
    }
    if (!has_frequency)
        return Error{.kind = ErrorKind::kBadReply, .message = "the rule has no FREQ"};
    return rule;
}

}  // namespace kamili::model::internal
