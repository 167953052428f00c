#pragma once

#include <optional>
#include <set>

#include "tests/simulator/web.h"
#include "tests/simulator/world.h"

namespace kamili::simulator {

// What a write says besides its body.
struct GoogleWriteOptions {
    bool conference = false;   // conferenceDataVersion=1
    bool attachments = false;  // supportsAttachments=true
};

// Puts a whole event resource in place of what the event says; members that are absent are
// cleared, and those that only the service sets are ignored. A refusal if it cannot be read.
std::optional<SimReply> ReadGoogleEvent(const Json& whole, const GoogleWriteOptions& options,
                                        const Person& person, const Calendar& calendar,
                                        SimEvent& event);
// The list of a body that has attendeesOmitted: the account's own entry alone counts.
void AnswerForSelf(const Json& body, const Person& person, SimEvent& event);

// The members in which two resources differ, those apart that every write changes.
std::set<std::string> ChangedMembers(const Json& before, const Json& after);

}  // namespace kamili::simulator
