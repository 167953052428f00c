#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/event.h"
#include "model/occurrence.h"

namespace kamili::storage {

// What an agenda shows of one occurrence: a row of the table `occurrences` (docs/store-format.md).
// `Text` is std::string for a row that is kept, std::string_view for one that is read. Timed:
// instants in UTC milliseconds and the offsets valid then; all-day: midnights of the dates as if
// they were UTC.
template <typename Text>
struct BasicOccurrenceRow {
    model::CalendarId calendar_id;
    model::EventId event_id;
    bool all_day = false;
    bool busy = false;
    std::int64_t start_ms = 0;
    std::int64_t end_ms = 0;
    std::int64_t start_offset_s = 0;
    std::int64_t end_offset_s = 0;
    // The original start; nothing for a single event.
    std::optional<std::int64_t> original_ms;
    // Its text in the form of the contract; empty when it is the start.
    Text original;
    Text zone;
    Text uid;
    Text title;
    Text location;
    Text status;
    Text response;
    Text visibility;
    Text remote_id;

    friend bool operator==(const BasicOccurrenceRow&, const BasicOccurrenceRow&) = default;
};
using OccurrenceRow = BasicOccurrenceRow<std::string>;
// Its texts are valid only as long as what it was read from.
using OccurrenceView = BasicOccurrenceRow<std::string_view>;

OccurrenceView ViewOf(const OccurrenceRow& row);
// The event's columns `id` and `calendar_id` must be set.
OccurrenceRow RowOf(const model::Occurrence& occurrence);

// Occurrences are kept apart by how long they last, so that those that began before a range are
// found by their start: none of a class lasts longer than its bound.
struct LengthClass {
    std::int64_t number = 0;
    bool all_day = false;
    std::optional<std::int64_t> longest_ms;  // inclusive; nothing: any length
};
std::span<const LengthClass> LengthClasses();
// `length_ms` below zero counts as zero.
std::int64_t LengthClassOf(bool all_day, std::int64_t length_ms);

// More of one series than this is not kept but expanded for each question.
inline constexpr std::size_t kKeptOccurrencesMax = 4000;

// The rows of one event itself: a single event, a series without what `members` replace or remove,
// a member alone. Nothing if they are not worth keeping: too many or too costly.
std::optional<std::vector<OccurrenceRow>> RowsOf(const model::Event& event,
                                                 const std::vector<model::Event>& members,
                                                 const model::TimeRange& range);

}  // namespace kamili::storage
