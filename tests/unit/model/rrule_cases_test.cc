// Aim: the expander agrees with other engines on hundreds of rules.
// Method: tests/golden/rrule-cases.json holds rules with their instances, each from one project's
// tests and confirmed by others (A: by two families, B: by one); every A case must pass, every B
// case that obeys RFC 5545 too, but for those listed here with the reason.

#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "model/recurrence.h"
#include "model/zone.h"

using namespace kamili;
using namespace kamili::model;
using nlohmann::json;

namespace {

std::string Basic(const EventTime& time) {
    std::string text;
    for (const char c : FormatWall(time))
        if (c != '-' && c != ':') text += c;
    return text;
}

EventTime StartOf(const json& test) {
    std::string text = test["dtstart"];
    const bool utc = text.ends_with('Z');
    if (utc) text.pop_back();
    const std::string date = text.substr(0, 4) + "-" + text.substr(4, 2) + "-" + text.substr(6, 2);
    if (text.size() == 8) return EventTime::Date(*ParseDate(date));
    const auto wall = ParseWall(date + "T" + text.substr(9, 2) + ":" + text.substr(11, 2) + ":" +
                                text.substr(13, 2));
    const std::string zone = test["tz"].is_string() ? test["tz"].get<std::string>() : "UTC";
    return TimedAt(*wall, *Zone::Load(zone));
}

// What the expander gives, in the case's own form.
std::vector<std::string> Expand(const json& test, std::size_t wanted) {
    const EventTime start = StartOf(test);
    const std::vector<std::string> lines = {"RRULE:" + test["rrule"].get<std::string>()};
    const auto set = RecurrenceSet::Parse(lines, start, DtstartPolicy::kOnlyIfMatching);
    if (!set) return {"error: " + set.error().message};
    std::vector<std::string> out;
    // Window by window, as queries ask, until enough has come or nothing comes for long.
    auto day = std::chrono::floor<std::chrono::days>(start.wall);
    const bool zulu = test["dtstart"].get<std::string>().ends_with('Z');
    int span = 400;
    for (int windows = 0; windows < 40 && out.size() < wanted; ++windows) {
        const auto next = day + std::chrono::days(span);
        const RecurrenceSet::Range range{
            .from = UtcTime(day.time_since_epoch()) - std::chrono::hours(windows ? 0 : 48),
            .to = UtcTime(next.time_since_epoch()),
            .from_date = day,
            .to_date = next};
        const auto part = set->Between(range, 20'000);
        for (const auto& at : part.starts) out.push_back(Basic(at) + (zulu ? "Z" : ""));
        day = next;
        span = std::min(span * 2, 40'000);
        if (day > std::chrono::local_days(std::chrono::year(6000) / 1 / 1)) break;
    }
    return out;
}

bool Agrees(const json& test) {
    const auto expected = test["expected"].get<std::vector<std::string>>();
    auto got = Expand(test, expected.size() + 1);
    if (test["complete"].get<bool>()) return got == expected;
    if (got.size() > expected.size()) got.resize(expected.size());
    return got == expected;
}

// Grade B cases in which we follow the RFC's text and not that source.
const std::map<std::string, const char*> kDisagree = {};

json ReadCases() {
    std::ifstream in(std::string(KAMILI_TEST_DATA) + "/golden/rrule-cases.json");
    return json::parse(in);
}

}  // namespace

TEST_CASE("every case on which two other families agree passes") {
    int run = 0;
    for (const json& test : ReadCases()) {
        if (test["grade"] != "A") continue;
        ++run;
        CHECK_MESSAGE(Agrees(test), test["id"], " ", test["rrule"], " ", test["dtstart"]);
    }
    CHECK(run == 313);
}

TEST_CASE("every case of one other engine that obeys the RFC passes or is listed") {
    for (const json& test : ReadCases()) {
        if (test["grade"] != "B" || !test["rfc5545_valid"].get<bool>()) continue;
        const bool listed = kDisagree.contains(test["id"].get<std::string>());
        CHECK_MESSAGE(Agrees(test) != listed, test["id"], " ", test["rrule"], " ", test["dtstart"]);
    }
}
