#pragma once

// The code of nlohmann::json is made in one file (json_once.cc) and not in every file that uses it,
// which saves a third of the time that those take. In the precompiled header only, so that nobody
// has to include this.

#include <nlohmann/json.hpp>

extern template class nlohmann::basic_json<>;
