#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "model/recurrence.h"
#include "model/zone.h"

// Short words for recurrence tests: a series from text, and its starts as text.
namespace kamili::model::test {

using Texts = std::vector<std::string>;

// "2026-01-15" is all-day; "2026-01-15T10:00:00" is a wall time in `zone`.
inline EventTime At(const std::string& text, const char* zone = "Europe/Berlin") {
    if (text.size() == 10) return EventTime::Date(*ParseDate(text));
    return TimedAt(*ParseWall(text), *Zone::Load(zone));
}

// From midnight to midnight of the dates, in UTC for timed series.
inline RecurrenceSet::Range Days(const char* from, const char* to) {
    const auto first = *ParseDate(from);
    const auto last = *ParseDate(to);
    return {.from = UtcTime(first.time_since_epoch()),
            .to = UtcTime(last.time_since_epoch()),
            .from_date = first,
            .to_date = last};
}

inline RecurrenceSet Set(const Texts& lines, const EventTime& start,
                         DtstartPolicy policy = DtstartPolicy::kAlwaysFirst) {
    auto set = RecurrenceSet::Parse(lines, start, policy);
    REQUIRE_MESSAGE(set, (set ? "" : set.error().message));
    return std::move(*set);
}

inline Texts TextsOf(const RecurrenceSet::Expansion& expansion) {
    Texts texts;
    for (const EventTime& start : expansion.starts) texts.push_back(FormatEventTime(start));
    return texts;
}

// The whole answer for some days, which must not be cut short.
inline Texts Starts(const Texts& lines, const EventTime& start, const char* from, const char* to) {
    const auto expansion = Set(lines, start).Between(Days(from, to), 1000);
    CHECK_FALSE(expansion.too_costly);
    return TextsOf(expansion);
}

}  // namespace kamili::model::test

// So that a failed comparison shows both lists.
namespace doctest {
template <>
struct StringMaker<std::vector<std::string>> {
    static String convert(const std::vector<std::string>& texts) {
        std::string out;
        for (const std::string& text : texts) out += (out.empty() ? "" : " ") + text;
        return ("[" + out + "]").c_str();
    }
};
}  // namespace doctest
