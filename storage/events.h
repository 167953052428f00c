#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/event.h"
#include "model/occurrence.h"
#include "storage/store.h"

namespace kamili::storage {

// An event with what the store knows about it besides.
struct EventRow {
    model::Event event;
    std::int64_t listing = 0;  // the last full listing of its calendar that named it
    bool held = false;         // the deletion guard keeps it although a listing lacked it
};

// Just enough to decide what happens to a row.
struct EventKey {
    model::EventId id;
    std::string remote_id;
    std::string series_remote_id;
    model::EventKind kind = model::EventKind::kSingle;
    bool held = false;
};

Result<std::optional<EventRow>> FindEvent(const ReadView& view, model::EventId id);
Result<std::optional<EventRow>> FindEventByRemoteId(const ReadView& view,
                                                    model::CalendarId calendar,
                                                    std::string_view remote_id);
// The exceptions (cancelled ones too) and server-expanded instances of a series, by remote id.
Result<std::vector<EventKey>> EventsOfSeries(const ReadView& view, model::CalendarId calendar,
                                             std::string_view series_remote_id);
// The rows that a listing did not name (their listing number is smaller), by id.
Result<std::vector<EventKey>> EventsNotListed(const ReadView& view, model::CalendarId calendar,
                                              std::int64_t listing);
// Every event with that iCalendar UID, over all calendars, by id; `raw` is left out. Nothing for
// "".
Result<std::vector<model::Event>> FindEventsByUid(const ReadView& view, std::string_view uid);
Result<std::int64_t> CountEvents(const ReadView& view, model::CalendarId calendar);

// `event.id` is ignored. `event.calendar_id` and a unique remote_id are required. Keeps the search
// index and the time index in step. No journal entry: that is the caller's decision.
Result<model::EventId> InsertEvent(Txn& txn, const model::Event& event, std::int64_t listing);
// Replaces the row `event.id`; clears `held`.
Status UpdateEvent(Txn& txn, const model::Event& event, std::int64_t listing);
// The row was named by that listing, unchanged; clears `held`.
Status MarkListed(Txn& txn, model::EventId id, std::int64_t listing);
Status HoldEvent(Txn& txn, model::EventId id);
Status RemoveEvent(Txn& txn, model::EventId id);

// What may occur in a range. Exact filtering is the caller's (model/occurrence.h): rows near the
// edges that do not overlap may be among these, a row that does is never missing.
struct SeriesRows {
    model::Event master;
    std::vector<model::Event> exceptions;  // all of them, cancelled ones too
};
struct RangeRows {
    std::vector<model::Event> singles;  // single events, instances, exceptions without a master
    std::vector<SeriesRows> series;
};
// Empty `calendars` means all that are enabled.
Result<RangeRows> EventsInRange(const ReadView& view, const model::TimeRange& range,
                                const std::vector<model::CalendarId>& calendars);

// Removed occurrences of series that are not there. Looks at every removed occurrence of the
// calendar.
Result<std::vector<EventKey>> LooseCancellations(const ReadView& view, model::CalendarId calendar);

// The exceptions, removed occurrences and instances of a series, by its remote id.
Result<std::vector<model::Event>> FindMembers(const ReadView& view, model::CalendarId calendar,
                                              std::string_view series_remote_id);

// One series with its exceptions, or the event alone as `master`.
Result<std::optional<SeriesRows>> FindSeries(const ReadView& view, model::EventId id);

// Full-text search over title, description, location and people: words, "phrases", pre*; case and
// accents folded. Every word must match.
// kNearest: what goes on or comes round again first, then by the distance from `now`; kNewest: what
// ends last; kBest: by FTS5's rank.
enum class SearchOrder { kNearest, kNewest, kBest };
struct SearchQuestion {
    std::string text;
    std::string person;                        // words of a name or an address; empty: anybody
    std::vector<model::CalendarId> calendars;  // empty: all that are enabled
    // Only what may happen between them, to within a day; series for as long as they live.
    std::optional<UtcTime> from;
    std::optional<UtcTime> to;
    SearchOrder order = SearchOrder::kNearest;
    UtcTime now;
    std::size_t wanted = std::numeric_limits<std::size_t>::max();
};
// The first `wanted` that match, in the question's order, without reading an event. Cancelled
// exceptions never match. kInvalidArgument for a text without a single word.
Result<std::vector<model::EventId>> SearchEvents(const ReadView& view,
                                                 const SearchQuestion& question);
// A dozen words around the match of each of these, from the field where it is best; empty if there
// is none.
Result<std::map<model::EventId, std::string>> SearchSnippets(
    const ReadView& view, const SearchQuestion& question, const std::vector<model::EventId>& ids);

}  // namespace kamili::storage
