#include "storage/occurrence_row.h"

#include <algorithm>
#include <array>

#include "model/zone.h"

namespace kamili::storage {
namespace {

using model::EventTime;
using model::Occurrence;
using std::chrono::milliseconds;

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kDayMs = 24 * kHourMs;

// Each bound is about eight times the one before: few classes to look into, and what is read in
// vain is at most the bound's time before the range.
constexpr std::array kClasses = {
    LengthClass{.number = 0, .all_day = false, .longest_ms = 4 * kHourMs},
    LengthClass{.number = 1, .all_day = false, .longest_ms = 2 * kDayMs},
    LengthClass{.number = 2, .all_day = false, .longest_ms = 16 * kDayMs},
    LengthClass{.number = 3, .all_day = false, .longest_ms = 128 * kDayMs},
    LengthClass{.number = 4, .all_day = false, .longest_ms = {}},
    LengthClass{.number = 8, .all_day = true, .longest_ms = 2 * kDayMs},
    LengthClass{.number = 9, .all_day = true, .longest_ms = 16 * kDayMs},
    LengthClass{.number = 10, .all_day = true, .longest_ms = 128 * kDayMs},
    LengthClass{.number = 11, .all_day = true, .longest_ms = {}},
};

std::int64_t Ms(const EventTime& time) {
    if (time.all_day) return milliseconds(time.wall.time_since_epoch()).count();
    return time.utc.time_since_epoch().count();
}

std::int64_t OffsetSeconds(const EventTime& time) {
    if (time.all_day) return 0;
    const auto utc = std::chrono::floor<std::chrono::seconds>(time.utc.time_since_epoch());
    return (time.wall.time_since_epoch() - utc).count();
}

// Do both read the same in FormatEventTime's form?
bool IsSame(const EventTime& a, const EventTime& b) {
    return a.all_day == b.all_day && a.wall == b.wall &&
           (a.all_day || (a.utc == b.utc && (a.zone == "UTC") == (b.zone == "UTC")));
}

}  // namespace

OccurrenceView ViewOf(const OccurrenceRow& row) {
    return {.calendar_id = row.calendar_id,
            .event_id = row.event_id,
            .all_day = row.all_day,
            .busy = row.busy,
            .start_ms = row.start_ms,
            .end_ms = row.end_ms,
            .start_offset_s = row.start_offset_s,
            .end_offset_s = row.end_offset_s,
            .original_ms = row.original_ms,
            .original = row.original,
            .zone = row.zone,
            .uid = row.uid,
            .title = row.title,
            .location = row.location,
            .status = row.status,
            .response = row.response,
            .visibility = row.visibility,
            .remote_id = row.remote_id};
}

OccurrenceRow RowOf(const Occurrence& occurrence) {
    const model::Event& event = *occurrence.event;
    OccurrenceRow row;
    row.calendar_id = event.calendar_id;
    row.event_id = event.id;
    row.all_day = occurrence.start.all_day;
    row.busy = event.busy;
    row.start_ms = Ms(occurrence.start);
    // Both are dates or both are times; anything else has no end that means something.
    const bool has_end = occurrence.end.all_day == row.all_day;
    row.end_ms = has_end ? Ms(occurrence.end) : row.start_ms;
    row.start_offset_s = OffsetSeconds(occurrence.start);
    row.end_offset_s = OffsetSeconds(has_end ? occurrence.end : occurrence.start);
    if (const auto& original = occurrence.recurrence_id) {
        row.original_ms = Ms(*original);
        if (!IsSame(*original, occurrence.start)) row.original = model::FormatEventTime(*original);
    }
    row.zone = occurrence.start.zone;
    row.uid = event.uid;
    row.title = event.title;
    row.location = event.location;
    row.status = Text(event.status);
    row.response = Text(event.response);
    row.visibility = event.visibility;
    row.remote_id = event.remote_id;
    return row;
}

std::span<const LengthClass> LengthClasses() { return kClasses; }

std::int64_t LengthClassOf(bool all_day, std::int64_t length_ms) {
    const auto found = std::find_if(kClasses.begin(), kClasses.end(), [&](const LengthClass& one) {
        return one.all_day == all_day && (!one.longest_ms || length_ms <= *one.longest_ms);
    });
    return found->number;
}

std::optional<std::vector<OccurrenceRow>> RowsOf(const model::Event& event,
                                                 const std::vector<model::Event>& members,
                                                 const model::TimeRange& range) {
    std::vector<const model::Event*> exceptions;
    for (const model::Event& member : members) exceptions.push_back(&member);
    std::vector<Occurrence> occurrences;
    if (!model::ExpandInto(event, exceptions, range, occurrences)) return std::nullopt;
    // Members have rows of their own.
    std::erase_if(occurrences, [&](const Occurrence& one) { return one.event != &event; });
    if (occurrences.size() > kKeptOccurrencesMax) return std::nullopt;
    std::vector<OccurrenceRow> rows;
    rows.reserve(occurrences.size());
    for (const Occurrence& one : occurrences) rows.push_back(RowOf(one));
    return rows;
}

}  // namespace kamili::storage
