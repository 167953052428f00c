#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace kamili::simulator {

using Wall = std::chrono::local_seconds;
using Day = std::chrono::local_days;

// A date or a wall time in a zone, as the simulated services keep it. Written without model/, since
// it is the independent check of it.
struct When {
    bool all_day = false;
    Wall wall{};            // midnight when all-day
    std::string zone = {};  // IANA; all-day: the zone of the mailbox it was made in

    Day day() const { return std::chrono::floor<std::chrono::days>(wall); }
    friend bool operator==(const When&, const When&) = default;
};

// Wall time to instant: in a gap the offset before it applies, in an overlap the first pass.
// All-day: midnight in its zone.
UtcTime ToUtc(const When& when);
Wall WallAt(UtcTime time, const std::string& zone);
// The same instant shown in another zone; all-day stays as it is.
When InZone(const When& when, const std::string& zone);
When AtUtc(UtcTime time, const std::string& zone);
bool IsZone(const std::string& name);

std::string DateText(Wall wall);     // 2026-01-15
std::string WallText(Wall wall);     // 2026-01-15T10:00:00
std::string CompactDate(Wall wall);  // 20260115
std::string CompactWall(Wall wall);  // 20260115T100000
std::string CompactUtc(UtcTime time);
// "2026-01-15T10:00:00+01:00" ("Z" in UTC), or the date when all-day.
std::string WhenText(const When& when);
// "2026-01-15T09:00:00.123Z", always with milliseconds.
std::string MillisText(UtcTime time);
// "Thu, 15 Jan 2026 09:00:00 GMT".
std::string HttpDate(UtcTime time);
// "2026-01-15" or an RFC 3339 time, the latter shown in `zone`.
std::optional<When> ParseWhen(std::string_view text, const std::string& zone);

// Windows names of the zones that the world uses; "" for others.
std::string WindowsZone(std::string_view iana);
std::string IanaZone(std::string_view windows_or_iana);

}  // namespace kamili::simulator
