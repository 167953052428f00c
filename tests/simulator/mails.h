#pragma once

#include "tests/simulator/state.h"

namespace kamili::simulator {

// The guests of one list who are not in another, by address; without the account and rooms.
std::vector<Guest> Missing(const std::vector<Guest>& from, const std::vector<Guest>& in);

// Writes down that each of them would have got a mail about the event.
void Record(State& state, const Person& person, const SimEvent& event, const std::string& kind,
            const std::vector<Guest>& to, const std::string& comment = "");

// What an organizer's change mails: invitations to the new guests, cancellations to those who are
// gone and, if `others` have something to know, updates to the rest.
void RecordChange(State& state, const Person& person, const SimEvent& before, const SimEvent& after,
                  bool others);

}  // namespace kamili::simulator
