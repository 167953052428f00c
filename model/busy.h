#pragma once

#include <vector>

#include "base/time.h"

namespace kamili::model {

struct BusyPeriod {
    UtcTime start{};
    UtcTime end{};
    friend bool operator==(const BusyPeriod&, const BusyPeriod&) = default;
};

// The periods within [from, to), ascending, those that touch as one, cut at the bounds. What lasts
// no time does not count. All-day dates have been made times: midnights in the asker's zone.
std::vector<BusyPeriod> MergePeriods(std::vector<BusyPeriod> periods, UtcTime from, UtcTime to);

}  // namespace kamili::model
