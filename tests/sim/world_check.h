#pragma once

#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <vector>

#include "model/event.h"
#include "storage/view.h"
#include "tests/sim/engine.h"

namespace kamili::testing {

// A stored row in the words of the simulator's `world`.
nlohmann::json DescribeEvent(const model::Event& event);

// What the store must hold of an account by now, as the simulator tells it.
nlohmann::json WorldNow(Engine& engine, const model::Account& account, const std::string& name);
// "CALENDAR ID" of every row of an account.
std::set<std::string> StoredIds(Engine& engine, model::AccountId account);

// Where the store and the provider's world differ, a line for each; none is what is wanted.
// `name` is the account's for the simulator, "google" or an address. What left Microsoft's window
// may stay, as it is by now. Under free/busy access titles are not compared.
std::vector<std::string> DifferencesFromWorld(Engine& engine, const model::Account& account,
                                              const std::string& name);
// Is the journal, replayed from zero, exactly the rows that a user would count?
std::vector<std::string> JournalFaults(Engine& engine);
// Lines of the log and reasons in the status that hold a token, an address or a title.
std::vector<std::string> Leaks(Engine& engine);

// The account of that address, or of that provider's first one.
model::Account AccountNamed(Engine& engine, const std::string& name);

}  // namespace kamili::testing
