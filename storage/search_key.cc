#include "storage/search_key.h"

#include <algorithm>

namespace kamili::storage {
namespace {

// The migration to version 5 says the same in SQL (storage/schema.cc). What lies outside of the
// years 1000 to 2913 has their first or last hour.
constexpr std::int64_t kFirstMs = -30'610'224'000'000;
constexpr std::int64_t kHourMs = 3'600'000;
constexpr int kHourBits = 24;
constexpr int kIdBits = 36;
constexpr std::int64_t kHourMax = (std::int64_t{1} << kHourBits) - 1;
constexpr std::int64_t kIdMax = (std::int64_t{1} << kIdBits) - 1;
constexpr std::int64_t kLongFirst = -(std::int64_t{1} << (kHourBits + kIdBits));

std::int64_t HourOf(std::int64_t ms) {
    return (std::clamp(ms, kFirstMs, kFirstMs + kHourMax * kHourMs) - kFirstMs) / kHourMs;
}

std::int64_t LongKey(std::int64_t to_ms, std::int64_t id) {
    return kLongFirst + (((kHourMax - HourOf(to_ms)) << kIdBits) | id);
}

}  // namespace

std::int64_t SearchKey(const Span& span, model::EventId id) {
    const std::int64_t row = id.row() & kIdMax;
    const bool is_short = span.to_ms < kAfterAllMs && span.to_ms - span.from_ms <= kShortSpanMs;
    return is_short ? (HourOf(span.from_ms) << kIdBits) | row : LongKey(span.to_ms, row);
}

model::EventId EventOfSearchKey(std::int64_t key) { return model::EventId(key & kIdMax); }

std::int64_t BeginOfSearchKey(std::int64_t key) { return kFirstMs + (key >> kIdBits) * kHourMs; }

SearchKeys ShortOnesThatBegin(std::int64_t from_ms, std::int64_t to_ms) {
    return {.first = HourOf(from_ms) << kIdBits, .last = (HourOf(to_ms) << kIdBits) | kIdMax};
}

SearchKeys LongOnesThatEndAfter(std::int64_t from_ms) {
    return {.first = kLongFirst, .last = LongKey(from_ms, kIdMax)};
}

}  // namespace kamili::storage
