#pragma once

#include <cstdint>
#include <map>

#include "base/result.h"
#include "model/ids.h"
#include "storage/store.h"

namespace kamili::storage {

struct Statistics {
    std::int64_t events = 0;  // rows that a user would count: no cancelled exceptions
    std::int64_t calendars = 0;
    std::int64_t journal = 0;  // the newest number
    int schema = 0;
    std::map<model::CalendarId, std::int64_t> events_by_calendar;
};
Result<Statistics> ReadStatistics(const ReadView& view);

// Reads every page and runs SQLite's integrity check. Slow. kStoreDamaged names what is wrong.
Status VerifyStore(const ReadView& view);

}  // namespace kamili::storage
