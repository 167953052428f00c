#include "storage/search_key.h"

#include <algorithm>
#include <array>
#include <utility>

namespace kamili::storage {
namespace {

// The migrations to versions 5 and 6 say the same in SQL (storage/schema.cc).
constexpr std::int64_t kFirstMs = -30'610'224'000'000;
constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kDayMs = 86'400'000;
constexpr int kHourBits = 24;
constexpr int kIdBits = 36;
constexpr std::int64_t kHourMax = (std::int64_t{1} << kHourBits) - 1;
constexpr std::int64_t kIdMax = (std::int64_t{1} << kIdBits) - 1;
constexpr std::int64_t kClassSize = std::int64_t{1} << (kHourBits + kIdBits);

// What is longer than all of these has no bound.
constexpr std::array kLongestMs = {10 * kDayMs, 160 * kDayMs, 2560 * kDayMs};

std::int64_t HourOf(std::int64_t ms) {
    return (std::clamp(ms, kFirstMs, kFirstMs + kHourMax * kHourMs) - kFirstMs) / kHourMs;
}

// Short ones from 0 up; the others from the least number up, so that the numbers of version 5 of
// the schema, the last ones below 0, stay free.
std::int64_t FirstKey(int search_class) {
    return search_class == 0
               ? 0
               : std::numeric_limits<std::int64_t>::min() + (search_class - 1) * kClassSize;
}

std::int64_t HourPart(int search_class, std::int64_t begin_ms) {
    const std::int64_t hour = HourOf(begin_ms);
    return (search_class == 0 ? hour : kHourMax - hour) << kIdBits;
}

}  // namespace

int SearchClassOf(const Span& span) {
    const auto longest =
        std::lower_bound(kLongestMs.begin(), kLongestMs.end(), span.to_ms - span.from_ms);
    return static_cast<int>(longest - kLongestMs.begin());
}

int SearchClassOfKey(std::int64_t key) {
    return key >= 0
               ? 0
               : static_cast<int>((key - std::numeric_limits<std::int64_t>::min()) / kClassSize) +
                     1;
}

std::int64_t SearchKey(const Span& span, model::EventId id) {
    const int search_class = SearchClassOf(span);
    return FirstKey(search_class) + HourPart(search_class, span.from_ms) + (id.row() & kIdMax);
}

model::EventId EventOfSearchKey(std::int64_t key) { return model::EventId(key & kIdMax); }

std::int64_t BeginOfSearchKey(std::int64_t key) {
    const std::int64_t hour = (key >> kIdBits) & kHourMax;
    return kFirstMs + (key < 0 ? kHourMax - hour : hour) * kHourMs;
}

std::int64_t EarliestBegin(int search_class, std::int64_t ms) {
    const auto number = static_cast<std::size_t>(search_class);
    if (number >= kLongestMs.size() || ms < kBeforeAllMs + kLongestMs[number]) return kBeforeAllMs;
    return ms - kLongestMs[number];
}

SearchKeys KeysThatBegin(int search_class, std::int64_t from_ms, std::int64_t to_ms) {
    if (search_class > 0) std::swap(from_ms, to_ms);
    const std::int64_t first = FirstKey(search_class);
    return {.first = first + HourPart(search_class, from_ms),
            .last = first + HourPart(search_class, to_ms) + kIdMax};
}

}  // namespace kamili::storage
