#include "tests/simulator/rule.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace kamili::simulator {
namespace {

using std::chrono::days;
using std::chrono::year_month_day;

constexpr std::size_t kDaysMax = 4000;

int WeekdayOf(Day day) { return int(std::chrono::weekday(day).iso_encoding()) - 1; }

bool Names(const Rule& rule, Day day) {
    return std::find(rule.weekdays.begin(), rule.weekdays.end(), WeekdayOf(day)) !=
           rule.weekdays.end();
}

Day LastOf(std::chrono::year_month month) {
    return Day(std::chrono::year_month_day_last(month / std::chrono::last));
}

std::optional<Day> MonthDay(const Rule& rule, std::chrono::year_month month) {
    const Day last = LastOf(month);
    const Day first = Day(month / 1);
    const Day wanted = first + days(rule.day - 1);
    if (wanted <= last) return wanted;
    if (rule.clamp) return last;
    return std::nullopt;
}

std::optional<Day> MonthNth(const Rule& rule, std::chrono::year_month month) {
    std::vector<Day> named;
    for (Day day = Day(month / 1); day <= LastOf(month); day += days(1))
        if (Names(rule, day)) named.push_back(day);
    if (named.empty()) return std::nullopt;
    if (rule.nth < 0) return named.back();
    if (std::size_t(rule.nth) > named.size()) return std::nullopt;
    return named[std::size_t(rule.nth) - 1];
}

std::optional<Day> InMonth(const Rule& rule, std::chrono::year_month month) {
    const bool by_day = rule.every == Every::kMonthDay || rule.every == Every::kYearDay;
    return by_day ? MonthDay(rule, month) : MonthNth(rule, month);
}

// The days of period number `n`, counted from the one that holds `start`.
std::vector<Day> Period(const Rule& rule, Day start, int n) {
    const int step = n * rule.interval;
    if (rule.every == Every::kDay) return {start + days(step)};
    if (rule.every == Every::kWeek) {
        const int back = (WeekdayOf(start) - rule.week_start + 7) % 7;
        const Day first = start - days(back) + days(7 * step);
        std::vector<Day> found;
        for (int i = 0; i < 7; ++i)
            if (Names(rule, first + days(i))) found.push_back(first + days(i));
        return found;
    }
    const year_month_day date(start);
    const bool yearly = rule.every == Every::kYearDay || rule.every == Every::kYearNth;
    const std::chrono::year_month month =
        yearly ? (date.year() + std::chrono::years(step)) / std::chrono::month(unsigned(rule.month))
               : date.year() / date.month() + std::chrono::months(step);
    const auto day = InMonth(rule, month);
    return day ? std::vector<Day>{*day} : std::vector<Day>{};
}

constexpr std::array<std::string_view, 7> kWeekdays{"MO", "TU", "WE", "TH", "FR", "SA", "SU"};

std::string ByDay(const Rule& rule, bool numbered) {
    std::string text;
    for (const int weekday : rule.weekdays) {
        text += text.empty() ? "" : ",";
        if (numbered) text += std::to_string(rule.nth);
        text += kWeekdays[std::size_t(weekday)];
    }
    return ";BYDAY=" + text;
}

std::string ByMonthDay(const Rule& rule) {
    if (rule.clamp && rule.day == 31) return ";BYMONTHDAY=-1";
    if (!rule.clamp || rule.day <= 28) return ";BYMONTHDAY=" + std::to_string(rule.day);
    std::string text = ";BYMONTHDAY=28";
    for (int day = 29; day <= rule.day; ++day) text += "," + std::to_string(day);
    return text + ";BYSETPOS=-1";
}

std::string Nth(const Rule& rule) {
    if (rule.weekdays.size() == 1) return ByDay(rule, true);
    return ByDay(rule, false) + ";BYSETPOS=" + std::to_string(rule.nth);
}

std::string Parts(const Rule& rule) {
    const std::string interval =
        rule.interval > 1 ? ";INTERVAL=" + std::to_string(rule.interval) : "";
    const std::string month = ";BYMONTH=" + std::to_string(rule.month);
    switch (rule.every) {
        case Every::kDay:
            return "DAILY" + interval;
        case Every::kWeek:
            return "WEEKLY" + interval + ByDay(rule, false) +
                   ";WKST=" + std::string(kWeekdays[std::size_t(rule.week_start)]);
        case Every::kMonthDay:
            return "MONTHLY" + interval + ByMonthDay(rule);
        case Every::kMonthNth:
            return "MONTHLY" + interval + Nth(rule);
        case Every::kYearDay:
            return "YEARLY" + interval + month + ByMonthDay(rule);
        case Every::kYearNth:
            return "YEARLY" + interval + month + Nth(rule);
    }
    return "";
}

}  // namespace

std::vector<Day> RuleDays(const Rule& rule, Day start, Day stop) {
    std::vector<Day> found{start};
    const std::size_t most = rule.count ? std::size_t(*rule.count) : kDaysMax;
    const Day last = rule.until ? std::min(*rule.until, stop) : stop;
    // A period of the calendar may be empty (31 in a short month), so the number of empty ones in
    // a row is what ends a rule that names nothing.
    for (int n = 0, empty = 0; empty < 60 && found.size() < most; ++n) {
        const auto period = Period(rule, start, n);
        empty = period.empty() ? empty + 1 : 0;
        for (const Day day : period) {
            if (day > last) return found;
            if (day > start && found.size() < most) found.push_back(day);
        }
    }
    return found;
}

std::optional<Day> FirstRuleDay(const Rule& rule, Day from) {
    Rule each = rule;
    each.interval = 1;
    for (int n = 0; n < 1900; ++n)
        for (const Day day : Period(each, from, n))
            if (day >= from) return day;
    return std::nullopt;
}

std::string RuleText(const Rule& rule, const When& start, bool until_as_date) {
    std::string text = "RRULE:FREQ=" + Parts(rule);
    if (rule.count) text += ";COUNT=" + std::to_string(*rule.count);
    if (!rule.until) return text;
    const Wall end = Wall(*rule.until) + std::chrono::hours(24) - std::chrono::seconds(1);
    if (start.all_day || until_as_date) return text + ";UNTIL=" + CompactDate(end);
    return text +
           ";UNTIL=" + CompactUtc(ToUtc(When{.all_day = false, .wall = end, .zone = start.zone}));
}

}  // namespace kamili::simulator
