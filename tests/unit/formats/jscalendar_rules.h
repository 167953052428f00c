#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace kamili::formats::test {

// What a JSCalendar Event breaks of RFC 8984, one line each; empty when it is well formed.
// Knows the properties that Kamili writes; any other one is a line too.
std::vector<std::string> BrokenRules(const nlohmann::json& event);

}  // namespace kamili::formats::test
