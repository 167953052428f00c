#pragma once

#include <cstdint>
#include <string_view>

#include "base/time.h"
#include "model/ids.h"

namespace kamili::model {

enum class ChangeKind { kAdded, kChanged, kRemoved };
std::string_view Text(ChangeKind kind);  // "added", "changed", "removed"

// One entry of the journal. Numbers grow by one and are never given out again.
struct Change {
    std::int64_t number = 0;
    ChangeKind kind = ChangeKind::kAdded;
    EventId event_id;
    CalendarId calendar_id;
    UtcTime time{};

    friend bool operator==(const Change&, const Change&) = default;
};

}  // namespace kamili::model
