#include "model/busy.h"

#include <algorithm>

namespace kamili::model {

std::vector<BusyPeriod> MergePeriods(std::vector<BusyPeriod> periods, UtcTime from, UtcTime to) {
    for (BusyPeriod& one : periods)
        one = {.start = std::max(one.start, from), .end = std::min(one.end, to)};
    std::erase_if(periods, [](const BusyPeriod& one) { return one.start >= one.end; });
    std::sort(periods.begin(), periods.end(),
              [](const BusyPeriod& a, const BusyPeriod& b) { return a.start < b.start; });
    std::vector<BusyPeriod> merged;
    for (const BusyPeriod& one : periods) {
        if (!merged.empty() && one.start <= merged.back().end)
            merged.back().end = std::max(merged.back().end, one.end);
        else
            merged.push_back(one);
    }
    return merged;
}

}  // namespace kamili::model
