#pragma once

#include <string>

#include "base/time.h"
#include "formats/ical_text.h"

namespace kamili::formats {

// The TZID of a zone: its IANA name, or "UTC+0530" for a fixed offset.
std::string ZoneTextId(const std::string& zone);
// A VTIMEZONE with the clock changes from a year before `from` to `to`. Nothing for UTC and unknown
// zones.
void AddTimeZone(ICalText& out, const std::string& zone, UtcTime from, UtcTime to);

}  // namespace kamili::formats
