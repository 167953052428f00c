#include "storage/range_index.h"
#include "storage/range_stretch.h"

namespace kamili::storage {
namespace {

using model::CalendarId;
using model::Event;
using model::EventId;
using model::Occurrence;
using model::TimeRange;

// The few events whose occurrences are not kept.
Result<bool> AddExpandedEvents(const ReadView& view, const std::vector<EnabledCalendar>& calendars,
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
    const auto covers = IndexCovers(view, range);
    if (!covers) return covers.error();
    if (!*covers) return ExpandedInRange(view, range, calendars, on_row);
    const auto enabled = EnabledCalendars(view, calendars);
    if (!enabled) return enabled.error();
    for (const EnabledCalendar& calendar : *enabled)
        for (const LengthClass& length : LengthClasses())
            if (auto done =
                    ReadStretch(view, calendar.id, length, StretchOf(length, range), on_row);
                !done)
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

}  // namespace kamili::storage
