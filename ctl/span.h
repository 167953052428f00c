#pragma once

#include <chrono>
#include <string>

#include "base/time.h"

namespace kamili::ctl {

// How long, roughly: "45 s", "90 min", "3 h", "2 days". Rounded down.
std::string Span(std::chrono::milliseconds length);
// How long to the minute: "1 h 30 min", "2 days 3 h 5 min".
std::string ExactSpan(std::chrono::milliseconds length);
// "just now", "2 min ago"; a time ahead of `now` counts as just now (clocks differ).
std::string Ago(UtcTime then, UtcTime now);
// "now", "in 25 min"; rounded up to the minute so that "in 0 min" is never said.
std::string Until(UtcTime then, UtcTime now);

}  // namespace kamili::ctl
