#pragma once

#include <span>
#include <string>

#include "model/event.h"

namespace kamili::formats {

// An event as iCalendar text (RFC 5545): VCALENDAR with the zones it names and a VEVENT for the
// event and each of its exceptions; lines end in CRLF and are folded at 75 bytes. Zones tell their
// clock changes up to the end of the series, for endless ones 30 years ahead. Cancelled exceptions
// become EXDATE. A series that the server expanded is its instances alone.
std::string ToICalendar(const model::Event& master, std::span<const model::Event> exceptions);

}  // namespace kamili::formats
