// How fast series are expanded: every rule of tests/golden/rrule-cases.json asked for one window of
// a year, and the worst of them; then what a daily series of 1990 costs in a week of 2080, and the
// dearest rules there can be. Prints CPU time of this process.

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/check.h"
#include "model/recurrence.h"
#include "model/zone.h"

using namespace kamili;
using namespace kamili::model;
using nlohmann::json;

namespace {

constexpr std::size_t kCountMax = 20'000;

double CpuMicros() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

EventTime StartOf(const std::string& text) {
    const auto day =
        ParseDate(text.substr(0, 4) + "-" + text.substr(4, 2) + "-" + text.substr(6, 2));
    KAMILI_CHECK(day);
    if (text.size() == 8) return EventTime::Date(*day);
    const auto minutes = std::stoi(text.substr(9, 2)) * 60 + std::stoi(text.substr(11, 2));
    return TimedAt(*day + std::chrono::minutes(minutes), *Zone::Load("Europe/Berlin"));
}

RecurrenceSet::Range Window(std::chrono::local_days from, int days) {
    const auto to = from + std::chrono::days(days);
    return {.from = UtcTime(from.time_since_epoch()),
            .to = UtcTime(to.time_since_epoch()),
            .from_date = from,
            .to_date = to};
}

// Micros of CPU for one expansion, the best of several: what disturbs it is not the expander.
double Cost(const RecurrenceSet& set, const RecurrenceSet::Range& range, int rounds) {
    double best = 1e12;
    for (int i = 0; i < rounds; ++i) {
        const double begin = CpuMicros();
        const auto answer = set.Between(range, kCountMax);
        best = std::min(best, CpuMicros() - begin);
        KAMILI_CHECK(answer.starts.size() <= kCountMax);
    }
    return best;
}

RecurrenceSet SetOf(const std::string& rule, const EventTime& start) {
    const std::string lines[] = {"RRULE:" + rule};
    auto set = RecurrenceSet::Parse(lines, start);
    KAMILI_CHECK(set);
    return std::move(*set);
}

void MeasureCases() {
    std::ifstream in(std::string(KAMILI_TEST_DATA) + "/golden/rrule-cases.json");
    double sum = 0;
    double worst = 0;
    std::string worst_rule;
    int count = 0;
    for (const json& test : json::parse(in)) {
        const EventTime start = StartOf(test["dtstart"]);
        const std::string rule = test["rrule"];
        const std::string lines[] = {"RRULE:" + rule};
        const auto set = RecurrenceSet::Parse(lines, start);
        if (!set) continue;
        const auto day = std::chrono::floor<std::chrono::days>(start.wall);
        const double cost = Cost(*set, Window(day, 366), 3);
        sum += cost;
        ++count;
        if (cost > worst) {
            worst = cost;
            worst_rule = rule;
        }
    }
    std::printf("%d rules, a window of a year each: %.0f expansions/s, worst %.0f us (%s)\n", count,
                count / sum * 1e6, worst, worst_rule.c_str());
}

void MeasureOne(const char* what, const std::string& rule, const char* from, int days) {
    const auto set = SetOf(rule, StartOf("19900101T090000"));
    std::printf("%-36s %8.1f us\n", what, Cost(set, Window(*ParseDate(from), days), 5));
}

std::string Numbers(int first, int last) {
    std::string text;
    for (int i = first; i <= last; ++i) text += (i == first ? "" : ",") + std::to_string(i);
    return text;
}

}  // namespace

int main() {
    MeasureCases();
    MeasureOne("daily since 1990, a week of 2080", "FREQ=DAILY", "2080-06-01", 7);
    MeasureOne("the same with COUNT", "FREQ=DAILY;COUNT=99999", "2080-06-01", 7);
    MeasureOne("weekly on workdays, a week of 2080", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
               "2080-06-01", 7);
    MeasureOne("walked by COUNT since 1990", "FREQ=MONTHLY;BYDAY=1MO;COUNT=9999", "2080-06-01", 7);
    MeasureOne("by seconds, cut at 20,000", "FREQ=SECONDLY;UNTIL=20990101T000000Z", "2026-01-01",
               366);
    MeasureOne("cut at the bound on work", "FREQ=SECONDLY;BYSECOND=1,3;COUNT=99999999",
               "2080-06-01", 7);
    MeasureOne("31 February until it is cut", "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=31;COUNT=1",
               "9990-01-01", 7);
    MeasureOne("a dense year with positions",
               "FREQ=YEARLY;BYDAY=MO,TU;BYHOUR=" + Numbers(0, 23) + ";BYMINUTE=" + Numbers(0, 59) +
                   ";BYSETPOS=-1,1",
               "2026-01-01", 366 * 5);
    return 0;
}
