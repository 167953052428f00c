#pragma once

#include <string>

#include "base/time.h"

namespace kamili::sync::google {

// Where a stream of Google's stands: a sync token (none in a full listing) and, inside a round, a
// page token. Beside it what was learnt about the calendar: some generated ones refuse every token
// they give out, and are listed in full each time.
struct Cursor {
    std::string sync;
    std::string page;
    UtcTime issued{};          // when the token came; when it was given up, once there is none
    std::int64_t refused = 0;  // tokens in a row that were refused soon after they were given out
    bool gaps = false;         // this listing had items without an id: absence proves nothing
};

// An empty or unreadable text is the beginning.
Cursor ReadCursor(const std::string& text);
std::string CursorText(const Cursor& cursor);

// The cursor after the last page of a round brought `token`.
Cursor AfterRound(const Cursor& before, const std::string& token, UtcTime now);
// The cursor to list from the beginning with, after this one was refused.
Cursor AfterRefusal(const Cursor& refused, UtcTime now);

}  // namespace kamili::sync::google
