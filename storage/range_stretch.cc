#include "storage/range_stretch.h"

#include <algorithm>
#include <limits>

#include "storage/range_index.h"

namespace kamili::storage {
namespace {

using model::AccountId;
using model::CalendarId;
using model::Event;
using model::EventId;
using model::TimeRange;

constexpr char kEnabledSql[] = "SELECT id,account_id FROM calendars WHERE enabled=1 ORDER BY id";
constexpr char kExpandedSql[] =
    "SELECT calendar_id,event_id FROM expanded_events ORDER BY calendar_id,event_id";

constexpr char kRowsSql[] =
    "SELECT start_ms,event_id,end_ms,busy,start_offset_s,end_offset_s,original_ms,original,zone,"
    "uid,title,location,status,response,visibility,remote_id FROM occurrences" KAMILI_STRETCH;

constexpr std::int64_t kDayMs = 86'400'000;

}  // namespace

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
                 const Stretch& stretch) {
    statement.Bind(1, calendar.row())
        .Bind(2, length.number)
        .Bind(3, stretch.first_start)
        .Bind(4, stretch.to)
        .Bind(5, stretch.from);
}

Status ReadStretch(const ReadView& view, CalendarId calendar, const LengthClass& length,
                   const Stretch& stretch, const OnOccurrence& on_row) {
    auto statement = view.connection().Prepare(kRowsSql);
    if (!statement) return std::move(statement).error();
    BindStretch(*statement, calendar, length, stretch);
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

Result<std::vector<EnabledCalendar>> EnabledCalendars(const ReadView& view,
                                                      const std::vector<CalendarId>& wanted) {
    auto statement = view.connection().Prepare(kEnabledSql);
    if (!statement) return std::move(statement).error();
    std::vector<EnabledCalendar> out;
    for (;;) {
        const auto row = statement->Step();
        if (!row) return row.error();
        if (!*row) return out;
        const CalendarId id(statement->Int(0));
        if (wanted.empty() || std::find(wanted.begin(), wanted.end(), id) != wanted.end())
            out.push_back({.id = id, .account = AccountId(statement->Int(1))});
    }
}

Result<std::optional<IndexDays>> KeptDays(const ReadView& view) {
    const auto state = ReadIndexState(view);
    if (!state) return state.error();
    if (!*state || !(*state)->whole) return std::optional<IndexDays>();
    return std::optional((*state)->days);
}

Result<bool> IndexCovers(const ReadView& view, const TimeRange& range) {
    const auto days = KeptDays(view);
    if (!days) return days.error();
    return *days && (*days)->Cover(range);
}

Result<std::vector<EventId>> ReadExpandedEvents(const ReadView& view,
                                                const std::vector<EnabledCalendar>& calendars) {
    auto statement = view.connection().Prepare(kExpandedSql);
    if (!statement) return std::move(statement).error();
    std::vector<EventId> out;
    for (;;) {
        const auto row = statement->Step();
        if (!row) return row.error();
        if (!*row) return out;
        const CalendarId calendar(statement->Int(0));
        if (std::any_of(calendars.begin(), calendars.end(),
                        [&](const EnabledCalendar& one) { return one.id == calendar; }))
            out.push_back(EventId(statement->Int(1)));
    }
}

bool ExpandOne(const SeriesRows& series, const TimeRange& range,
               std::vector<model::Occurrence>& occurrences) {
    std::vector<const Event*> exceptions;
    for (const Event& exception : series.exceptions) exceptions.push_back(&exception);
    return model::ExpandInto(series.master, exceptions, range, occurrences);
}

}  // namespace kamili::storage
