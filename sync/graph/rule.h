#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "model/event_time.h"

namespace kamili::sync::graph {

// The RRULE line of a patternedRecurrence for a series that starts at `start` (its zone decides
// what the last date means). Nothing for a pattern or range that is not understood whole: half a
// rule would show meetings that do not take place.
std::optional<std::string> RuleOf(const nlohmann::json& recurrence, const model::EventTime& start);

}  // namespace kamili::sync::graph
