#include "formats/rule_json.h"

#include <nlohmann/json.hpp>

#include "model/recurrence_lines.h"
#include "model/zone.h"

namespace kamili::formats {
namespace {

using model::internal::Frequency;
using model::internal::Rule;
using nlohmann::json;

const char* FrequencyName(Frequency frequency) {
    switch (frequency) {
        case Frequency::kYearly:
            return "yearly";
        case Frequency::kMonthly:
            return "monthly";
        case Frequency::kWeekly:
            return "weekly";
        case Frequency::kDaily:
            return "daily";
        case Frequency::kHourly:
            return "hourly";
        case Frequency::kMinutely:
            return "minutely";
        case Frequency::kSecondly:
            return "secondly";
    }
    return "daily";
}

constexpr const char* kDays[] = {"su", "mo", "tu", "we", "th", "fr", "sa"};

std::string Local(std::chrono::local_seconds wall) {
    return model::FormatWall({.all_day = false, .wall = wall, .zone = {}, .utc = {}});
}

// UNTIL is a local date-time of the series in JSCalendar.
void AddUntil(const Rule& rule, const model::Event& master, json& out) {
    if (rule.until_date)
        out["until"] = Local(*rule.until_date + std::chrono::hours(24) - std::chrono::seconds(1));
    if (rule.until_wall) out["until"] = Local(*rule.until_wall);
    if (!rule.until_utc) return;
    const auto zone = model::Zone::Load(master.start.zone);
    out["until"] = Local(zone.value_or(model::Zone::Utc()).ToWall(*rule.until_utc));
}

json RuleJson(const Rule& rule, const model::Event& master) {
    json out = {{"@type", "RecurrenceRule"}, {"frequency", FrequencyName(rule.frequency)}};
    if (rule.interval > 1) out["interval"] = rule.interval;
    AddUntil(rule, master, out);
    // JSCalendar allows one of them (RFC 8984 section 4.3.3), as RFC 5545 does.
    if (rule.count && !out.contains("until")) out["count"] = *rule.count;
    if (rule.week_start != 1) out["firstDayOfWeek"] = kDays[rule.week_start % 7];
    for (const auto& day : rule.weekdays) {
        json one = {{"@type", "NDay"}, {"day", kDays[day.weekday % 7]}};
        if (day.number != 0) one["nthOfPeriod"] = day.number;
        out["byDay"].push_back(std::move(one));
    }
    for (const int month : rule.months) out["byMonth"].push_back(std::to_string(month));
    const std::pair<const char*, const std::vector<int>*> lists[] = {
        {"byMonthDay", &rule.month_days},  {"byYearDay", &rule.year_days},
        {"byWeekNo", &rule.weeks},         {"byHour", &rule.hours},
        {"byMinute", &rule.minutes},       {"bySecond", &rule.seconds},
        {"bySetPosition", &rule.positions}};
    for (const auto& [name, list] : lists)
        if (!list->empty()) out[name] = *list;
    return out;
}

}  // namespace

json AddRules(const model::Event& master, json& out) {
    json overrides = json::object();
    const auto lines = model::internal::ReadRecurrenceLines(master.recurrence, master.start);
    if (!lines) return overrides;
    for (const Rule& rule : lines->rules) out["recurrenceRules"].push_back(RuleJson(rule, master));
    for (const Rule& rule : lines->excluded_rules)
        out["excludedRecurrenceRules"].push_back(RuleJson(rule, master));
    for (const auto& date : lines->dates) overrides[Local(date.wall)] = json::object();
    for (const auto& day : lines->excluded_days) {
        const auto time =
            master.start.wall - std::chrono::floor<std::chrono::days>(master.start.wall);
        overrides[Local(day + time)] = {{"excluded", true}};
    }
    const auto zone = model::Zone::Load(master.start.zone);
    for (const auto& utc : lines->excluded_times)
        overrides[Local(zone.value_or(model::Zone::Utc()).ToWall(utc))] = {{"excluded", true}};
    return overrides;
}

}  // namespace kamili::formats
