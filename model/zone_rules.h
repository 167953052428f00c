#pragma once

#include <cctz/time_zone.h>

#include <optional>
#include <string>
#include <string_view>

namespace kamili::model {

// The rules that the bytes of a zone file say; nothing if they are not whole. cctz keeps all that
// it has ever loaded, by name, until the process ends, so this is for files that are new or have
// changed. `name` is for people. Any thread.
std::optional<cctz::time_zone> RulesOf(std::string_view name, const std::string& file);

}  // namespace kamili::model
