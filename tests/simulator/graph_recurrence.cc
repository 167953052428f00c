#include "tests/simulator/graph_recurrence.h"

#include <algorithm>
#include <array>

namespace kamili::simulator {
namespace {

constexpr std::array<const char*, 7> kWeekdays{"monday", "tuesday",  "wednesday", "thursday",
                                               "friday", "saturday", "sunday"};
constexpr std::array<const char*, 5> kIndexes{"first", "second", "third", "fourth", "last"};

std::string PatternType(Every every) {
    switch (every) {
        case Every::kDay:
            return "daily";
        case Every::kWeek:
            return "weekly";
        case Every::kMonthDay:
            return "absoluteMonthly";
        case Every::kMonthNth:
            return "relativeMonthly";
        case Every::kYearDay:
            return "absoluteYearly";
        case Every::kYearNth:
            return "relativeYearly";
    }
    return "";
}

std::string IndexText(int nth) {
    switch (nth) {
        case 1:
            return "first";
        case 2:
            return "second";
        case 3:
            return "third";
        case 4:
            return "fourth";
        default:
            return "last";
    }
}

// Members that a type does not use come filled all the same, as the service does it.
Json Pattern(const Rule& rule) {
    const bool by_day = rule.every == Every::kMonthDay || rule.every == Every::kYearDay;
    const bool by_weekday = rule.every == Every::kWeek || rule.every == Every::kMonthNth ||
                            rule.every == Every::kYearNth;
    const bool by_month = rule.every == Every::kYearDay || rule.every == Every::kYearNth;
    const bool by_index = rule.every == Every::kMonthNth || rule.every == Every::kYearNth;
    Json pattern{{"type", PatternType(rule.every)},
                 {"interval", rule.interval},
                 {"month", by_month ? rule.month : 0},
                 {"dayOfMonth", by_day ? rule.day : 0},
                 {"firstDayOfWeek", kWeekdays[std::size_t(rule.week_start)]},
                 {"index", by_index ? IndexText(rule.nth) : "first"}};
    if (rule.every != Every::kWeek) pattern["firstDayOfWeek"] = "sunday";
    if (by_weekday) {
        pattern["daysOfWeek"] = Json::array();
        for (const int weekday : rule.weekdays)
            pattern["daysOfWeek"].push_back(kWeekdays[std::size_t(weekday)]);
    }
    return pattern;
}

// The place of a word in a list; nothing if it is not in it.
template <typename Words>
std::optional<int> PlaceOf(const Words& words, const std::string& word) {
    const auto found = std::find(words.begin(), words.end(), word);
    if (found == words.end()) return std::nullopt;
    return int(found - words.begin());
}

std::optional<Every> EveryOf(const std::string& type) {
    for (const Every every : {Every::kDay, Every::kWeek, Every::kMonthDay, Every::kMonthNth,
                              Every::kYearDay, Every::kYearNth})
        if (PatternType(every) == type) return every;
    return std::nullopt;
}

bool SetDays(Rule& rule, const Json& pattern) {
    for (const Json& word : pattern.value("daysOfWeek", Json::array())) {
        const auto day = PlaceOf(kWeekdays, word.get<std::string>());
        if (!day) return false;
        rule.weekdays.push_back(*day);
    }
    std::sort(rule.weekdays.begin(), rule.weekdays.end());
    const auto first = PlaceOf(kWeekdays, pattern.value("firstDayOfWeek", "sunday"));
    const auto index = PlaceOf(kIndexes, pattern.value("index", "first"));
    if (!first || !index || rule.weekdays.empty()) return false;
    if (rule.every == Every::kWeek) rule.week_start = *first;
    rule.nth = *index == 4 ? -1 : *index + 1;
    return true;
}

std::optional<Rule> ReadPattern(const Json& pattern) {
    Rule rule;
    const auto every = EveryOf(pattern.value("type", ""));
    if (!every) return std::nullopt;
    rule.every = *every;
    rule.clamp = true;
    rule.interval = pattern.value("interval", 0);
    rule.day = rule.month = 1;
    const bool by_day = rule.every == Every::kMonthDay || rule.every == Every::kYearDay;
    const bool yearly = rule.every == Every::kYearDay || rule.every == Every::kYearNth;
    if (by_day) rule.day = pattern.value("dayOfMonth", 0);
    if (yearly) rule.month = pattern.value("month", 0);
    if (rule.every != Every::kDay && !by_day && !SetDays(rule, pattern)) return std::nullopt;
    const bool valid = rule.interval >= 1 && rule.day >= 1 && rule.day <= 31 && rule.month >= 1 &&
                       rule.month <= 12;
    if (!valid) return std::nullopt;
    return rule;
}

}  // namespace

Json GraphRecurrence(const SimEvent& event) {
    const Rule& rule = *event.rule;
    Json range{{"type", rule.count   ? "numbered"
                        : rule.until ? "endDate"
                                     : "noEnd"},
               {"startDate", DateText(event.start.wall)},
               {"endDate", rule.until ? DateText(Wall(*rule.until)) : "0001-01-01"},
               {"recurrenceTimeZone", WindowsZone(event.start.zone)},
               {"numberOfOccurrences", rule.count.value_or(0)}};
    return {{"pattern", Pattern(rule)}, {"range", range}};
}

std::optional<Rule> ReadGraphRecurrence(const Json& recurrence, const When& start) {
    auto rule = ReadPattern(recurrence.value("pattern", Json::object()));
    const Json range = recurrence.value("range", Json::object());
    if (!rule || range.value("startDate", "") != DateText(start.wall)) return std::nullopt;
    const std::string type = range.value("type", "");
    if (type == "numbered") {
        rule->count = range.value("numberOfOccurrences", 0);
        if (*rule->count < 1) return std::nullopt;
    } else if (type == "endDate") {
        const auto end = ParseWhen(range.value("endDate", ""), start.zone);
        if (!end || !end->all_day || end->day() < start.day()) return std::nullopt;
        rule->until = end->day();
    } else if (type != "noEnd") {
        return std::nullopt;
    }
    const std::string zone = range.value("recurrenceTimeZone", "");
    if (!zone.empty() && IanaZone(zone).empty()) return std::nullopt;
    return rule;
}

}  // namespace kamili::simulator
