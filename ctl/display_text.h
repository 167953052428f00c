#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kamili::ctl {

// Text as a terminal shows it. What providers and other people wrote goes through Clean or
// CleanLines before it is printed: an event's title must not be able to move the cursor.

// One line of valid UTF-8 without control characters, bidirectional overrides and line breaks.
std::string Clean(std::string_view text);
// The same, but '\n' stays.
std::string CleanLines(std::string_view text);

// In columns: combining marks take none, wide characters two.
std::size_t Columns(std::string_view text);
// At most `columns` wide; what was cut off is told by `mark` ("…" or "~").
std::string Cut(std::string_view text, std::size_t columns, std::string_view mark);
// Filled with spaces to `columns`; longer text stays as it is.
std::string PadRight(std::string text, std::size_t columns);
std::string PadLeft(std::string text, std::size_t columns);
// Broken at spaces into lines of at most `columns` (0: not broken), each after `indent` spaces.
std::string Wrap(std::string_view text, std::size_t columns, std::size_t indent);
// Lines wider than `columns` (0: none is) are broken at spaces. What is broken off stands below the
// line's last column of text (what follows two spaces), or where that is too far right, behind the
// line's own indentation.
std::string FitLines(std::string_view text, std::size_t columns);

}  // namespace kamili::ctl
