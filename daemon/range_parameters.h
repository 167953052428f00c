#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

#include "daemon/methods.h"
#include "daemon/parameters.h"
#include "model/occurrence.h"
#include "model/zone.h"

namespace kamili::daemon {

// What ListOccurrences and FreeBusy are asked for.
struct RangeQuestion {
    UtcTime from;
    UtcTime to;
    model::Zone zone = model::Zone::Utc();
    std::vector<model::CalendarId> calendars;

    model::TimeRange Times() const { return model::TimeRange::Of(from, to, zone); }
};

// Reads it and answers the call itself if something is wrong: nothing then.
std::optional<RangeQuestion> ReadRange(Engine& engine, const CallPointer& call);

// The part of an answer from these calendars that says how fresh and how whole it is.
nlohmann::json Freshness(const Context& context, const std::vector<model::CalendarId>& wanted);

}  // namespace kamili::daemon
