#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace kamili::daemon {

// JSON written straight to text, for answers of thousands of rows. Texts must be UTF-8, as those of
// an event are (model/event.h).

// `text` in quotes.
void AppendJson(std::string& out, std::string_view text);
// A number in decimal, at least `digits` of them.
void AppendNumber(std::string& out, std::int64_t value, int digits = 1);
// "2026-01-15" from days since 1970.
void AppendDate(std::string& out, std::int64_t day);
// "2026-01-15T10:00:00+01:00" in quotes, from an instant and the offset valid then; "Z" for a time
// that is told in UTC.
enum class Offset { kNumber, kZulu };
void AppendTime(std::string& out, std::int64_t utc_ms, std::int64_t offset_s, Offset offset);

// Rows of an answer, each a JSON object, one after the other without commas.
struct WrittenRows {
    std::string text;
    std::vector<std::size_t> ends;  // where each row ends in `text`

    std::size_t size() const { return ends.size(); }
    void EndRow() { ends.push_back(text.size()); }
    void Append(const WrittenRows& other);
    // Rows [first, last) with commas between them.
    void AppendList(std::string& out, std::size_t first, std::size_t last) const;
};

}  // namespace kamili::daemon
