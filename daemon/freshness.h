#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/ids.h"
#include "sync/driver.h"

namespace kamili::daemon {

// A calendar whose rows may be out of date or incomplete, and why.
struct StaleCalendar {
    model::CalendarId calendar;  // invalid: a whole account that was never listed
    model::AccountId account;
    model::State state = model::State::kOk;
    std::string reason;
    std::optional<UtcTime> last_complete_sync;
};

// How fresh and how whole an answer from these calendars is at `now`. A calendar is stale when it
// has never been listed whole, when it or its account is in trouble, when rows are held back by
// the deletion guard, or when its last complete sync is older than three intervals. `wanted` empty
// means all that are enabled; one that is named is reported even when it is disabled.
std::vector<StaleCalendar> FindStale(const std::vector<sync::AccountStatus>& accounts,
                                     const std::vector<sync::CalendarStatus>& calendars,
                                     const std::vector<model::CalendarId>& wanted,
                                     std::chrono::milliseconds interval, UtcTime now);

// The part of an answer that says so: as_of, complete, stale.
nlohmann::json FreshnessJson(const std::vector<StaleCalendar>& stale, UtcTime now);

}  // namespace kamili::daemon
