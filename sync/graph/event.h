#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "model/account.h"
#include "model/event.h"
#include "sync/provider.h"

namespace kamili::sync::graph {

// A single event, or the exception of a series when `master` is given: its zone and UID are the
// master's. Nothing for an item without an id.
std::optional<model::Event> ReadEvent(const nlohmann::json& item, const model::Account& account,
                                      const model::Event* master);

// A series master with its exceptions and cancelled occurrences, if the item has them.
std::optional<RemoteChange> ReadSeries(const nlohmann::json& item, const model::Account& account);

// Did the item tell all that the series consists of, and could it be read? If not, expanding its
// rule would show occurrences that do not take place.
bool AreMembersWhole(const nlohmann::json& item, const RemoteChange& series);

// Is the item the master of a series?
bool IsSeriesMaster(const nlohmann::json& item);

// Can this master be expanded here: is its zone known and its pattern understood?
bool IsExpandable(const model::Event& master);

}  // namespace kamili::sync::graph
