#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "model/event.h"
#include "model/ids.h"

namespace kamili::model {

// What decides whether two occurrences are the same meeting, and which of them stands for it.
struct Sighting {
    std::string_view uid;
    // The original start, the start for a single event: an instant, or the midnight of a date as if
    // it were UTC.
    bool all_day = false;
    std::int64_t original_ms = 0;
    Response response = Response::kNone;
    AccountId account;
    EventId event;
};

// One row of an answer: places in the list that was given.
struct Meeting {
    std::size_t chosen = 0;
    std::vector<std::size_t> others;  // what else it was merged from, by account
};

// The same meeting seen through two accounts is one: same iCalendar UID and same original start.
// The chosen one is that of the account where the user is organizer or has answered, else of the
// oldest one (smallest id). Rows of one account are never merged with each other, rows without a
// UID with nothing. In no order.
std::vector<Meeting> MergeSightings(std::span<const Sighting> sightings);

}  // namespace kamili::model
