#include "tests/unit/storage/random_world.h"

#include <fmt/format.h>

namespace kamili::storage::test {
namespace {

using model::Event;
using model::EventKind;
using model::EventTime;
using model::Zone;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr const char* kZones[] = {"Europe/Berlin",    "America/New_York",    "Asia/Kolkata",
                                  "Pacific/Auckland", "Australia/Lord_Howe", "UTC"};
constexpr const char* kCodes[] = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};
// Leap days and nights on which clocks change, so that many events stand there.
constexpr const char* kSpecialDays[] = {"2025-10-26", "2026-03-08", "2026-03-29", "2026-10-25",
                                        "2026-11-01", "2026-04-05", "2026-09-27", "2028-02-29",
                                        "2025-12-31", "2026-01-31"};

int Below(Random& random, int bound) {
    return static_cast<int>(random.Below(static_cast<std::uint64_t>(bound)));
}
bool Chance(Random& random, int percent) { return Below(random, 100) < percent; }

local_days RandomDay(Random& random) {
    if (Chance(random, 50))
        return *model::ParseDate(kSpecialDays[random.Below(std::size(kSpecialDays))]) -
               days(Below(random, 3));
    return *model::ParseDate("2025-01-01") + days(Below(random, 1000));
}

// Around the hours that clocks change most of the time.
seconds RandomClock(Random& random) {
    if (Chance(random, 60)) return minutes(15 * Below(random, 20));
    return minutes(Below(random, 24 * 60));
}

std::int64_t RandomLength(Random& random, bool all_day) {
    if (all_day) return Chance(random, 70) ? 1 : 1 + Below(random, 40);
    if (Chance(random, 15)) return 0;
    return 60 * (Chance(random, 80) ? 1 + Below(random, 180) : 1 + Below(random, 5000));
}

unsigned WeekdayOf(local_days day) { return std::chrono::weekday(day).c_encoding(); }
local_days DayOf(local_seconds wall) { return std::chrono::floor<days>(wall); }

// Monday of the day's week.
local_days WeekOf(local_days day) { return day - days((WeekdayOf(day) + 6) % 7); }

bool Matches(const Plan& plan, local_days day) {
    const local_days first = DayOf(plan.start);
    switch (plan.repeats) {
        case Plan::Repeats::kNever:
            return day == first;
        case Plan::Repeats::kDaily:
            return (day - first).count() % plan.interval == 0;
        case Plan::Repeats::kWeekly:
            return (WeekOf(day) - WeekOf(first)).count() / 7 % plan.interval == 0 &&
                   plan.weekdays.contains(WeekdayOf(day));
        case Plan::Repeats::kMonthly: {
            const std::chrono::year_month_day a(first), b(day);
            const auto months = (b.year() / b.month() - a.year() / a.month()).count();
            return a.day() == b.day() && months % plan.interval == 0;
        }
    }
    return false;
}

// The dates on which the rule says something, those that are left out or changed too.
std::vector<local_days> DatesOf(const Plan& plan, local_days last) {
    std::vector<local_days> out;
    const bool forever = plan.repeats != Plan::Repeats::kNever;
    for (local_days day = DayOf(plan.start); day <= last; day += days(1)) {
        if (plan.until && day > *plan.until) break;
        if (plan.count && static_cast<int>(out.size()) == *plan.count) break;
        if (Matches(plan, day)) out.push_back(day);
        if (!forever) break;
    }
    return out;
}

local_seconds WallOn(const Plan& plan, local_days day) {
    return day + (plan.start - DayOf(plan.start));
}

EventTime MakeTime(bool all_day, local_seconds wall, const std::string& zone) {
    return all_day ? EventTime::Date(DayOf(wall)) : model::TimedAt(wall, *Zone::Load(zone));
}

EventTime EndOf(const EventTime& start, std::int64_t length) {
    EventTime end = start;
    if (start.all_day) {
        end.wall += days(length);
        return end;
    }
    return model::TimedAt(start.utc + seconds(length), *Zone::Load(start.zone));
}

std::string RuleOf(const Plan& plan) {
    const char* names[] = {"", "DAILY", "WEEKLY", "MONTHLY"};
    std::string rule = fmt::format("RRULE:FREQ={};INTERVAL={}",
                                   names[static_cast<int>(plan.repeats)], plan.interval);
    if (plan.repeats == Plan::Repeats::kWeekly) {
        std::string list;
        for (const unsigned day : plan.weekdays)
            list += (list.empty() ? "" : ",") + std::string(kCodes[day]);
        rule += ";BYDAY=" + list;
    }
    if (plan.count) rule += fmt::format(";COUNT={}", *plan.count);
    if (plan.until) {
        std::string date = model::FormatDate(*plan.until);
        std::erase(date, '-');
        rule += ";UNTIL=" + date;
    }
    return rule;
}

std::string BasicForm(const EventTime& time) {
    std::string text = model::FormatWall(time);
    std::erase(text, '-');
    std::erase(text, ':');
    return text;
}

Event MemberOf(const Event& master, const Plan& plan, local_days original,
               const Plan::Change& change) {
    Event event = master;
    event.remote_id = master.remote_id + "@" + model::FormatDate(original);
    event.kind = change.cancelled ? EventKind::kCancelledException : EventKind::kException;
    event.series_remote_id = master.remote_id;
    event.recurrence.clear();
    event.original_start = MakeTime(plan.all_day, WallOn(plan, original), plan.zone);
    event.start = MakeTime(change.all_day, change.start, change.zone);
    event.end = EndOf(event.start, change.length);
    return event;
}

std::int64_t SlowMs(bool all_day, local_seconds wall, const std::string& zone) {
    if (all_day) return std::chrono::milliseconds(DayOf(wall).time_since_epoch()).count();
    return SlowUtc(wall, *Zone::Load(zone)).time_since_epoch().count();
}

std::string Moment(bool all_day, std::int64_t ms) {
    const std::string text = FormatUtc(UtcTime(std::chrono::milliseconds(ms)));
    return all_day ? text.substr(0, 10) : text;
}

Happening Make(const std::string& name, bool all_day, std::int64_t start_ms, std::int64_t length,
               const std::string& original) {
    const std::int64_t end_ms = start_ms + length * (all_day ? 86'400'000 : 1000);
    return {.text = name + " " + Moment(all_day, start_ms) + "/" + Moment(all_day, end_ms) +
                    (original.empty() ? "" : " " + original),
            .all_day = all_day,
            .start_ms = start_ms,
            .end_ms = end_ms};
}

void AddRule(Random& random, Plan& plan) {
    plan.repeats = static_cast<Plan::Repeats>(1 + Below(random, 3));
    plan.interval = Chance(random, 60) ? 1 : 1 + Below(random, 4);
    plan.weekdays.insert(WeekdayOf(DayOf(plan.start)));
    for (int i = Below(random, 3); i > 0; --i)
        plan.weekdays.insert(static_cast<unsigned>(Below(random, 7)));
    if (Chance(random, 25))
        plan.count = 1 + Below(random, 60);
    else if (Chance(random, 25))
        plan.until = DayOf(plan.start) + days(Below(random, 500));
}

void AddChanges(Random& random, Plan& plan) {
    const auto dates = DatesOf(plan, DayOf(plan.start) + days(700));
    std::set<local_days> used;
    for (int i = Below(random, 5); i > 0; --i) {
        const local_days date = dates[random.Below(dates.size())];
        if (!used.insert(date).second) continue;
        if (Chance(random, 30)) {
            plan.left_out.insert(date);
            continue;
        }
        Plan::Change change{.cancelled = Chance(random, 30),
                            .all_day = Chance(random, 20) ? !plan.all_day : plan.all_day,
                            .start = WallOn(plan, date) + days(Below(random, 9) - 4),
                            .zone = plan.zone,
                            .length = plan.length};
        if (change.all_day || plan.all_day) change.length = RandomLength(random, change.all_day);
        if (!change.all_day) {
            change.start = DayOf(change.start) + RandomClock(random);
            change.zone = kZones[random.Below(std::size(kZones))];
        }
        plan.changes.emplace_back(date, change);
    }
}

}  // namespace

UtcTime SlowUtc(local_seconds wall, const Zone& zone) {
    const auto at_offset = [&](seconds offset) {
        return UtcTime(wall.time_since_epoch()) - offset;
    };
    // East first: the earliest instant with this wall time.
    for (auto offset = seconds(hours(15)); offset >= -seconds(hours(15)); offset -= minutes(15))
        if (zone.OffsetAt(at_offset(offset)) == offset) return at_offset(offset);
    return at_offset(zone.OffsetAt(UtcTime(wall.time_since_epoch()) - hours(36)));
}

Plan RandomPlan(Random& random, const std::string& name) {
    Plan plan;
    plan.name = name;
    plan.all_day = Chance(random, 30);
    plan.start = RandomDay(random);
    if (!plan.all_day) {
        plan.start += RandomClock(random);
        plan.zone = kZones[random.Below(std::size(kZones))];
        // A start that the clocks skip is no wall time that a provider would send.
        const Zone zone = *Zone::Load(plan.zone);
        plan.start = zone.ToWall(SlowUtc(plan.start, zone));
    }
    plan.length = RandomLength(random, plan.all_day);
    if (Chance(random, 60)) {
        AddRule(random, plan);
        AddChanges(random, plan);
    }
    return plan;
}

std::vector<Event> EventsOf(const Plan& plan) {
    Event master;
    master.remote_id = plan.name;
    master.uid = "uid-" + plan.name;
    master.title = plan.name;
    master.start = MakeTime(plan.all_day, plan.start, plan.zone);
    master.end = EndOf(master.start, plan.length);
    std::vector<Event> out = {master};
    if (plan.repeats == Plan::Repeats::kNever) return out;
    out[0].kind = EventKind::kSeries;
    out[0].recurrence = {RuleOf(plan)};
    for (const local_days day : plan.left_out) {
        const EventTime time = MakeTime(plan.all_day, WallOn(plan, day), plan.zone);
        const std::string zone = plan.zone == "UTC" ? "" : ";TZID=" + plan.zone;
        out[0].recurrence.push_back(plan.all_day ? "EXDATE;VALUE=DATE:" + BasicForm(time)
                                                 : "EXDATE" + zone + ":" + BasicForm(time) +
                                                       (zone.empty() ? "Z" : ""));
    }
    for (const auto& [date, change] : plan.changes)
        out.push_back(MemberOf(out[0], plan, date, change));
    return out;
}

std::vector<Happening> HappeningsOf(const Plan& plan, local_days last) {
    std::vector<Happening> out;
    std::set<local_days> replaced = plan.left_out;
    const bool repeats = plan.repeats != Plan::Repeats::kNever;
    const auto ms_on = [&](local_days day) {
        return SlowMs(plan.all_day, WallOn(plan, day), plan.zone);
    };
    for (const auto& [date, change] : plan.changes) {
        replaced.insert(date);
        if (change.cancelled) continue;
        out.push_back(Make(plan.name + "@" + model::FormatDate(date), change.all_day,
                           SlowMs(change.all_day, change.start, change.zone), change.length,
                           Moment(plan.all_day, ms_on(date))));
    }
    for (const local_days date : DatesOf(plan, last))
        if (!replaced.contains(date))
            out.push_back(Make(plan.name, plan.all_day, ms_on(date), plan.length,
                               repeats ? Moment(plan.all_day, ms_on(date)) : ""));
    return out;
}

}  // namespace kamili::storage::test
