#include "model/recurrence_lines.h"

#include <fmt/format.h>

#include <optional>

#include "model/zone.h"

namespace kamili::model::internal {
namespace {

using std::chrono::days;

constexpr std::size_t kDatesMax = 10'000;

// RFC 5545 section 3.1: a line break followed by a blank is no break.
std::vector<std::string> Unfold(std::span<const std::string> lines) {
    std::vector<std::string> out;
    for (const std::string& text : lines) {
        std::size_t at = 0;
        bool fresh = true;
        while (at <= text.size()) {
            const auto end = std::min(text.find('\n', at), text.size());
            std::string part = text.substr(at, end - at);
            at = end + 1;
            if (!part.empty() && part.back() == '\r') part.pop_back();
            if (part.empty()) continue;
            if (!fresh && (part.front() == ' ' || part.front() == '\t'))
                out.back() += part.substr(1);
            else
                out.push_back(part);
            fresh = false;
        }
    }
    return out;
}

std::string Upper(std::string_view text) {
    std::string upper(text);
    for (char& c : upper)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return upper;
}

// "RDATE;TZID=Europe/Berlin;VALUE=DATE:2026..." in its parts.
struct Property {
    std::string name;
    std::string zone;  // TZID
    std::string value;
};

// The colon before the value: not one inside a quoted parameter.
std::size_t ValueColon(const std::string& line) {
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '"') quoted = !quoted;
        if (line[i] == ':' && !quoted) return i;
    }
    return std::string::npos;
}

std::optional<Property> Split(const std::string& line) {
    const auto colon = ValueColon(line);
    if (colon == std::string::npos) return std::nullopt;
    Property property;
    property.value = line.substr(colon + 1);
    std::string head = line.substr(0, colon);
    const auto semicolon = head.find(';');
    property.name = Upper(head.substr(0, semicolon));
    property.name.erase(0, std::min(property.name.find_first_not_of(" \t"), property.name.size()));
    const auto zone = Upper(head).find(";TZID=");
    if (zone != std::string::npos) {
        property.zone = head.substr(zone + 6);
        property.zone = property.zone.substr(0, property.zone.find(';'));
        if (property.zone.size() >= 2 && property.zone.front() == '"')
            property.zone = property.zone.substr(1, property.zone.size() - 2);
    }
    return property;
}

Error Unreadable(const std::string& name, const std::string& what) {
    return {.kind = ErrorKind::kBadReply, .message = fmt::format("{}: {}", name, what)};
}

// One value of an RDATE or EXDATE list as a start of this series.
std::optional<EventTime> StartOf(const BasicTime& time, const Property& property,
                                 const EventTime& start) {
    const auto date = std::chrono::floor<days>(time.wall);
    if (start.all_day) return EventTime::Date(date);
    const auto own = Zone::Load(start.zone);
    if (!own) return std::nullopt;
    if (time.is_date)
        return TimedAt(date + (start.wall - std::chrono::floor<days>(start.wall)), *own);
    if (time.is_utc) return TimedAt(UtcTime(time.wall.time_since_epoch()), *own);
    const auto name = property.zone.empty() ? std::nullopt : IanaZoneName(property.zone);
    const auto zone = name ? Zone::Load(*name) : own;
    return TimedAt(zone->ToUtc(time.wall), *own);
}

Status ReadDates(const Property& property, const EventTime& start, bool excluded,
                 RecurrenceLines& out) {
    std::string_view rest = property.value;
    while (!rest.empty()) {
        const auto comma = std::min(rest.find(','), rest.size());
        // A period is its start; how long the extra occurrence would be is not kept.
        std::string text = Upper(rest.substr(0, comma));
        text = text.substr(0, text.find('/'));
        rest.remove_prefix(std::min(comma + 1, rest.size()));
        while (!text.empty() && text.front() == ' ') text.erase(0, 1);
        const auto time = ParseBasicTime(text);
        const auto at = time ? StartOf(*time, property, start) : std::nullopt;
        if (!at) return Unreadable(property.name, "not a date or time");
        if (out.dates.size() + out.excluded_times.size() + out.excluded_days.size() >= kDatesMax)
            return Unreadable(property.name, "too many dates");
        if (!excluded)
            out.dates.push_back(*at);
        else if (start.all_day || time->is_date)
            out.excluded_days.insert(std::chrono::floor<days>(at->wall));
        else
            out.excluded_times.insert(at->utc);
    }
    return {};
}

Status ReadLine(const std::string& line, const EventTime& start, RecurrenceLines& out) {
    const auto property = Split(line);
    if (!property) return Unreadable("recurrence", "a line without a colon");
    if (property->name == "RDATE") return ReadDates(*property, start, false, out);
    if (property->name == "EXDATE") return ReadDates(*property, start, true, out);
    if (property->name != "RRULE" && property->name != "EXRULE") return {};
    auto rule = ParseRule(property->value);
    if (!rule) return Unreadable(property->name, rule.error().message);
    (property->name == "RRULE" ? out.rules : out.excluded_rules).push_back(std::move(*rule));
    return {};
}

}  // namespace

Result<RecurrenceLines> ReadRecurrenceLines(std::span<const std::string> lines,
                                            const EventTime& start) {
    RecurrenceLines out;
    for (const std::string& line : Unfold(lines))
        if (auto read = ReadLine(line, start, out); !read) return std::move(read).error();
    return out;
}

}  // namespace kamili::model::internal
