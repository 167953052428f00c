#include <algorithm>
#include <limits>

#include "storage/events.h"
#include "storage/range_index.h"
#include "storage/view.h"

namespace kamili::storage {
namespace {

using model::CalendarId;
using model::Event;
using model::EventId;
using model::Occurrence;
using model::TimeRange;

// One calendar, one class of length: what began early enough to reach into the range is a stretch
// of the table.
#define KAMILI_STRETCH                                                            \
    " WHERE calendar_id=?1 AND length_class=?2 AND start_ms>=?3 AND start_ms<?4 " \
    "AND (end_ms>?5 OR (end_ms<=start_ms AND start_ms>=?5))"
constexpr char kRowsSql[] =
    "SELECT start_ms,event_id,end_ms,busy,start_offset_s,end_offset_s,original_ms,original,zone,"
    "uid,title,location,status,response,visibility,remote_id FROM occurrences" KAMILI_STRETCH;
constexpr char kBusySql[] =
    "SELECT start_ms,end_ms FROM occurrences INDEXED BY occurrences_busy" KAMILI_STRETCH
    " AND busy=1 ORDER BY start_ms";
#undef KAMILI_STRETCH
constexpr char kEnabledSql[] = "SELECT id FROM calendars WHERE enabled=1 ORDER BY id";
constexpr char kExpandedSql[] =
    "SELECT calendar_id,event_id FROM expanded_events ORDER BY calendar_id,event_id";

constexpr std::int64_t kDayMs = 86'400'000;

// The bounds that a class is compared with: instants, or dates as if they were midnights in UTC.
struct Stretch {
    std::int64_t first_start;
    std::int64_t from;
    std::int64_t to;
};

Stretch StretchOf(const LengthClass& length, const TimeRange& range) {
    const auto day = [](std::chrono::local_days date) {
        return std::int64_t{date.time_since_epoch().count()} * kDayMs;
    };
    const std::int64_t from =
        length.all_day ? day(range.from_date) : range.from.time_since_epoch().count();
    const std::int64_t to =
        length.all_day ? day(range.to_date) : range.to.time_since_epoch().count();
    return {.first_start = length.longest_ms ? from - *length.longest_ms
                                             : std::numeric_limits<std::int64_t>::min(),
            .from = from,
            .to = to};
}

void BindStretch(Statement& statement, CalendarId calendar, const LengthClass& length,
                 const TimeRange& range) {
    const Stretch stretch = StretchOf(length, range);
    statement.Bind(1, calendar.row())
        .Bind(2, length.number)
        .Bind(3, stretch.first_start)
        .Bind(4, stretch.to)
        .Bind(5, stretch.from);
}

Result<std::vector<CalendarId>> Enabled(const ReadView& view,
                                        const std::vector<CalendarId>& wanted) {
    auto statement = view.connection().Prepare(kEnabledSql);
    if (!statement) return std::move(statement).error();
    std::vector<CalendarId> out;
    for (;;) {
        const auto row = statement->Step();
        if (!row) return row.error();
        if (!*row) return out;
        const CalendarId id(statement->Int(0));
        if (wanted.empty() || std::find(wanted.begin(), wanted.end(), id) != wanted.end())
            out.push_back(id);
    }
}

// Can the index answer? The rows of days that it does not cover are not in it.
Result<bool> Covers(const ReadView& view, const TimeRange& range) {
    const auto state = ReadIndexState(view);
    if (!state) return state.error();
    return *state && (*state)->whole && (*state)->days.Cover(range);
}

Status ReadStretch(const ReadView& view, CalendarId calendar, const LengthClass& length,
                   const TimeRange& range, const OnOccurrence& on_row) {
    auto statement = view.connection().Prepare(kRowsSql);
    if (!statement) return std::move(statement).error();
    BindStretch(*statement, calendar, length, range);
    OccurrenceView row{.calendar_id = calendar, .all_day = length.all_day};
    for (;;) {
        const auto more = statement->Step();
        if (!more) return more.error();
        if (!*more) return {};
        row.start_ms = statement->Int(0);
        row.event_id = EventId(statement->Int(1));
        row.end_ms = statement->Int(2);
        row.busy = statement->Int(3) != 0;
        row.start_offset_s = statement->Int(4);
        row.end_offset_s = statement->Int(5);
        row.original_ms = statement->OptionalInt(6);
        row.original = statement->TextView(7);
        row.zone = statement->TextView(8);
        row.uid = statement->TextView(9);
        row.title = statement->TextView(10);
        row.location = statement->TextView(11);
        row.status = statement->TextView(12);
        row.response = statement->TextView(13);
        row.visibility = statement->TextView(14);
        row.remote_id = statement->TextView(15);
        on_row(row);
    }
}

bool ExpandOne(const SeriesRows& series, const TimeRange& range,
               std::vector<Occurrence>& occurrences) {
    std::vector<const Event*> exceptions;
    for (const Event& exception : series.exceptions) exceptions.push_back(&exception);
    return model::ExpandInto(series.master, exceptions, range, occurrences);
}

Result<std::vector<EventId>> ReadExpandedEvents(const ReadView& view,
                                                const std::vector<CalendarId>& calendars) {
    auto statement = view.connection().Prepare(kExpandedSql);
    if (!statement) return std::move(statement).error();
    std::vector<EventId> out;
    for (;;) {
        const auto row = statement->Step();
        if (!row) return row.error();
        if (!*row) return out;
        const CalendarId calendar(statement->Int(0));
        if (std::binary_search(calendars.begin(), calendars.end(), calendar))
            out.push_back(EventId(statement->Int(1)));
    }
}

// The few events whose occurrences are not kept.
Result<bool> AddExpandedEvents(const ReadView& view, const std::vector<CalendarId>& calendars,
                               const TimeRange& range, const OnOccurrence& on_row) {
    const auto ids = ReadExpandedEvents(view, calendars);
    if (!ids) return ids.error();
    bool complete = true;
    for (const EventId id : *ids) {
        const auto series = FindSeries(view, id);
        if (!series) return series.error();
        if (!*series) continue;
        std::vector<Occurrence> occurrences;
        complete &= ExpandOne(**series, range, occurrences);
        for (const Occurrence& one : occurrences)
            // Members have rows of their own.
            if (one.event == &(*series)->master) on_row(ViewOf(RowOf(one)));
    }
    return complete;
}

}  // namespace

Result<bool> OccurrencesInRange(const ReadView& view, const TimeRange& range,
                                const std::vector<CalendarId>& calendars,
                                const OnOccurrence& on_row) {
    const auto covers = Covers(view, range);
    if (!covers) return covers.error();
    if (!*covers) return ExpandedInRange(view, range, calendars, on_row);
    const auto enabled = Enabled(view, calendars);
    if (!enabled) return enabled.error();
    for (const CalendarId calendar : *enabled)
        for (const LengthClass& length : LengthClasses())
            if (auto done = ReadStretch(view, calendar, length, range, on_row); !done)
                return std::move(done).error();
    return AddExpandedEvents(view, *enabled, range, on_row);
}

Result<bool> ExpandedInRange(const ReadView& view, const TimeRange& range,
                             const std::vector<CalendarId>& calendars, const OnOccurrence& on_row) {
    const auto rows = EventsInRange(view, range, calendars);
    if (!rows) return rows.error();
    std::vector<Occurrence> occurrences;
    bool complete = true;
    for (const Event& single : rows->singles)
        complete &= model::ExpandInto(single, {}, range, occurrences);
    for (const SeriesRows& series : rows->series) complete &= ExpandOne(series, range, occurrences);
    for (const Occurrence& one : occurrences) {
        const OccurrenceRow row = RowOf(one);
        on_row(ViewOf(row));
    }
    return complete;
}

Result<std::optional<std::vector<BusyTime>>> BusyInRange(const ReadView& view,
                                                         const TimeRange& range,
                                                         const std::vector<CalendarId>& calendars) {
    const auto covers = Covers(view, range);
    const auto enabled = Enabled(view, calendars);
    if (!covers) return covers.error();
    if (!enabled) return enabled.error();
    const auto expanded = ReadExpandedEvents(view, *enabled);
    if (!expanded) return expanded.error();
    if (!*covers || !expanded->empty()) return std::optional<std::vector<BusyTime>>();
    std::vector<BusyTime> out;
    for (const CalendarId calendar : *enabled)
        for (const LengthClass& length : LengthClasses()) {
            auto statement = view.connection().Prepare(kBusySql);
            if (!statement) return std::move(statement).error();
            BindStretch(*statement, calendar, length, range);
            const std::size_t first = out.size();
            for (;;) {
                const auto row = statement->Step();
                if (!row) return row.error();
                if (!*row) break;
                const std::int64_t start = statement->Int(0);
                const std::int64_t end = statement->Int(1);
                // In the order of starts: what touches grows the last one.
                if (out.size() > first && start <= out.back().end_ms)
                    out.back().end_ms = std::max(out.back().end_ms, end);
                else
                    out.push_back({.all_day = length.all_day, .start_ms = start, .end_ms = end});
            }
        }
    return std::optional(std::move(out));
}

}  // namespace kamili::storage
