#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ctl/command.h"
#include "ctl/local_time.h"

namespace kamili::ctl {

// --from, --to, --days, --calendar and --zone, as several commands have them.
struct RangeOptions {
    std::optional<std::string> from, to, zone;
    std::optional<int> days;
    std::vector<std::string> calendars;
};

// [from, to)
struct Range {
    UtcTime from{}, to{};
};

void AddZoneOption(Command command, RangeOptions& options);
void AddCalendarOption(Command command, RangeOptions& options);
// Today and the 7 days after it, unless the options say otherwise. kInvalidArgument for times that
// cannot be read and for a range that ends before it begins.
Result<Range> ParseRange(const RangeOptions& options, UtcTime now, const LocalTime& zone);

}  // namespace kamili::ctl
