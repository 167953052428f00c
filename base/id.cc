#include "base/id.h"

#include <charconv>

namespace kamili::internal {

std::string IdText(char prefix, std::int64_t row) { return prefix + std::to_string(row); }

std::optional<std::int64_t> ParseIdText(char prefix, std::string_view text) {
    if (text.size() < 2 || text[0] != prefix || text[1] < '1' || text[1] > '9') return std::nullopt;
    std::int64_t row = 0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + 1, end, row);
    if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    return row;
}

}  // namespace kamili::internal
