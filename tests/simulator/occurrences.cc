#include "tests/simulator/occurrences.h"

#include <algorithm>
#include <map>
#include <utility>

namespace kamili::simulator {
namespace {

// Original starts compare as what they name: a date, or an instant.
std::pair<bool, std::int64_t> Key(const When& when) {
    if (when.all_day) return {true, when.wall.time_since_epoch().count()};
    return {false, ToUtc(when).time_since_epoch().count()};
}

}  // namespace

bool Span::Overlaps(const When& start, const When& end) const {
    if (start.all_day) {
        const Day first = std::chrono::floor<std::chrono::days>(WallAt(from, zone));
        const Wall stop = WallAt(to, zone);
        return start.wall < stop && end.wall > Wall(first);
    }
    const UtcTime begins = ToUtc(start);
    const UtcTime ends = ToUtc(end);
    if (begins == ends) return from <= begins && begins < to;
    return begins < to && ends > from;
}

When EndOf(const SimEvent& master, const When& start) {
    if (start.all_day) {
        When end = start;
        end.wall += master.end.wall - master.start.wall;
        return end;
    }
    return AtUtc(ToUtc(start) + (ToUtc(master.end) - ToUtc(master.start)), master.end.zone);
}

SimEvent AsOccurrence(Service service, const SimEvent& master, const When& start) {
    SimEvent occurrence = master;
    occurrence.rule.reset();
    occurrence.rdates.clear();
    occurrence.exdates.clear();
    occurrence.transaction.clear();
    occurrence.series = master.id;
    occurrence.original = start;
    occurrence.id = OccurrenceId(service, master, start);
    occurrence.start = start;
    occurrence.end = EndOf(master, start);
    return occurrence;
}

bool HasStart(const SimEvent& master, const When& original) {
    const auto key = Key(original);
    const auto is_it = [&](const When& when) { return Key(when) == key; };
    if (std::any_of(master.exdates.begin(), master.exdates.end(), is_it)) return false;
    if (std::any_of(master.rdates.begin(), master.rdates.end(), is_it)) return true;
    if (!master.rule) return is_it(master.start);
    // Only days around it are looked at more closely: zones are what takes time.
    const Day day = std::chrono::floor<std::chrono::days>(WallAt(ToUtc(original), "UTC"));
    const auto in_day = master.start.wall - Wall(master.start.day());
    const auto all = RuleDays(*master.rule, master.start.day(), day + std::chrono::days(3));
    return std::any_of(all.begin(), all.end(), [&](const Day one) {
        When start = master.start;
        start.wall = Wall(one) + in_day;
        return one >= day - std::chrono::days(2) && is_it(start);
    });
}

std::vector<When> Starts(const SimEvent& master, UtcTime until) {
    std::map<std::pair<bool, std::int64_t>, When> starts;
    const auto keep = [&starts](const When& start) { starts.emplace(Key(start), start); };
    const auto in_day = master.start.wall - Wall(master.start.day());
    if (master.rule) {
        // A day beyond, since the zone may be ahead of UTC.
        const Day stop =
            std::chrono::floor<std::chrono::days>(WallAt(until, "UTC")) + std::chrono::days(1);
        for (const Day day : RuleDays(*master.rule, master.start.day(), stop)) {
            When start = master.start;
            start.wall = Wall(day) + in_day;
            keep(start);
        }
    } else {
        keep(master.start);
    }
    for (const When& extra : master.rdates) keep(extra);
    for (const When& gone : master.exdates) starts.erase(Key(gone));
    std::vector<When> all;
    all.reserve(starts.size());
    for (const auto& [key, start] : starts) all.push_back(start);
    return all;
}

std::vector<Occurrence> OccurrencesOf(const Calendar& calendar, const SimEvent& event,
                                      const Span& span) {
    std::vector<Occurrence> found;
    if (event.deleted || !event.series.empty()) return found;
    if (!event.IsSeries()) {
        if (span.Overlaps(event.start, event.end))
            found.push_back({&event, event.start, event.end, std::nullopt});
        return found;
    }
    std::map<std::pair<bool, std::int64_t>, const SimEvent*> replaced;
    for (const SimEvent* member : calendar.MembersOf(event.id)) {
        replaced[Key(*member->original)] = member;
        if (!member->removed_occurrence && span.Overlaps(member->start, member->end))
            found.push_back({member, member->start, member->end, member->original});
    }
    for (const When& start : Starts(event, span.to)) {
        if (replaced.count(Key(start)) != 0) continue;
        const When end = EndOf(event, start);
        if (span.Overlaps(start, end)) found.push_back({&event, start, end, start});
    }
    return found;
}

std::vector<Occurrence> AllOccurrences(const Calendar& calendar, const Span& span) {
    std::vector<Occurrence> all;
    for (const auto& [id, event] : calendar.events)
        for (Occurrence& occurrence : OccurrencesOf(calendar, event, span))
            all.push_back(std::move(occurrence));
    return all;
}

}  // namespace kamili::simulator
