#pragma once

#include <functional>
#include <vector>

#include "storage/events.h"
#include "storage/occurrence_row.h"
#include "storage/view.h"

namespace kamili::storage {

// What the two questions to the range index have in common. One calendar, one class of length: what
// began early enough to reach into the range is a stretch of the table. BindStretch binds ?1 to ?5.
#define KAMILI_STRETCH                                                            \
    " WHERE calendar_id=?1 AND length_class=?2 AND start_ms>=?3 AND start_ms<?4 " \
    "AND (end_ms>?5 OR (end_ms<=start_ms AND start_ms>=?5))"

// The bounds that a class is compared with: instants, or dates as if they were midnights in UTC.
struct Stretch {
    std::int64_t first_start;
    std::int64_t from;
    std::int64_t to;
};
Stretch StretchOf(const LengthClass& length, const model::TimeRange& range);
void BindStretch(Statement& statement, model::CalendarId calendar, const LengthClass& length,
                 const Stretch& stretch);
inline void BindStretch(Statement& statement, model::CalendarId calendar, const LengthClass& length,
                        const model::TimeRange& range) {
    BindStretch(statement, calendar, length, StretchOf(length, range));
}
// Every row of it; `on_row` must not keep the texts.
Status ReadStretch(const ReadView& view, model::CalendarId calendar, const LengthClass& length,
                   const Stretch& stretch,
                   const std::function<void(const OccurrenceView&)>& on_row);

// The enabled ones among `wanted`, all enabled ones if that is empty; in ascending order.
struct EnabledCalendar {
    model::CalendarId id;
    model::AccountId account;
};
Result<std::vector<EnabledCalendar>> EnabledCalendars(const ReadView& view,
                                                      const std::vector<model::CalendarId>& wanted);

// Can the index answer? The rows of days that it does not cover are not in it.
Result<bool> IndexCovers(const ReadView& view, const model::TimeRange& range);

// The few events of these calendars whose occurrences are not kept.
Result<std::vector<model::EventId>> ReadExpandedEvents(
    const ReadView& view, const std::vector<EnabledCalendar>& calendars);
// False when it was too costly to end.
bool ExpandOne(const SeriesRows& series, const model::TimeRange& range,
               std::vector<model::Occurrence>& occurrences);

}  // namespace kamili::storage
