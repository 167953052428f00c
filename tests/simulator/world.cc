#include "tests/simulator/world.h"

#include "tests/simulator/dice.h"

namespace kamili::simulator {

SimEvent* Calendar::Find(const std::string& event_id) {
    const auto found = events.find(event_id);
    return found == events.end() ? nullptr : &found->second;
}

const SimEvent* Calendar::Find(const std::string& event_id) const {
    const auto found = events.find(event_id);
    return found == events.end() ? nullptr : &found->second;
}

std::vector<const SimEvent*> Calendar::MembersOf(const std::string& master) const {
    std::vector<const SimEvent*> members;
    // Occurrence ids begin with the master's id, so they follow it in the map.
    for (auto at = events.upper_bound(master); at != events.end(); ++at) {
        if (at->first.compare(0, master.size(), master) != 0) break;
        if (at->second.series == master && !at->second.deleted) members.push_back(&at->second);
    }
    return members;
}

Calendar* Person::Find(const std::string& calendar_id) const {
    for (const auto& calendar : calendars)
        if (calendar->id == calendar_id && !calendar->deleted) return calendar.get();
    return nullptr;
}

Calendar& Person::Primary() const {
    for (const auto& calendar : calendars)
        if (calendar->primary) return *calendar;
    return *calendars.front();
}

Person* World::Find(const std::string& account) const {
    for (const auto& person : people) {
        if (person->address == account) return person.get();
        if (account == "google" && person->service == Service::kGoogle) return person.get();
        if (account == "microsoft" && person->service == Service::kMicrosoft) return person.get();
    }
    return nullptr;
}

SimEvent& World::Put(Calendar& calendar, SimEvent event, UtcTime now) {
    event.deleted = false;
    event.silent = false;
    event.moved_away = false;
    event.updated = now;
    if (event.created == UtcTime{}) event.created = now;
    event.change = calendar.change = ++changes;
    SimEvent& stored = calendar.events[event.id];
    stored = std::move(event);
    return stored;
}

void World::Bury(Calendar& calendar, SimEvent& event, UtcTime now) {
    event.deleted = true;
    event.updated = now;
    event.change = calendar.change = ++changes;
}

void World::Delete(Calendar& calendar, const std::string& event_id, UtcTime now) {
    SimEvent* event = calendar.Find(event_id);
    if (event == nullptr || event->deleted) return;
    for (const SimEvent* member : calendar.MembersOf(event_id)) {
        SimEvent* exception = calendar.Find(member->id);
        Bury(calendar, *exception, now);
        // Whether the exceptions of a deleted series are listed too is not documented: some are.
        exception->silent = HashText(exception->id) % 2 == 0;
    }
    Bury(calendar, *event, now);
}

SimEvent& World::Move(Calendar& from, const std::string& event_id, Calendar& to, UtcTime now) {
    const auto carry = [&](const std::string& id, bool silent) {
        SimEvent* old = from.Find(id);
        SimEvent copy = *old;
        copy.moves += 1;
        Bury(from, *old, now);
        old->silent = silent;
        old->moved_away = true;
        return &Put(to, std::move(copy), now);
    };
    for (const SimEvent* member : from.MembersOf(event_id)) carry(std::string(member->id), true);
    return *carry(event_id, false);
}

void World::RemoveCalendar(Calendar& calendar) {
    calendar.deleted = true;
    calendar.listed = ++changes;
}

std::string OccurrenceId(Service service, const SimEvent& master, const When& original) {
    if (service == Service::kMicrosoft) {
        const std::string core = master.id + "." + CompactDate(original.wall);
        return master.rebuilt == 0 ? core
                                   : core + static_cast<char>('a' + (master.rebuilt - 1) % 26);
    }
    if (original.all_day) return master.id + "_" + CompactDate(original.wall);
    return master.id + "_" + CompactUtc(ToUtc(original));
}

}  // namespace kamili::simulator
