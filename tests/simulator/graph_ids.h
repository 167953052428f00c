#pragma once

#include <optional>
#include <string>

#include "tests/simulator/world.h"

namespace kamili::simulator {

// The two forms of one Outlook item id. The immutable one is given to who asks for it with
// Prefer: IdType="ImmutableId"; both are understood in paths.
enum class IdForm { kClassic, kImmutable };

// `core` is SimEvent::id: 24 characters, and ".YYYYMMDD" for an occurrence, with a letter behind
// if it was rebuilt. `moves`: between calendars, each of which changes the classic form.
std::string GraphId(const std::string& core, IdForm form, int moves = 0);
// Nothing for an id that is damaged. Case matters.
std::optional<std::string> CoreOfGraphId(const std::string& id);
// The core's id of a classic form says how often the event had moved; the immutable one does not.
std::optional<int> MovesOfGraphId(const std::string& id);
// As it stands in a master's cancelledOccurrences: OID.{master}.{yyyy-MM-dd}.
std::string OccurrenceOid(const std::string& master_id, const When& original);

// What a puller that asks for immutable ids knows an event by.
std::string RemoteId(Service service, const SimEvent& event);

}  // namespace kamili::simulator
