// The first starts of recurrence rules, by Kamili and by libical: for rule_differential.py.
// Reads lines "20260115T100000 FREQ=DAILY" (UTC) and writes two lines for each: starts separated by
// commas, at most 30 within twelve years; "?" for a rule that is too costly or cannot be read.

#include <libical/ical.h>

#include <iostream>
#include <string>

#include "model/recurrence.h"
#include "model/zone.h"

using namespace kamili;
using namespace kamili::model;

namespace {

constexpr std::size_t kStarts = 30;
constexpr std::size_t kCountMax = 200'000;
constexpr std::chrono::days kWindow{12 * 365};

std::string Compact(const std::string& wall) {
    std::string out;
    for (const char c : wall)
        if (c != '-' && c != ':') out += c;
    return out;
}

std::optional<EventTime> StartOf(const std::string& text) {
    const auto wall =
        ParseWall(text.substr(0, 4) + "-" + text.substr(4, 2) + "-" + text.substr(6, 5) + ":" +
                  text.substr(11, 2) + ":" + text.substr(13, 2));
    if (!wall) return std::nullopt;
    return TimedAt(*wall, Zone::Utc());
}

std::string Ours(const EventTime& start, const std::string& rule) {
    const std::vector<std::string> lines{"RRULE:" + rule};
    const auto set = RecurrenceSet::Parse(lines, start, DtstartPolicy::kOnlyIfMatching);
    if (!set) return "?";
    const auto day = std::chrono::floor<std::chrono::days>(start.wall);
    const auto starts = set->Between(
        {.from = start.utc, .to = start.utc + kWindow, .from_date = day, .to_date = day + kWindow},
        kCountMax);
    if (starts.too_costly) return "?";
    std::string out;
    for (std::size_t i = 0; i < std::min(kStarts, starts.starts.size()); ++i)
        out += (i == 0 ? "" : ",") + Compact(FormatWall(starts.starts[i]));
    return out;
}

std::string Libical(const std::string& start, const std::string& end, const std::string& rule) {
    const icaltimetype begin = icaltime_from_string((start + "Z").c_str());
    icalrecurrencetype parsed = icalrecurrencetype_from_string(rule.c_str());
    if (parsed.freq == ICAL_NO_RECURRENCE) return "?";
    icalrecur_iterator* iterator = icalrecur_iterator_new(parsed, begin);
    if (iterator == nullptr) return "?";
    std::string out;
    for (std::size_t i = 0; i < kStarts; ++i) {
        const icaltimetype next = icalrecur_iterator_next(iterator);
        if (icaltime_is_null_time(next)) break;
        const std::string text = std::string(icaltime_as_ical_string(next)).substr(0, 15);
        if (text >= end) break;
        out += (out.empty() ? "" : ",") + text;
    }
    icalrecur_iterator_free(iterator);
    return out;
}

}  // namespace

int main() {
    icalerror_set_errors_are_fatal(false);
    for (std::string line; std::getline(std::cin, line);) {
        const std::string start = line.substr(0, 15);
        const std::string rule = line.substr(16);
        const auto begin = StartOf(start);
        if (!begin) return 1;
        const EventTime end = TimedAt(begin->utc + kWindow, Zone::Utc());
        std::cout << Ours(*begin, rule) << "\n"
                  << Libical(start, Compact(FormatWall(end)), rule) << std::endl;
    }
}
