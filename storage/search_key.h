#pragma once

#include <cstdint>
#include <limits>

#include "model/ids.h"
#include "storage/event_body.h"

namespace kamili::storage {

// Texts stand in the search index in the order of time, so that the matches of a common word that
// lie around a moment are found without reading the others (docs/decisions/0073-search-by-time.md).
// A row's number there holds the hour and the event's id: what lasts at most ten days by its
// beginning, from 0 up; what lasts longer, by its end, the last one first, below 0.
std::int64_t SearchKey(const Span& span, model::EventId id);
model::EventId EventOfSearchKey(std::int64_t key);

// When the hour of a short one's number begins; nothing that ends earlier has a larger number.
std::int64_t BeginOfSearchKey(std::int64_t key);

// Bounds included. Hours are whole, so that some beyond the bounds are among them.
struct SearchKeys {
    std::int64_t first = 0;
    std::int64_t last = 0;
};
// A short event ends at most this long after its beginning.
inline constexpr std::int64_t kShortSpanMs = 864'000'000;
// Times that are before or after everything.
inline constexpr std::int64_t kBeforeAllMs = std::numeric_limits<std::int64_t>::min();
inline constexpr std::int64_t kAfterAllMs = std::numeric_limits<std::int64_t>::max();

SearchKeys ShortOnesThatBegin(std::int64_t from_ms, std::int64_t to_ms);
SearchKeys LongOnesThatEndAfter(std::int64_t from_ms);

}  // namespace kamili::storage
