#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace kamili::model {

// What somebody wrote in a calendar: a date, or a wall time in a zone. Both the wall time and the
// instant are kept for timed events, since zone rules change (semantics: wall time is the truth).
struct EventTime {
    bool all_day = false;
    // Midnight of the date when all-day.
    std::chrono::local_seconds wall{};
    // IANA name as resolved, or "UTC". Empty when all-day. If the provider's zone could not be
    // named this is a fixed offset as "+05:30".
    std::string zone;
    // The instant; unused (zero) when all-day: a date never becomes an instant.
    UtcTime utc{};

    static EventTime Date(std::chrono::local_days date) {
        return {.all_day = true, .wall = date, .zone = {}, .utc = {}};
    }

    friend bool operator==(const EventTime&, const EventTime&) = default;
};

// "2026-01-15" or "2026-01-15T10:00:00" (no offset): the wall time as text, for keys and storage.
std::string FormatWall(const EventTime& time);
std::string FormatDate(std::chrono::local_days date);
// The inverses; nothing for anything else.
std::optional<std::chrono::local_days> ParseDate(std::string_view text);
// "YYYY-MM-DDTHH:MM:SS" with 0 to 9 fractional digits (dropped) and no offset.
std::optional<std::chrono::local_seconds> ParseWall(std::string_view text);

}  // namespace kamili::model
