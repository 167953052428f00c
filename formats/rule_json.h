#pragma once

#include <nlohmann/json_fwd.hpp>

#include "model/event.h"

namespace kamili::formats {

// Adds recurrenceRules and excludedRecurrenceRules (RFC 8984 section 4.3) to `out`; gives the
// overrides that RDATE (empty patches) and EXDATE (excluded) lines become.
nlohmann::json AddRules(const model::Event& master, nlohmann::json& out);

}  // namespace kamili::formats
