#pragma once

#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "ctl/local_time.h"

namespace kamili::ctl {

// Reads a time as people write it: YYYY-MM-DD, an RFC 3339 time, today, tomorrow, yesterday, now, a
// weekday (fri, friday: today or the next one) or +3d. Days mean their first instant in `zone`.
// kInvalidArgument for anything else.
Result<UtcTime> ParseWhen(std::string_view text, UtcTime now, const LocalTime& zone);

}  // namespace kamili::ctl
