#include "storage/kept_occurrence.h"

#include <algorithm>

#include "storage/range_stretch.h"

namespace kamili::storage {
namespace {

using model::CalendarId;
using model::EventId;

// Where the event's rows stand: nearly every one has all in one class.
#define KAMILI_PLACE                                                                          \
    "SELECT calendar_id,length_class FROM occurrences INDEXED BY occurrences_by_event WHERE " \
    "event_id=? ORDER BY "
constexpr char kFirstPlaceSql[] = KAMILI_PLACE "calendar_id,length_class LIMIT 1";
constexpr char kLastPlaceSql[] = KAMILI_PLACE "calendar_id DESC,length_class DESC LIMIT 1";
#undef KAMILI_PLACE
constexpr char kExpandedSql[] = "SELECT 1 FROM expanded_events WHERE event_id=?";
#define KAMILI_ROW                                                                           \
    "SELECT start_ms,end_ms,busy,start_offset_s,end_offset_s,original_ms,original,zone,uid," \
    "title,location,status,response,visibility,remote_id FROM occurrences "                  \
    "INDEXED BY occurrences_by_event" KAMILI_STRETCH " AND event_id=?6 ORDER BY start_ms "
constexpr char kFirstSql[] = KAMILI_ROW "LIMIT 1";
constexpr char kLastSql[] = KAMILI_ROW "DESC LIMIT 1";
#undef KAMILI_ROW

struct Place {
    CalendarId calendar;
    std::int64_t length_class = 0;
    friend bool operator==(const Place&, const Place&) = default;
};

Result<std::optional<Place>> FindPlace(const ReadView& view, const char* sql, EventId id) {
    auto statement = view.connection().Prepare(sql);
    if (!statement) return std::move(statement).error();
    const auto row = statement->Bind(1, id.row()).Step();
    if (!row) return row.error();
    if (!*row) return std::optional<Place>();
    return std::optional(
        Place{.calendar = CalendarId(statement->Int(0)), .length_class = statement->Int(1)});
}

Result<bool> IsExpanded(const ReadView& view, EventId id) {
    auto statement = view.connection().Prepare(kExpandedSql);
    if (!statement) return std::move(statement).error();
    return statement->Bind(1, id.row()).Step();
}

OccurrenceRow ReadRow(const Statement& statement) {
    OccurrenceRow row;
    row.start_ms = statement.Int(0);
    row.end_ms = statement.Int(1);
    row.busy = statement.Int(2) != 0;
    row.start_offset_s = statement.Int(3);
    row.end_offset_s = statement.Int(4);
    row.original_ms = statement.OptionalInt(5);
    row.original = statement.Text(6);
    row.zone = statement.Text(7);
    row.uid = statement.Text(8);
    row.title = statement.Text(9);
    row.location = statement.Text(10);
    row.status = statement.Text(11);
    row.response = statement.Text(12);
    row.visibility = statement.Text(13);
    row.remote_id = statement.Text(14);
    return row;
}

Result<std::optional<OccurrenceRow>> FindRow(const ReadView& view, EventId id, const Place& place,
                                             const model::TimeRange& range, Which which) {
    const auto classes = LengthClasses();
    const auto length = std::find_if(classes.begin(), classes.end(), [&](const LengthClass& one) {
        return one.number == place.length_class;
    });
    if (length == classes.end()) return std::optional<OccurrenceRow>();
    auto statement = view.connection().Prepare(which == Which::kFirst ? kFirstSql : kLastSql);
    if (!statement) return std::move(statement).error();
    BindStretch(*statement, place.calendar, *length, range);
    const auto found = statement->Bind(6, id.row()).Step();
    if (!found) return found.error();
    if (!*found) return std::optional<OccurrenceRow>();
    OccurrenceRow row = ReadRow(*statement);
    row.calendar_id = place.calendar;
    row.event_id = id;
    row.all_day = length->all_day;
    return std::optional(std::move(row));
}

}  // namespace

Result<KeptOccurrence> FindKept(const ReadView& view, EventId id, const model::TimeRange& range,
                                Which which) {
    const auto first = FindPlace(view, kFirstPlaceSql, id);
    if (!first) return first.error();
    if (!*first) {
        const auto expanded = IsExpanded(view, id);
        if (!expanded) return expanded.error();
        return KeptOccurrence{.is_known = !*expanded, .row = {}};
    }
    const auto last = FindPlace(view, kLastPlaceSql, id);
    if (!last) return last.error();
    if (*first != *last) return KeptOccurrence();
    auto row = FindRow(view, id, **first, range, which);
    if (!row) return std::move(row).error();
    return KeptOccurrence{.is_known = true, .row = std::move(*row)};
}

}  // namespace kamili::storage
