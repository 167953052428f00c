#include "storage/range_index.h"
#include "storage/range_stretch.h"

namespace kamili::storage {
namespace {

using model::CalendarId;
using model::Event;
using model::EventId;
using model::Occurrence;
using model::TimeRange;

constexpr char kRowsSql[] =
    "SELECT start_ms,event_id,end_ms,busy,start_offset_s,end_offset_s,original_ms,original,zone,"
    "uid,title,location,status,response,visibility,remote_id FROM occurrences" KAMILI_STRETCH;

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
            if (auto done = ReadStretch(view, calendar.id, length, range, on_row); !done)
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
