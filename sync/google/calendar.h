#pragma once

#include <nlohmann/json_fwd.hpp>

#include "sync/provider.h"

namespace kamili::sync::google {

// The entries of one page of calendarList: `calendars`, `removed`, and `complete` is false if the
// page cannot prove that a calendar it lacks is gone.
CalendarPage ReadCalendarList(const nlohmann::json& body);

}  // namespace kamili::sync::google
