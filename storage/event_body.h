#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "model/event.h"

namespace kamili::storage {

// Everything of an event that no query looks at, as JSON (docs/store-format.md). The columns of its
// row (ids, uid, kind, series) and `raw` are not in it.
std::string EventBody(const model::Event& event);
// The inverse, into an event that has its columns already. False if it is not such a body.
bool ReadEventBody(std::string_view body, model::Event& event);

// When the row may matter to a query, in UTC milliseconds, bounds included; wide enough for every
// zone an all-day date can be asked from. A series ends with its last occurrence, or never.
struct Span {
    std::int64_t from_ms = 0;
    std::int64_t to_ms = 0;
};
// Where a series without end ends.
inline constexpr std::int64_t kForeverMs = std::numeric_limits<std::int64_t>::max() / 4;
Span SpanOf(const model::Event& event);

}  // namespace kamili::storage
