#pragma once

#include <cstdint>
#include <limits>

#include "model/ids.h"
#include "storage/event_body.h"

namespace kamili::storage {

// Texts stand in the search index in the order of time, so that the matches of a common word that
// lie around a moment are found without reading the others
// (docs/decisions/0074-search-by-length.md). A row's number there holds the class of the event's
// length, the hour of its beginning and its id: short ones from 0 up, the first one first; longer
// ones below 0, of a class the last one first.
std::int64_t SearchKey(const Span& span, model::EventId id);
model::EventId EventOfSearchKey(std::int64_t key);

// When the hour of its beginning begins. What lies outside of the years 1000 to 2913 has the first
// or the last hour of them.
std::int64_t BeginOfSearchKey(std::int64_t key);

// The classes of length, from 0 up: to 10 days, to 160, to 2560 and longer or without end.
inline constexpr int kSearchClasses = 4;
int SearchClassOf(const Span& span);
int SearchClassOfKey(std::int64_t key);

// Times that are before or after everything.
inline constexpr std::int64_t kBeforeAllMs = std::numeric_limits<std::int64_t>::min();
inline constexpr std::int64_t kAfterAllMs = std::numeric_limits<std::int64_t>::max();
// An event of the class that has not ended at `ms` began at this time or later.
std::int64_t EarliestBegin(int search_class, std::int64_t ms);

// Bounds included. Hours are whole, so that some beyond the bounds are among them.
struct SearchKeys {
    std::int64_t first = 0;
    std::int64_t last = 0;
};
SearchKeys KeysThatBegin(int search_class, std::int64_t from_ms, std::int64_t to_ms);

}  // namespace kamili::storage
