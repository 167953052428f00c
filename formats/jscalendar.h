#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>

#include "model/event.h"

namespace kamili::formats {

// An event as a JSCalendar Event (RFC 8984): `master` is the single event or the series,
// `exceptions` the rows that replace or cancel its occurrences; they become recurrenceOverrides.
nlohmann::json ToJsCalendar(const model::Event& master, std::span<const model::Event> exceptions);

}  // namespace kamili::formats
