#include "formats/ical_zone.h"

#include <fmt/format.h>

#include <map>
#include <utility>
#include <vector>

#include "model/zone.h"

namespace kamili::formats {
namespace {

using std::chrono::days;
using std::chrono::seconds;

// A change of the clocks: when, told by the clocks before it.
struct Change {
    std::string wall;
    seconds from;
    seconds to;
};

std::string BasicWall(std::chrono::local_seconds wall) {
    std::string text = model::FormatWall({.wall = wall, .zone = "UTC"});
    std::erase(text, '-');
    std::erase(text, ':');
    return text;
}

std::string OffsetText(seconds offset) {
    const auto size = offset.count() < 0 ? -offset.count() : offset.count();
    std::string text =
        fmt::format("{}{:02}{:02}", offset.count() < 0 ? '-' : '+', size / 3600, size / 60 % 60);
    if (size % 60) text += fmt::format("{:02}", size % 60);
    return text;
}

// The first instant with another offset than `before` has; the two lie a day apart at most.
UtcTime FindChange(const model::Zone& zone, UtcTime before, UtcTime after) {
    const seconds offset = zone.OffsetAt(before);
    while (after - before > seconds(1)) {
        const UtcTime middle = before + std::chrono::floor<seconds>((after - before) / 2);
        (zone.OffsetAt(middle) == offset ? before : after) = middle;
    }
    return after;
}

std::vector<Change> ChangesOf(const model::Zone& zone, UtcTime from, UtcTime to) {
    std::vector<Change> out;
    for (UtcTime at = from; at < to; at += days(1)) {
        const seconds before = zone.OffsetAt(at);
        if (before == zone.OffsetAt(at + days(1))) continue;
        const UtcTime change = FindChange(zone, at, at + days(1));
        const auto instant = std::chrono::floor<seconds>(change.time_since_epoch());
        out.push_back({.wall = BasicWall(std::chrono::local_seconds(instant + before)),
                       .from = before,
                       .to = zone.OffsetAt(change)});
    }
    return out;
}

void AddObservance(ICalText& out, seconds from, seconds to, const std::vector<std::string>& walls) {
    const char* kind = to > from ? "DAYLIGHT" : "STANDARD";
    out.Line(fmt::format("BEGIN:{}", kind));
    out.Line("DTSTART:" + walls.front());
    out.Line("TZOFFSETFROM:" + OffsetText(from));
    out.Line("TZOFFSETTO:" + OffsetText(to));
    for (std::size_t i = 1; i < walls.size(); ++i) out.Line("RDATE:" + walls[i]);
    out.Line(fmt::format("END:{}", kind));
}

}  // namespace

std::string ZoneTextId(const std::string& zone) {
    if (!zone.starts_with('+') && !zone.starts_with('-')) return zone;
    std::string id = "UTC" + zone;
    std::erase(id, ':');
    return id;
}

void AddTimeZone(ICalText& out, const std::string& zone_name, UtcTime from, UtcTime to) {
    const auto zone = model::Zone::Load(zone_name);
    if (!zone || zone_name == "UTC") return;
    from = std::chrono::floor<days>(from) - days(366);
    out.Line("BEGIN:VTIMEZONE");
    out.Line("TZID:" + ZoneTextId(zone_name));
    // What applies before the first change that is told.
    const seconds first = zone->OffsetAt(from);
    AddObservance(out, first, first, {BasicWall(zone->ToWall(from))});
    std::map<std::pair<seconds, seconds>, std::vector<std::string>> by_kind;
    for (const Change& change : ChangesOf(*zone, from, to))
        by_kind[{change.from, change.to}].push_back(change.wall);
    for (const auto& [offsets, walls] : by_kind)
        AddObservance(out, offsets.first, offsets.second, walls);
    out.Line("END:VTIMEZONE");
}

}  // namespace kamili::formats
