#pragma once

#include "base/id.h"

namespace kamili::model {

struct AccountTag {
    static constexpr char kPrefix = 'a';
};
struct CalendarTag {
    static constexpr char kPrefix = 'c';
};
struct EventTag {
    static constexpr char kPrefix = 'e';
};

using AccountId = Id<AccountTag>;
using CalendarId = Id<CalendarTag>;
using EventId = Id<EventTag>;

}  // namespace kamili::model
