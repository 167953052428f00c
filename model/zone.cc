#include "model/zone.h"

#include <cctz/time_zone.h>
#include <fmt/format.h>

#include <map>
#include <mutex>

#include "model/zone_files.h"
#include "model/zone_rules.h"

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

// Names become paths of zone files: nothing that leaves their folder, and not the machine's own
// zone, which no provider can mean.
bool MayBeFile(std::string_view name) {
    return !name.empty() && name.front() != '/' && name.front() != '.' && name != "localtime" &&
           name.find("..") == std::string_view::npos && name.size() <= 64 &&
           name.find_first_of(std::string_view(":\0", 2)) == std::string_view::npos;
}

}  // namespace

struct Zone::Rules {
    std::string name;
    cctz::time_zone zone;
    std::string file = "";  // what the zone file held; empty where there is none

    static std::shared_ptr<const Rules> Make(std::string_view name) {
        const auto of = [name](cctz::time_zone known) {
            return std::make_shared<const Rules>(
                Rules{.name = std::string(name), .zone = std::move(known)});
        };
        if (name == "UTC") return of(cctz::utc_time_zone());
        if (const auto offset = ParseOffset(name)) return of(cctz::fixed_time_zone(*offset));
        auto file = MayBeFile(name) ? ReadZoneFile(name) : std::nullopt;
        return file ? Make(name, std::move(*file)) : nullptr;
    }
    static std::shared_ptr<const Rules> Make(std::string_view name, std::string file) {
        const auto zone = RulesOf(name, file);
        if (!zone) return nullptr;
        return std::make_shared<const Rules>(
            Rules{.name = std::string(name), .zone = *zone, .file = std::move(file)});
    }
};

struct Zone::Loaded {
    std::mutex mutex;
    std::map<std::string, std::shared_ptr<const Rules>, std::less<>> by_name;

    static Loaded& All() {
        static Loaded all;
        return all;
    }
};

std::optional<Zone> Zone::Load(std::string_view name) {
    Loaded& all = Loaded::All();
    // Files are read under the lock too: what was read before a change must not come in after it.
    const std::lock_guard lock(all.mutex);
    if (const auto found = all.by_name.find(name); found != all.by_name.end())
        return Zone(found->second);
    auto rules = Rules::Make(name);
    if (!rules) return std::nullopt;
    return Zone(all.by_name.emplace(rules->name, rules).first->second);
}

std::vector<std::string> Zone::LoadChanged() {
    Loaded& all = Loaded::All();
    const std::lock_guard lock(all.mutex);
    std::vector<std::string> changed;
    for (auto& [name, rules] : all.by_name) {
        if (rules->file.empty()) continue;
        auto file = ReadZoneFile(name);
        if (!file || *file == rules->file) continue;
        auto fresh = Rules::Make(name, std::move(*file));
        if (!fresh) continue;
        rules = std::move(fresh);
        changed.push_back(name);
    }
    return changed;
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
