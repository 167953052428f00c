#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulator/rule.h"
#include "tests/simulator/when.h"

namespace kamili::simulator {

enum class Service { kGoogle, kMicrosoft };
enum class Answer { kNone, kNeedsAction, kAccepted, kTentative, kDeclined };
enum class Life { kConfirmed, kTentative, kCancelled };

struct Guest {
    std::string name = {};
    std::string address = {};
    Answer answer = Answer::kNone;
    bool optional = false;
    bool resource = false;
    bool self = false;
};

// A single event, a master (has `rule` or `rdates`), or what stands in place of one occurrence
// (has `series`). What the services show differently is decided where it is shown.
struct SimEvent {
    // Google: the id. Microsoft: the core that both forms of its ids are made of (graph_ids.h).
    std::string id = {};
    std::string uid = {};
    std::string series = {};  // id of the master
    std::optional<When> original = {};
    bool removed_occurrence = false;  // this occurrence does not take place; keys only
    bool deleted = false;             // a tombstone
    bool silent = false;              // a tombstone that no listing shows

    When start = {};
    When end = {};  // exclusive
    std::optional<Rule> rule = {};
    bool until_as_date = false;
    std::vector<When> rdates = {};  // Google only
    std::vector<When> exdates = {};

    std::string title = {};
    std::string description = {};
    std::string location = {};
    std::string conference = {};
    std::string visibility = {};   // "", "public", "private", "confidential"
    std::string type = "default";  // Google's eventType
    std::string color = {};
    std::string show_as = "busy";  // Microsoft's word; "free" is Google's "transparent"
    bool end_unspecified = false;
    bool own = true;       // the account is the organizer
    Guest organizer = {};  // if not own
    std::vector<Guest> guests = {};
    bool guests_omitted = false;
    Answer answer = Answer::kNone;  // the account's own
    Life life = Life::kConfirmed;
    int sequence = 0;
    UtcTime created{};
    UtcTime updated{};
    std::uint64_t change = 0;  // number of its last change, over the whole world
    // Members that a writer set and that nothing here depends on: JSON texts by name.
    std::map<std::string, std::string> kept = {};
    std::string transaction = {};  // Microsoft: the transactionId that it was made with
    int moves = 0;                 // between calendars: Outlook's classic ids tell
    int rebuilt = 0;               // Microsoft: how often its occurrences got new ids
    bool moved_away = false;       // a tombstone that tells its id alone

    bool IsSeries() const { return rule.has_value() || !rdates.empty(); }
};

struct Calendar {
    std::string id = {};  // Google: the address; Microsoft: the id
    std::string name = {};
    std::string color = {};
    std::string zone = {};
    std::string role = "owner";   // Google's accessRole; Microsoft: owner, reader
    std::string owner_name = {};  // Microsoft: of a shared one
    std::string owner_address = {};
    bool primary = false;
    bool hidden = false;
    bool deleted = false;
    std::uint64_t listed = 0;  // number of the change that its list entry shows incrementally
    std::uint64_t change = 0;  // number of the last change of its events
    std::map<std::string, SimEvent> events = {};

    SimEvent* Find(const std::string& event_id);
    const SimEvent* Find(const std::string& event_id) const;
    // The exceptions of a master, removed occurrences included, tombstones not.
    std::vector<const SimEvent*> MembersOf(const std::string& master) const;
};

struct Person {
    Service service = Service::kGoogle;
    std::string address = {};
    std::string name = {};
    std::string object_id = {};  // Microsoft: oid
    std::string tenant = {};     // Microsoft: tid
    std::vector<std::unique_ptr<Calendar>> calendars = {};
    std::uint64_t cursors_dead_before = 0;  // change number: older tokens are refused

    Calendar* Find(const std::string& calendar_id) const;  // deleted ones are not found
    Calendar& Primary() const;
};

// What is in all accounts, and the one counter that numbers its changes.
struct World {
    std::vector<std::unique_ptr<Person>> people;
    std::uint64_t changes = 0;

    // "google", "microsoft" (the first person there) or an address.
    Person* Find(const std::string& account) const;
    // Stores a row as changed now. The row's times and change number are set.
    SimEvent& Put(Calendar& calendar, SimEvent event, UtcTime now);
    // Leaves a tombstone, also for the exceptions of a series.
    void Delete(Calendar& calendar, const std::string& event_id, UtcTime now);
    // To another calendar of the same person, with its exceptions, under the same id; a tombstone
    // stays behind. The row there.
    SimEvent& Move(Calendar& from, const std::string& event_id, Calendar& to, UtcTime now);
    void RemoveCalendar(Calendar& calendar);

  private:
    void Bury(Calendar& calendar, SimEvent& event, UtcTime now);
};

inline constexpr char kPersonalTenant[] = "9188040d-6c67-4c5b-b112-36a304b66dad";

// The seeded world: two accounts of one Ada with about `events` rows between them, and a second,
// small account at each service. Times lie from 60 days before to 300 days after `now`.
World MakeWorld(std::uint64_t seed, std::size_t events, UtcTime now);

// The id of what stands in for an occurrence: it follows from the master and the original start.
std::string OccurrenceId(Service service, const SimEvent& master, const When& original);

}  // namespace kamili::simulator
