#include "tests/simulator/mails.h"

#include <algorithm>

#include "tests/simulator/graph_ids.h"

namespace kamili::simulator {
namespace {

bool Has(const std::vector<Guest>& guests, const std::string& address) {
    return std::any_of(guests.begin(), guests.end(),
                       [&](const Guest& guest) { return guest.address == address; });
}

}  // namespace

std::vector<Guest> Missing(const std::vector<Guest>& from, const std::vector<Guest>& in) {
    std::vector<Guest> missing;
    for (const Guest& guest : from)
        if (!guest.self && !guest.resource && !Has(in, guest.address)) missing.push_back(guest);
    return missing;
}

void Record(State& state, const Person& person, const SimEvent& event, const std::string& kind,
            const std::vector<Guest>& to, const std::string& comment) {
    for (const Guest& guest : to)
        state.mails.push_back(
            {person.address, kind, guest.address, RemoteId(person.service, event), comment});
}

void RecordChange(State& state, const Person& person, const SimEvent& before, const SimEvent& after,
                  bool others) {
    const auto added = Missing(after.guests, before.guests);
    Record(state, person, after, "invitation", added);
    Record(state, person, after, "cancellation", Missing(before.guests, after.guests));
    if (others) Record(state, person, after, "update", Missing(after.guests, added));
}

}  // namespace kamili::simulator
