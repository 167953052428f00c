#include "tests/simulator/recurrence_reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string_view>

namespace kamili::simulator {
namespace {

using Parts = std::map<std::string, std::string>;

std::vector<std::string> Split(const std::string& text, char at) {
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == at)
            parts.emplace_back();
        else
            parts.back() += c;
    }
    return parts;
}

// "FREQ=WEEKLY;BYDAY=MO,TH" at its ";".
Parts RuleParts(const std::string& line) {
    Parts parts;
    const std::size_t colon = line.find(':');
    for (const std::string& part :
         Split(line.substr(colon == std::string::npos ? 0 : colon + 1), ';')) {
        const std::size_t equals = part.find('=');
        if (equals != std::string::npos) parts[part.substr(0, equals)] = part.substr(equals + 1);
    }
    return parts;
}

std::optional<int> Number(const std::string& text) {
    int number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
    return number;
}

bool AllKnown(const Parts& parts) {
    constexpr std::array<std::string_view, 9> kKnown{
        "FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS"};
    return std::all_of(parts.begin(), parts.end(), [&](const auto& part) {
        return std::find(kKnown.begin(), kKnown.end(), part.first) != kKnown.end();
    });
}

std::optional<Every> EveryOf(const std::string& frequency) {
    if (frequency == "DAILY") return Every::kDay;
    if (frequency == "WEEKLY") return Every::kWeek;
    if (frequency == "MONTHLY") return Every::kMonthDay;
    if (frequency == "YEARLY") return Every::kYearDay;
    return std::nullopt;
}

// "MO,TH", or "2TH", or "-1FR".
bool SetByDay(Rule& rule, Parts& parts) {
    constexpr std::string_view kNames = "MOTUWETHFRSASU";
    const bool weekly = rule.every == Every::kWeek;
    if (rule.every == Every::kDay) return false;
    std::optional<int> nth;
    rule.weekdays.clear();
    for (const std::string& word : Split(parts["BYDAY"], ',')) {
        if (word.size() < 2) return false;
        const std::size_t found = kNames.find(word.substr(word.size() - 2));
        if (found == std::string_view::npos || found % 2 != 0) return false;
        rule.weekdays.push_back(int(found / 2));
        if (word.size() == 2) continue;
        // A number on each of several weekdays would be several dates a period.
        nth = Number(word.substr(0, word.size() - 2));
        if (!nth || rule.weekdays.size() > 1) return false;
    }
    std::sort(rule.weekdays.begin(), rule.weekdays.end());
    if (weekly) return !nth && parts["BYSETPOS"].empty();
    if (nth && rule.weekdays.size() > 1) return false;
    if (!nth) nth = Number(parts["BYSETPOS"]);
    if (!nth || *nth < -1 || *nth == 0 || *nth > 5) return false;
    rule.nth = *nth;
    rule.every = rule.every == Every::kMonthDay ? Every::kMonthNth : Every::kYearNth;
    return true;
}

// One day, the last one, or "28,29,30" of which the last that exists counts.
bool SetByMonthDay(Rule& rule, Parts& parts) {
    if (rule.every != Every::kMonthDay && rule.every != Every::kYearDay) return false;
    const auto words = Split(parts["BYMONTHDAY"], ',');
    if (words.size() == 1) {
        const auto day = Number(words[0]);
        if (!day || *day < -1 || *day == 0 || *day > 31) return false;
        rule.day = *day == -1 ? 31 : *day;
        rule.clamp = *day == -1;
        return parts["BYSETPOS"].empty();
    }
    for (std::size_t i = 0; i < words.size(); ++i)
        if (Number(words[i]) != 28 + int(i)) return false;
    rule.day = 27 + int(words.size());
    rule.clamp = true;
    return rule.day <= 31 && parts["BYSETPOS"] == "-1";
}

std::optional<When> ReadStamp(const std::string& text, const std::string& zone) {
    if (text.size() < 8) return std::nullopt;
    const std::string date = text.substr(0, 4) + "-" + text.substr(4, 2) + "-" + text.substr(6, 2);
    if (text.size() == 8) return ParseWhen(date, zone);
    if (text.size() < 15 || text[8] != 'T') return std::nullopt;
    const auto time = ParseRfc3339(date + "T" + text.substr(9, 2) + ":" + text.substr(11, 2) + ":" +
                                   text.substr(13, 2) + "Z");
    if (!time) return std::nullopt;
    if (text.size() == 16 && text.back() == 'Z') return AtUtc(*time, zone);
    if (text.size() != 15) return std::nullopt;
    return When{.all_day = false, .wall = WallAt(*time, "UTC"), .zone = zone};
}

// The last day whose occurrence begins by then.
std::optional<Day> UntilDay(const std::string& text, const When& start) {
    const auto until = ReadStamp(text, start.zone);
    if (!until) return std::nullopt;
    const bool too_early = !until->all_day && !start.all_day &&
                           until->wall - Wall(until->day()) < start.wall - Wall(start.day());
    return until->day() - std::chrono::days(too_early ? 1 : 0);
}

bool SetRange(Rule& rule, Parts& parts, const When& start) {
    if (!parts["INTERVAL"].empty()) rule.interval = Number(parts["INTERVAL"]).value_or(0);
    if (!parts["COUNT"].empty()) rule.count = Number(parts["COUNT"]).value_or(0);
    if (!parts["UNTIL"].empty()) {
        rule.until = UntilDay(parts["UNTIL"], start);
        if (!rule.until || rule.count) return false;
    }
    return rule.interval >= 1 && (!rule.count || *rule.count >= 1);
}

}  // namespace

std::optional<Rule> ReadRule(const std::string& line, const When& start, Service service) {
    auto parts = RuleParts(line);
    const auto every = EveryOf(parts["FREQ"]);
    if (!every || !AllKnown(parts)) return std::nullopt;
    Rule rule;
    rule.every = *every;
    const std::chrono::year_month_day date(start.day());
    rule.day = int(unsigned(date.day()));
    rule.month = int(unsigned(date.month()));
    rule.clamp = service == Service::kMicrosoft;
    if (parts["WKST"] == "SU") rule.week_start = 6;
    if (!parts["BYMONTH"].empty()) {
        if (rule.every != Every::kYearDay) return std::nullopt;
        rule.month = Number(parts["BYMONTH"]).value_or(0);
    }
    if (rule.month < 1 || rule.month > 12 || !SetRange(rule, parts, start)) return std::nullopt;
    if (!parts["BYMONTHDAY"].empty() && !SetByMonthDay(rule, parts)) return std::nullopt;
    if (!parts["BYDAY"].empty() && !SetByDay(rule, parts)) return std::nullopt;
    if (rule.every == Every::kWeek && rule.weekdays.empty())
        rule.weekdays = {int(std::chrono::weekday(start.day()).iso_encoding()) - 1};
    return rule;
}

std::optional<std::vector<When>> ReadDates(const std::string& line, const When& start) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) return std::nullopt;
    std::string zone = start.zone;
    const std::string head = line.substr(0, colon);
    const std::string_view mark = "TZID=";
    const std::size_t named = head.find(mark);
    if (named != std::string::npos)
        zone = head.substr(named + mark.size(), head.find(';', named) - named - mark.size());
    if (!IsZone(zone)) return std::nullopt;
    std::vector<When> dates;
    for (const std::string& stamp : Split(line.substr(colon + 1), ',')) {
        const auto date = ReadStamp(stamp, zone);
        if (!date || date->all_day != start.all_day) return std::nullopt;
        dates.push_back(*date);
    }
    return dates;
}

bool SetRecurrence(SimEvent& event, const std::vector<std::string>& lines) {
    event.rule.reset();
    event.rdates.clear();
    event.exdates.clear();
    event.until_as_date = false;
    for (const std::string& line : lines) {
        const bool removed = line.compare(0, 6, "EXDATE") == 0;
        if (line.compare(0, 6, "RRULE:") == 0 && !event.rule) {
            event.rule = ReadRule(line, event.start, Service::kGoogle);
            if (!event.rule) return false;
            const std::string until = RuleParts(line)["UNTIL"];
            event.until_as_date = until.size() == 8 && !event.start.all_day;
        } else if (removed || line.compare(0, 5, "RDATE") == 0) {
            const auto dates = ReadDates(line, event.start);
            if (!dates) return false;
            auto& all = removed ? event.exdates : event.rdates;
            all.insert(all.end(), dates->begin(), dates->end());
        } else {
            return false;
        }
    }
    return true;
}

}  // namespace kamili::simulator
