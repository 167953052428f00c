#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "storage/event_rows.h"
#include "storage/view.h"

namespace kamili::storage {
namespace {

using model::CalendarId;
using model::Event;
using model::EventKind;

// Two indexes, so that neither the long past nor endless series are walked through: what lasts up
// to ten days begins shortly before the range or in it; of what lasts longer there is little, and
// it is found by its end. Both are named: left to choose, SQLite walks the whole table for the
// second, since that saves it the sorting.
constexpr char kRangeSql[] =
    "SELECT " KAMILI_EVENT_COLUMNS
    " FROM events e INDEXED BY events_short JOIN calendars c ON c.id=e.calendar_id "
    "WHERE e.span_to_ms - e.span_from_ms <= 864000000 AND e.span_from_ms>=?1-864000000 "
    "AND e.span_from_ms<=?2 AND e.span_to_ms>=?1 AND c.enabled=1 "
    "UNION ALL "
    "SELECT " KAMILI_EVENT_COLUMNS
    " FROM events e INDEXED BY events_long JOIN calendars c ON c.id=e.calendar_id "
    "WHERE e.span_to_ms - e.span_from_ms > 864000000 AND e.span_to_ms>=?1 "
    "AND e.span_from_ms<=?2 AND c.enabled=1 "
    "ORDER BY 1";
constexpr char kMembersSql[] =
    "SELECT " KAMILI_EVENT_COLUMNS
    " FROM events e WHERE e.calendar_id=? AND e.series_remote_id=? AND e.series_remote_id<>'' "
    "ORDER BY e.id";

constexpr std::int64_t kDayMs = 86'400'000;

std::int64_t DateMs(std::chrono::local_days date) {
    return static_cast<std::int64_t>(date.time_since_epoch().count()) * kDayMs;
}

bool IsMember(const Event& event) {
    return event.kind == EventKind::kException || event.kind == EventKind::kCancelledException ||
           event.kind == EventKind::kInstance;
}

// Sorts the rows of a range into single events and whole series, each series once.
class Collector {
  public:
    explicit Collector(const ReadView& view) : view_(view) {}

    Status Add(Event event) {
        if (!IsMember(event) && event.kind != EventKind::kSeries) {
            out_.singles.push_back(std::move(event));
            return {};
        }
        const std::string& series =
            event.kind == EventKind::kSeries ? event.remote_id : event.series_remote_id;
        if (!seen_.emplace(event.calendar_id, series).second) return {};
        if (event.kind == EventKind::kSeries) return AddSeries(std::move(event));
        auto master = FindEventByRemoteId(view_, event.calendar_id, series);
        if (!master) return std::move(master).error();
        if (*master && (*master)->event.kind == EventKind::kSeries)
            return AddSeries(std::move((*master)->event));
        return AddOrphans(event.calendar_id, series);
    }

    RangeRows Take() { return std::move(out_); }

  private:
    Status AddSeries(Event master) {
        auto members = FindMembers(view_, master.calendar_id, master.remote_id);
        if (!members) return std::move(members).error();
        out_.series.push_back({.master = std::move(master), .exceptions = std::move(*members)});
        return {};
    }

    // Without their master they stand for themselves.
    Status AddOrphans(CalendarId calendar, const std::string& series) {
        auto members = FindMembers(view_, calendar, series);
        if (!members) return std::move(members).error();
        for (Event& member : *members)
            if (member.kind != EventKind::kCancelledException)
                out_.singles.push_back(std::move(member));
        return {};
    }

    const ReadView& view_;
    RangeRows out_;
    std::set<std::pair<CalendarId, std::string>> seen_;
};

}  // namespace

Result<std::vector<Event>> FindMembers(const ReadView& view, CalendarId calendar,
                                       std::string_view series_remote_id) {
    auto statement = view.connection().Prepare(kMembersSql);
    if (!statement) return std::move(statement).error();
    statement->Bind(1, calendar.row()).Bind(2, series_remote_id);
    std::vector<Event> out;
    for (;;) {
        auto row = NextEventRow(*statement);
        if (!row) return std::move(row).error();
        if (!*row) return out;
        out.push_back(std::move((*row)->event));
    }
}

Result<RangeRows> EventsInRange(const ReadView& view, const model::TimeRange& range,
                                const std::vector<CalendarId>& calendars) {
    const std::int64_t from =
        std::min<std::int64_t>(range.from.time_since_epoch().count(), DateMs(range.from_date));
    const std::int64_t to =
        std::max<std::int64_t>(range.to.time_since_epoch().count(), DateMs(range.to_date));
    std::vector<Event> rows;
    {
        auto statement = view.connection().Prepare(kRangeSql);
        if (!statement) return std::move(statement).error();
        statement->Bind(1, from).Bind(2, to);
        for (;;) {
            auto row = NextEventRow(*statement);
            if (!row) return std::move(row).error();
            if (!*row) break;
            rows.push_back(std::move((*row)->event));
        }
    }
    Collector collector(view);
    for (Event& event : rows) {
        if (!calendars.empty() &&
            std::find(calendars.begin(), calendars.end(), event.calendar_id) == calendars.end())
            continue;
        if (auto added = collector.Add(std::move(event)); !added) return std::move(added).error();
    }
    return collector.Take();
}

Result<std::optional<SeriesRows>> FindSeries(const ReadView& view, model::EventId id) {
    auto row = FindEvent(view, id);
    if (!row) return std::move(row).error();
    if (!*row) return std::optional<SeriesRows>();
    SeriesRows out{.master = std::move((*row)->event), .exceptions = {}};
    if (out.master.kind == EventKind::kSeries) {
        auto members = FindMembers(view, out.master.calendar_id, out.master.remote_id);
        if (!members) return std::move(members).error();
        out.exceptions = std::move(*members);
    }
    return std::optional(std::move(out));
}

}  // namespace kamili::storage
