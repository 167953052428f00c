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
                 const TimeRange& range) {
    const Stretch stretch = StretchOf(length, range);
    statement.Bind(1, calendar.row())
        .Bind(2, length.number)
        .Bind(3, stretch.first_start)
        .Bind(4, stretch.to)
        .Bind(5, stretch.from);
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
