#include "model/zone.h"

#include <cctz/time_zone.h>
#include <fmt/format.h>

#include <map>
#include <mutex>

namespace kamili::model {
namespace {

using std::chrono::local_seconds;
using std::chrono::seconds;

cctz::civil_second ToCivil(local_seconds wall) {
    return cctz::civil_second(1970, 1, 1) + wall.time_since_epoch().count();
}

local_seconds FromCivil(const cctz::civil_second& civil) {
    return local_seconds(seconds(civil - cctz::civil_second(1970, 1, 1)));
}

UtcTime ToUtcTime(const cctz::time_point<cctz::seconds>& time) {
    return UtcTime(time.time_since_epoch());
}

cctz::time_point<cctz::seconds> ToCctz(UtcTime utc) {
    return cctz::time_point<cctz::seconds>(std::chrono::floor<seconds>(utc.time_since_epoch()));
}

// "+05:30", "-08:00": what an event has whose zone cannot be named.
std::optional<seconds> ParseOffset(std::string_view name) {
    const auto digit = [name](std::size_t i) { return name[i] - '0'; };
    if (name.size() != 6 || (name[0] != '+' && name[0] != '-') || name[3] != ':')
        return std::nullopt;
    for (const std::size_t i : {1u, 2u, 4u, 5u})
        if (digit(i) < 0 || digit(i) > 9) return std::nullopt;
    const int minutes = (digit(1) * 10 + digit(2)) * 60 + digit(4) * 10 + digit(5);
    if (minutes > 24 * 60) return std::nullopt;
    return seconds(minutes * 60 * (name[0] == '-' ? -1 : 1));
}

std::optional<cctz::time_zone> LoadRules(std::string_view name) {
    if (name == "UTC") return cctz::utc_time_zone();
    if (const auto offset = ParseOffset(name)) return cctz::fixed_time_zone(*offset);
    // Names become paths of zone files: nothing that leaves their folder, no prefix that cctz reads
    // ("libc:", "file:"), and not the machine's own zone, which no provider can mean.
    if (name.empty() || name.front() == '/' || name.front() == '.' || name == "localtime" ||
        name.find("..") != std::string_view::npos || name.size() > 64 ||
        name.find_first_of(std::string_view(":\0", 2)) != std::string_view::npos)
        return std::nullopt;
    cctz::time_zone zone;
    if (!cctz::load_time_zone(std::string(name), &zone)) return std::nullopt;
    return zone;
}

}  // namespace

struct Zone::Rules {
    std::string name;
    cctz::time_zone zone;
};

std::optional<Zone> Zone::Load(std::string_view name) {
    static std::mutex mutex;
    static std::map<std::string, std::shared_ptr<const Rules>, std::less<>> known;
    {
        const std::lock_guard lock(mutex);
        if (const auto found = known.find(name); found != known.end()) return Zone(found->second);
    }
    auto zone = LoadRules(name);
    if (!zone) return std::nullopt;
    auto rules = std::make_shared<const Rules>(Rules{.name = std::string(name), .zone = *zone});
    const std::lock_guard lock(mutex);
    return Zone(known.emplace(rules->name, rules).first->second);
}

Zone Zone::Utc() { return *Load("UTC"); }

const std::string& Zone::name() const { return rules_->name; }

UtcTime Zone::ToUtc(local_seconds wall) const {
    const auto found = rules_->zone.lookup(ToCivil(wall));
    // `pre` is the offset before the change: in a gap it moves the time forward by the gap's
    // length, in an overlap it names the first pass.
    return ToUtcTime(found.pre);
}

local_seconds Zone::ToWall(UtcTime utc) const {
    return FromCivil(rules_->zone.lookup(ToCctz(utc)).cs);
}

seconds Zone::OffsetAt(UtcTime utc) const {
    return seconds(rules_->zone.lookup(ToCctz(utc)).offset);
}

EventTime TimedAt(local_seconds wall, const Zone& zone) {
    const UtcTime utc = zone.ToUtc(wall);
    return {.all_day = false, .wall = zone.ToWall(utc), .zone = zone.name(), .utc = utc};
}

EventTime TimedAt(UtcTime utc, const Zone& zone) {
    return {.all_day = false, .wall = zone.ToWall(utc), .zone = zone.name(), .utc = utc};
}

std::string FormatEventTime(const EventTime& time) {
    if (time.all_day) return FormatWall(time);
    const auto offset =
        time.wall.time_since_epoch() - std::chrono::floor<seconds>(time.utc.time_since_epoch());
    if (time.zone == "UTC") return FormatWall(time) + "Z";
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(offset).count();
    const auto size = minutes < 0 ? -minutes : minutes;
    return fmt::format("{}{}{:02}:{:02}", FormatWall(time), minutes < 0 ? '-' : '+', size / 60,
                       size % 60);
}

}  // namespace kamili::model
