#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"

namespace kamili::sync::graph {

// Where a calendar's delta stream stands. A window belongs to a stream for ever; a new one means a
// new full listing.
struct Cursor {
    std::string link;        // the next request, byte for byte; empty: begin
    std::string from, to;    // the window, RFC 3339 in UTC
    UtcTime began{};         // when the full listing began
    bool full = false;       // inside a full listing
    bool gaps = false;       // this listing had items without an id: absence proves nothing
    std::int64_t pages = 0;  // of this round so far
    // Fingerprints of the last pages' ids, and how many pages in a row brought none but known ones.
    std::vector<std::uint64_t> recent;
    std::int64_t stalls = 0;
    // The delta stream of this calendar gives one page and refuses the next: a plain view of the
    // window is listed in full at each pass instead, since that time. The stream is tried again
    // after a week.
    UtcTime plain_since{};
    // How careful to be with this calendar after rounds that went wrong: 0 as usual, 1 larger
    // pages, 2 half the window as well.
    std::int64_t care = 0;

    bool IsPlain() const { return plain_since != UtcTime{}; }
};

inline constexpr std::int64_t kCareMax = 2;

// An empty or foreign text is the beginning.
Cursor ReadCursor(const std::string& text);
std::string CursorText(const Cursor& cursor);

// How far the window reaches to both sides of the day it begins on.
struct Window {
    std::chrono::hours past;
    std::chrono::hours future;

    // The window of a calendar that is to be handled with that care.
    Window With(std::int64_t care) const;
    // The page size to ask for: more than the days of the window, since a series with more
    // instances than a page has sent clients round in circles.
    std::int64_t PageSize(std::int64_t care) const;
};

// The beginning of a listing without the delta stream, after a page of it was refused.
Cursor WithoutStream(const Cursor& refused, UtcTime now);
// The beginning of a new listing, with what was learnt by the one before.
Cursor Begin(const Window& window, const Cursor& before, UtcTime now);
// The beginning after this cursor was refused or given up: with more care if the server was going
// round in circles, since larger pages and then a shorter window get out of that.
// A week without circles, and it is tried with less care again.
Cursor AfterRefusal(const Cursor& refused, UtcTime now);
// Is the window too old, or not the one that is wanted?
bool IsOutdated(const Cursor& cursor, const Window& window, const std::string& calendar,
                UtcTime now);

// Notes a page of these ids. False if the server goes round in circles: then the round is given up.
bool NotePage(const std::vector<std::string>& ids, Cursor& cursor);

// Does the link lead to the configured server? A token is never sent anywhere else.
bool IsOwnLink(const std::string& link, const std::string& graph_url);

}  // namespace kamili::sync::graph
