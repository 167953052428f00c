#include "model/recurrence.h"

#include <algorithm>
#include <utility>

#include "model/recurrence_lines.h"
#include "model/recurrence_walker.h"
#include "model/zone.h"

namespace kamili::model {
namespace {

using internal::Frequency;
using internal::kLastDay;
using internal::Rule;
using internal::RuleWalker;
using internal::WallWindow;
using std::chrono::days;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::seconds;

// Days looked at and starts made, about 10 ms of them: no rule of a provider may hold up a query.
constexpr std::int64_t kWorkMax = 300'000;
constexpr local_days kFirstDay{std::chrono::year(0) / 1 / 1};

local_seconds Clamp(local_seconds wall) {
    return std::clamp<local_seconds>(wall, kFirstDay, kLastDay + days(1));
}

// Time between two starts of a rule that has one in each period, DTSTART's own place in it; nothing
// for all others. Such a rule can be counted without walking it.
std::optional<seconds> PlainStep(const Rule& rule, const EventTime& start) {
    if (!rule.months.empty() || !rule.month_days.empty() || !rule.year_days.empty() ||
        !rule.weeks.empty() || !rule.hours.empty() || !rule.minutes.empty() ||
        !rule.seconds.empty() || !rule.positions.empty())
        return std::nullopt;
    const auto weekday = std::chrono::weekday(std::chrono::floor<days>(start.wall)).c_encoding();
    const bool same_day = rule.weekdays.size() == 1 && rule.weekdays[0].weekday == weekday;
    if (!rule.weekdays.empty() && !(same_day && rule.frequency == Frequency::kWeekly))
        return std::nullopt;
    switch (rule.frequency) {
        case Frequency::kYearly:
        case Frequency::kMonthly:
            return std::nullopt;
        case Frequency::kWeekly:
            return days(7) * rule.interval;
        case Frequency::kDaily:
            return days(1) * rule.interval;
        default:
            break;
    }
    if (start.all_day) return std::nullopt;
    if (rule.frequency == Frequency::kHourly) return std::chrono::hours(1) * rule.interval;
    if (rule.frequency == Frequency::kMinutely) return std::chrono::minutes(1) * rule.interval;
    return seconds(1) * rule.interval;
}

// How many whole steps lie between two times; 0 if `to` is not later.
std::int64_t StepsBetween(local_seconds from, local_seconds to, seconds step) {
    return std::max<std::int64_t>(0, (to - from).count() / step.count());
}

// Whether an out-of-pattern DTSTART uses up one of COUNT.
enum class OddStart { kCounts, kDoesNotCount };

}  // namespace

struct RecurrenceSet::Impl {
    EventTime start;
    std::optional<Zone> zone;  // nothing when all-day
    DtstartPolicy policy = DtstartPolicy::kAlwaysFirst;
    internal::RecurrenceLines lines;

    EventTime TimeAt(local_seconds wall) const {
        return zone ? TimedAt(wall, *zone) : EventTime::Date(std::chrono::floor<days>(wall));
    }

    // No wall time up to this one is later than `utc`, whatever the zone: cheap to tell.
    static local_seconds EarliestWall(UtcTime utc) {
        return local_seconds(std::chrono::floor<seconds>(utc.time_since_epoch())) - days(2);
    }

    // How far wall times near an instant may be from where they seem to be: not at all but around a
    // change of the zone's offset, where a gap or an overlap of up to a day moves them.
    days MarginAt(UtcTime utc) const {
        const auto offset = zone->OffsetAt(utc);
        const bool calm =
            zone->OffsetAt(utc - days(2)) == offset && zone->OffsetAt(utc + days(2)) == offset;
        return days(calm ? 0 : 1);
    }

    // Past the rule's UNTIL? A date on a timed series means the end of that day in its zone.
    bool IsAfterUntil(const Rule& rule, local_seconds wall) const {
        if (rule.until_date) return std::chrono::floor<days>(wall) > *rule.until_date;
        if (rule.until_wall) {
            return zone ? wall > *rule.until_wall
                        : std::chrono::floor<days>(wall) >
                              std::chrono::floor<days>(*rule.until_wall);
        }
        if (!rule.until_utc) return false;
        if (zone) return wall > EarliestWall(*rule.until_utc) && KeyOf(wall) > *rule.until_utc;
        return std::chrono::floor<days>(wall) >
               local_days(std::chrono::floor<days>(*rule.until_utc).time_since_epoch());
    }

    // What starts are compared by: the instant, or the date as if it were one in UTC.
    UtcTime KeyOf(local_seconds wall) const {
        if (!zone) return UtcTime(wall.time_since_epoch());
        // DTSTART itself may be the second pass of an overlap, which its wall time cannot say.
        return wall == start.wall ? start.utc : zone->ToUtc(wall);
    }
    UtcTime KeyOf(const EventTime& at) const { return zone ? at.utc : KeyOf(at.wall); }
    EventTime TimeOf(UtcTime key) const {
        return zone ? TimedAt(key, *zone) : EventTime::Date(WallDay(key));
    }
    // The date of a start in the series' zone.
    local_days WallDay(UtcTime key) const {
        return std::chrono::floor<days>(
            zone ? zone->ToWall(key)
                 : local_seconds(std::chrono::floor<seconds>(key.time_since_epoch())));
    }

    // Calls `take` with each start of the rule that is not before DTSTART, from about the window's
    // begin to its end, until it returns false or there are no more. False when the bound on work
    // was reached.
    template <typename Take>
    bool Walk(const Rule& rule, const WallWindow& window, OddStart odd_start, std::int64_t& work,
              Take take) const;
    template <typename Take>
    bool WalkPlain(const Rule& rule, const WallWindow& window, seconds step, std::int64_t& work,
                   Take take) const;

    struct Keys {
        std::vector<UtcTime> keys;
        bool cut = false;
    };
    struct KeyRange {
        UtcTime from;
        UtcTime to;
        bool Holds(UtcTime key) const { return key >= from && key < to; }
    };
    void AddKeys(const Rule& rule, const WallWindow& window, const KeyRange& range,
                 OddStart odd_start, std::size_t count_max, std::int64_t& work, Keys& out) const;
    bool IsExcluded(UtcTime key, const std::vector<UtcTime>& by_rule) const;
    std::optional<local_seconds> CountEnd(const Rule& rule) const;
    std::optional<local_seconds> RuleEnd(const Rule& rule) const;
};

template <typename Take>
bool RecurrenceSet::Impl::WalkPlain(const Rule& rule, const WallWindow& window, seconds step,
                                    std::int64_t& work, Take take) const {
    const std::int64_t count = rule.count.value_or(INT64_MAX);
    for (auto i = StepsBetween(start.wall, window.from, step); i < count; ++i) {
        const local_seconds wall = start.wall + i * step;
        if (wall > window.to || wall >= kLastDay + days(1)) return true;
        if (++work > kWorkMax) return false;
        if (IsAfterUntil(rule, wall) || !take(wall)) return true;
    }
    return true;
}

template <typename Take>
bool RecurrenceSet::Impl::Walk(const Rule& rule, const WallWindow& window, OddStart odd_start,
                               std::int64_t& work, Take take) const {
    if (const auto step = PlainStep(rule, start)) return WalkPlain(rule, window, *step, work, take);
    RuleWalker walker(rule, start.wall, !zone, window);
    // What comes before can only be jumped over when nobody counts it.
    if (!rule.count) walker.Seek(window.from);
    std::int64_t left = rule.count.value_or(INT64_MAX);
    bool first = odd_start == OddStart::kCounts;
    const std::int64_t before = work;
    for (;;) {
        const local_seconds begin = walker.PeriodStart();
        if (left <= 0 || begin > kLastDay || begin > window.to || IsAfterUntil(rule, begin))
            return true;
        if (work > kWorkMax) return false;
        const auto& starts = walker.Next();
        work = before + walker.work();
        for (const local_seconds wall : starts) {
            if (wall < start.wall) continue;
            if (std::exchange(first, false) && wall != start.wall) --left;
            if (left-- <= 0 || wall > window.to || IsAfterUntil(rule, wall) || !take(wall))
                return true;
        }
        if (walker.overflowed()) return false;
    }
}

void RecurrenceSet::Impl::AddKeys(const Rule& rule, const WallWindow& window, const KeyRange& range,
                                  OddStart odd_start, std::size_t count_max, std::int64_t& work,
                                  Keys& out) const {
    std::size_t added = 0;
    const bool done = Walk(rule, window, odd_start, work, [&](local_seconds wall) {
        const UtcTime key = KeyOf(wall);
        if (!range.Holds(key)) return true;
        if (++added > count_max) {
            out.cut = true;
            return false;
        }
        out.keys.push_back(key);
        return true;
    });
    if (!done) out.cut = true;
}

bool RecurrenceSet::Impl::IsExcluded(UtcTime key, const std::vector<UtcTime>& by_rule) const {
    if (std::binary_search(by_rule.begin(), by_rule.end(), key)) return true;
    if (zone && lines.excluded_times.contains(key)) return true;
    return !lines.excluded_days.empty() && lines.excluded_days.contains(WallDay(key));
}

Result<RecurrenceSet> RecurrenceSet::Parse(std::span<const std::string> lines,
                                           const EventTime& start, DtstartPolicy policy) {
    auto impl = std::make_unique<Impl>();
    impl->start = start;
    impl->policy = policy;
    if (!start.all_day) {
        impl->zone = Zone::Load(start.zone);
        if (!impl->zone)
            return Error{.kind = ErrorKind::kBadReply, .message = "the series' zone is unknown"};
    }
    auto read = internal::ReadRecurrenceLines(lines, start);
    if (!read) return std::move(read).error();
    impl->lines = std::move(*read);
    return RecurrenceSet(std::move(impl));
}

RecurrenceSet::Expansion RecurrenceSet::Between(const Range& range, std::size_t count_max) const {
    const Impl& impl = *impl_;
    const auto key_of_date = [](local_days day) { return UtcTime(day.time_since_epoch()); };
    const Impl::KeyRange keys =
        impl.zone ? Impl::KeyRange{range.from, range.to}
                  : Impl::KeyRange{key_of_date(range.from_date), key_of_date(range.to_date)};
    const WallWindow window =
        impl.zone ? WallWindow{Clamp(impl.zone->ToWall(range.from) - impl.MarginAt(range.from)),
                               Clamp(impl.zone->ToWall(range.to) + impl.MarginAt(range.to))}
                  : WallWindow{Clamp(range.from_date), Clamp(range.to_date)};
    std::int64_t work = 0;
    Impl::Keys found, excluded;
    const auto odd_start =
        impl.policy == DtstartPolicy::kAlwaysFirst ? OddStart::kCounts : OddStart::kDoesNotCount;
    for (const Rule& rule : impl.lines.rules)
        impl.AddKeys(rule, window, keys, odd_start, count_max, work, found);
    for (const Rule& rule : impl.lines.excluded_rules)
        impl.AddKeys(rule, window, keys, OddStart::kDoesNotCount, SIZE_MAX, work, excluded);
    std::sort(excluded.keys.begin(), excluded.keys.end());
    if (impl.policy == DtstartPolicy::kAlwaysFirst || impl.lines.rules.empty())
        found.keys.push_back(impl.KeyOf(impl.start));
    for (const EventTime& date : impl.lines.dates) found.keys.push_back(impl.KeyOf(date));
    std::erase_if(found.keys, [&](UtcTime key) {
        return !keys.Holds(key) || impl.IsExcluded(key, excluded.keys);
    });
    std::sort(found.keys.begin(), found.keys.end());
    found.keys.erase(std::unique(found.keys.begin(), found.keys.end()), found.keys.end());
    Expansion out{.starts = {}, .too_costly = found.cut || excluded.cut};
    if (found.keys.size() > count_max) {
        found.keys.resize(count_max);
        out.too_costly = true;
    }
    out.starts.reserve(found.keys.size());
    for (const UtcTime key : found.keys) out.starts.push_back(impl.TimeOf(key));
    return out;
}

// The last start of a rule with COUNT; nothing if it is too costly to know.
std::optional<local_seconds> RecurrenceSet::Impl::CountEnd(const Rule& rule) const {
    if (const auto step = PlainStep(rule, start)) {
        const auto steps = StepsBetween(start.wall, kLastDay, *step);
        return start.wall + std::min(*rule.count - 1, steps) * *step;
    }
    local_seconds last = start.wall;
    std::int64_t work = 0;
    const auto odd_start =
        policy == DtstartPolicy::kAlwaysFirst ? OddStart::kCounts : OddStart::kDoesNotCount;
    const bool done =
        Walk(rule, {start.wall, kLastDay + days(1)}, odd_start, work, [&last](local_seconds wall) {
            last = std::max(last, wall);
            return true;
        });
    return done ? std::optional(last) : std::nullopt;
}

// The last wall time the rule can produce; nothing if it is endless or too costly to know.
std::optional<local_seconds> RecurrenceSet::Impl::RuleEnd(const Rule& rule) const {
    if (rule.until_date) return *rule.until_date + days(1);
    if (rule.until_wall) return *rule.until_wall;
    if (rule.until_utc)
        return zone ? zone->ToWall(*rule.until_utc) + days(1)
                    : local_seconds(rule.until_utc->time_since_epoch().count() / 1000 *
                                    std::chrono::seconds(1)) +
                          days(1);
    return rule.count ? CountEnd(rule) : std::nullopt;
}

std::optional<EventTime> RecurrenceSet::LastStart() const {
    local_seconds last = impl_->start.wall;
    for (const Rule& rule : impl_->lines.rules) {
        const auto end = impl_->RuleEnd(rule);
        if (!end) return std::nullopt;
        last = std::max(last, *end);
    }
    for (const EventTime& date : impl_->lines.dates) last = std::max(last, date.wall);
    return impl_->TimeAt(last);
}

RecurrenceSet::RecurrenceSet(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
RecurrenceSet::RecurrenceSet(RecurrenceSet&&) noexcept = default;
RecurrenceSet& RecurrenceSet::operator=(RecurrenceSet&&) noexcept = default;
RecurrenceSet::~RecurrenceSet() = default;

}  // namespace kamili::model
