#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "model/account.h"
#include "model/ids.h"

namespace kamili::model {

// One calendar of an account, as the provider lists it, with what the user decided about it and
// where its change stream stands.
struct Calendar {
    CalendarId id;
    AccountId account_id;
    std::string remote_id;
    // From the provider's list.
    std::string name;
    std::string color;        // "#rrggbb" or empty
    std::string time_zone;    // IANA, may be empty (Microsoft does not say)
    std::string access_role;  // the provider's word, as sent ("owner", "freeBusyReader", ...)
    bool primary = false;
    bool hidden = false;
    // From the user.
    bool enabled = true;
    // From the sync engine.
    std::string cursor;  // where its change stream stands; opaque to all but sync, empty at first
    State state = State::kOk;  // survives a restart: kOk or kError
    std::string reason;
    std::optional<UtcTime> last_complete_sync;
    std::optional<UtcTime> last_attempt;
    std::int64_t listing = 0;      // number of the last full listing that was begun
    std::int64_t held_events = 0;  // kept back by the deletion guard

    friend bool operator==(const Calendar&, const Calendar&) = default;
};

}  // namespace kamili::model
