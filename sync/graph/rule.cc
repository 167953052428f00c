#include "sync/graph/rule.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "model/zone.h"
#include "sync/json_body.h"

namespace kamili::sync::graph {
namespace {

using nlohmann::json;

// Larger numbers than a calendar holds.
constexpr std::int64_t kIntervalMax = 9999;
constexpr std::int64_t kCountMax = 999'999;

std::string DayCode(const std::string& day) {
    const std::pair<const char*, const char*> days[] = {
        {"sunday", "SU"},   {"monday", "MO"}, {"tuesday", "TU"}, {"wednesday", "WE"},
        {"thursday", "TH"}, {"friday", "FR"}, {"saturday", "SA"}};
    for (const auto& [name, code] : days)
        if (day == name) return code;
    return "";
}

// The days of the week; none if one of them is not known.
std::vector<std::string> DaysOf(const json& pattern) {
    std::vector<std::string> days;
    for (const json& day : ArrayOf(pattern, "daysOfWeek")) {
        days.push_back(day.is_string() ? DayCode(day.get<std::string>()) : "");
        if (days.back().empty()) return {};
    }
    return days;
}

std::string Join(const std::vector<std::string>& parts) {
    std::string out;
    for (const auto& part : parts) out += (out.empty() ? "" : ",") + part;
    return out;
}

// Which of the days that match; 0 for a word that is not known.
int IndexOf(const json& pattern) {
    const std::string index = TextOf(pattern, "index");
    if (index.empty() || index == "first") return 1;
    if (index == "second") return 2;
    if (index == "third") return 3;
    if (index == "fourth") return 4;
    return index == "last" ? -1 : 0;
}

// A day beyond the month's end means the month's last day, which a plain BYMONTHDAY would skip.
std::string MonthDayPart(std::int64_t day) {
    if (day >= 31) return ";BYMONTHDAY=-1";
    if (day <= 28) return fmt::format(";BYMONTHDAY={}", day);
    return day == 29 ? ";BYMONTHDAY=28,29;BYSETPOS=-1" : ";BYMONTHDAY=28,29,30;BYSETPOS=-1";
}

// The index picks one day of all that match: with several weekdays it is not an index of each.
std::string RelativePart(const json& pattern) {
    const auto days = DaysOf(pattern);
    if (days.size() == 1) return fmt::format(";BYDAY={}{}", IndexOf(pattern), days.front());
    return fmt::format(";BYDAY={};BYSETPOS={}", Join(days), IndexOf(pattern));
}

// The members that say which days of a period, or nothing if they do not.
std::optional<std::string> DayPart(const json& pattern, bool relative) {
    if (relative) {
        if (DaysOf(pattern).empty() || IndexOf(pattern) == 0) return std::nullopt;
        return RelativePart(pattern);
    }
    const std::int64_t day = NumberOf(pattern, "dayOfMonth");
    if (day < 1 || day > 31) return std::nullopt;
    return MonthDayPart(day);
}

std::optional<std::string> WeeklyPart(const json& pattern) {
    const auto days = DaysOf(pattern);
    const std::string first = TextOf(pattern, "firstDayOfWeek");
    const std::string code = first.empty() ? "SU" : DayCode(first);
    if (days.empty() || code.empty()) return std::nullopt;
    // The first day of the week matters when weeks are left out.
    return ";BYDAY=" + Join(days) + ";WKST=" + code;
}

std::optional<std::string> PatternPart(const json& pattern) {
    const std::string type = TextOf(pattern, "type");
    const std::int64_t interval = NumberOf(pattern, "interval");
    if (interval < 1 || interval > kIntervalMax) return std::nullopt;
    const std::string every = fmt::format(";INTERVAL={}", interval);
    if (type == "daily") return "FREQ=DAILY" + every;
    if (type == "weekly") {
        const auto days = WeeklyPart(pattern);
        return days ? std::optional("FREQ=WEEKLY" + every + *days) : std::nullopt;
    }
    const bool relative = type == "relativeMonthly" || type == "relativeYearly";
    if (!relative && type != "absoluteMonthly" && type != "absoluteYearly") return std::nullopt;
    const auto days = DayPart(pattern, relative);
    if (!days) return std::nullopt;
    if (type.ends_with("Monthly")) return "FREQ=MONTHLY" + every + *days;
    const std::int64_t month = NumberOf(pattern, "month");
    if (month < 1 || month > 12) return std::nullopt;
    return fmt::format("FREQ=YEARLY{};BYMONTH={}{}", every, month, *days);
}

std::string Basic(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (c != '-' && c != ':') out += c;
    return out;
}

// The last date is inclusive in the series' zone: its last second there, as an instant.
std::string UntilPart(std::chrono::local_days last, const model::EventTime& start) {
    const auto zone = start.all_day ? std::nullopt : model::Zone::Load(start.zone);
    if (!zone) return ";UNTIL=" + Basic(model::FormatDate(last));
    const auto end = zone->ToUtc(last + std::chrono::hours(24) - std::chrono::seconds(1));
    return ";UNTIL=" + Basic(FormatUtc(end));
}

std::optional<std::string> RangePart(const json& range, const model::EventTime& start) {
    const std::string type = TextOf(range, "type");
    if (type == "noEnd") return "";
    if (type == "numbered") {
        const std::int64_t count = NumberOf(range, "numberOfOccurrences");
        if (count < 1 || count > kCountMax) return std::nullopt;
        return fmt::format(";COUNT={}", count);
    }
    const auto last = model::ParseDate(TextOf(range, "endDate"));
    if (type != "endDate" || !last) return std::nullopt;
    return UntilPart(*last, start);
}

}  // namespace

std::optional<std::string> RuleOf(const json& recurrence, const model::EventTime& start) {
    const auto pattern = PatternPart(ObjectOf(recurrence, "pattern"));
    const auto range = RangePart(ObjectOf(recurrence, "range"), start);
    if (!pattern || !range) return std::nullopt;
    return "RRULE:" + *pattern + *range;
}

}  // namespace kamili::sync::graph
