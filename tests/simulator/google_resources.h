#pragma once

#include "tests/simulator/web.h"
#include "tests/simulator/world.h"

namespace kamili::simulator {

// How much of an event its reader may see.
enum class GoogleView {
    kFull,
    kFreeBusy,  // the slot only: role freeBusyReader, or the scope calendar.events.freebusy
    kSparse,    // of what is cancelled: id and status, as increments often have it
};

// The resources of the Calendar API.
Json GoogleEvent(const Person& person, const SimEvent& event, GoogleView view);
Json GoogleCalendar(const Calendar& calendar);
// The etag of that resource, in its quotes.
std::string GoogleEtag(const SimEvent& event);
// An occurrence as events.instances shows it.
Json GoogleInstance(const Person& person, const SimEvent& master, const When& start,
                    GoogleView view);
Json GoogleTime(const When& when);
std::vector<std::string> GoogleRecurrence(const SimEvent& event);
std::string QuotedEtag(std::uint64_t number);

// Calendar's own error shape, and the newer front end's (with `status`).
SimReply GoogleError(int code, const std::string& domain, const std::string& reason,
                     const std::string& message, const std::string& location = "");

}  // namespace kamili::simulator
