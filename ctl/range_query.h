#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "ctl/range.h"
#include "ctl/session.h"

namespace kamili::ctl {

// The answer of ListOccurrences for [from, to), all its parts as one.
Result<nlohmann::json> AskOccurrences(Session& session, const Range& range, const LocalTime& zone,
                                      const std::vector<std::string>& calendars);

}  // namespace kamili::ctl
