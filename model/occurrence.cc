#include "model/occurrence.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "model/recurrence.h"

namespace kamili::model {
namespace {

using std::chrono::days;
using std::chrono::local_days;

// More occurrences of one series in one range than anybody looks at; past it the answer is
// incomplete and says so.
constexpr std::size_t kOccurrencesMax = 20'000;

bool IsOfSeries(const Event& event) {
    return event.kind == EventKind::kException || event.kind == EventKind::kCancelledException ||
           event.kind == EventKind::kInstance;
}

// The original starts that exceptions name. One told as a date for a timed series, or the other
// way round, is left over from before the series was changed: then the dates decide.
class Originals {
  public:
    explicit Originals(std::span<const Event* const> exceptions) {
        for (const Event* exception : exceptions) {
            if (!exception->original_start) continue;
            const EventTime& at = *exception->original_start;
            (at.all_day ? dates_ : timed_dates_).insert(DayOf(at));
            if (!at.all_day) times_.insert(at.utc);
        }
    }

    bool Name(const EventTime& start) const {
        if (dates_.contains(DayOf(start))) return true;
        return start.all_day ? timed_dates_.contains(DayOf(start)) : times_.contains(start.utc);
    }

  private:
    static local_days DayOf(const EventTime& at) { return std::chrono::floor<days>(at.wall); }

    std::set<UtcTime> times_;
    std::set<local_days> dates_, timed_dates_;
};

// The end of an occurrence: the master's exact duration later, or as many days.
EventTime EndOf(const Event& master, const EventTime& start) {
    if (start.all_day) {
        EventTime end = start;
        end.wall += master.end.wall - master.start.wall;
        return end;
    }
    const UtcTime end = start.utc + (master.end.utc - master.start.utc);
    const auto zone = Zone::Load(start.zone);
    return zone ? TimedAt(end, *zone) : EventTime{.wall = start.wall, .zone = "", .utc = end};
}

void AddSelf(const Event& event, const TimeRange& range, std::vector<Occurrence>& out) {
    if (event.kind == EventKind::kCancelledException) return;
    if (!range.Overlaps(event.start, event.end)) return;
    out.push_back({.event = &event,
                   .start = event.start,
                   .end = event.end,
                   .recurrence_id = IsOfSeries(event) ? event.original_start : std::nullopt});
}

// The starts of the series that may overlap the range: those that begin before its end and not
// longer ago than one occurrence lasts.
RecurrenceSet::Range Widen(const Event& master, const TimeRange& range) {
    const auto length = std::max(master.end.utc - master.start.utc, UtcTime::duration(0));
    const auto span =
        std::max(std::chrono::floor<days>(master.end.wall - master.start.wall), days(0));
    // One unit more, so that a start equal to `to - 0` and zero-length ones are there to be judged.
    return {.from = range.from - length,
            .to = range.to,
            .from_date = range.from_date - span,
            .to_date = range.to_date};
}

}  // namespace

TimeRange TimeRange::Of(UtcTime from, UtcTime to, const Zone& asker) {
    const auto last = asker.ToWall(to);
    auto to_date = std::chrono::floor<days>(last);
    if (to_date != last) to_date += days(1);
    return {.from = from,
            .to = to,
            .from_date = std::chrono::floor<days>(asker.ToWall(from)),
            .to_date = to_date};
}

bool TimeRange::Overlaps(const EventTime& start, const EventTime& end) const {
    if (start.all_day) {
        const auto first = std::chrono::floor<days>(start.wall);
        const auto last = std::max(std::chrono::floor<days>(end.wall), first);
        if (first == last) return first >= from_date && first < to_date;
        return first < to_date && last > from_date;
    }
    if (end.utc <= start.utc) return start.utc >= from && start.utc < to;
    return start.utc < to && end.utc > from;
}

bool ExpandInto(const Event& master, std::span<const Event* const> exceptions,
                const TimeRange& range, std::vector<Occurrence>& out) {
    for (const Event* exception : exceptions) AddSelf(*exception, range, out);
    if (master.kind != EventKind::kSeries) {
        AddSelf(master, range, out);
        return true;
    }
    // A series in a zone that has no name here is not expanded: the server's instances stand for
    // it.
    if (std::any_of(exceptions.begin(), exceptions.end(),
                    [](const Event* one) { return one->kind == EventKind::kInstance; }))
        return true;
    const auto set = RecurrenceSet::Parse(master.recurrence, master.start);
    if (!set) {
        // A rule that cannot be read still happens once, when it begins.
        AddSelf(master, range, out);
        return true;
    }
    const auto expansion = set->Between(Widen(master, range), kOccurrencesMax);
    const Originals replaced(exceptions);
    for (const EventTime& start : expansion.starts) {
        const EventTime end = EndOf(master, start);
        if (range.Overlaps(start, end) && !replaced.Name(start))
            out.push_back({.event = &master, .start = start, .end = end, .recurrence_id = start});
    }
    return !expansion.too_costly;
}

bool OccursBefore(const Occurrence& a, const Occurrence& b, const Zone& asker) {
    const auto instant = [&](const EventTime& time) {
        return time.all_day ? asker.ToUtc(time.wall) : time.utc;
    };
    const auto key = [&](const Occurrence& one) {
        return std::tuple(instant(one.start), !one.start.all_day, instant(one.end),
                          std::string_view(one.event->title), one.event->id);
    };
    return key(a) < key(b);
}

}  // namespace kamili::model
