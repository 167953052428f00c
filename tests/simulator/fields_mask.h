#pragma once

#include <optional>
#include <string>

#include "tests/simulator/web.h"

namespace kamili::simulator {

// Google's partial responses: "kind,items(id,start/dateTime)" keeps only what it names, through
// arrays as through objects; "*" is everything. Nothing for a mask that cannot be read.
std::optional<Json> ApplyFields(const Json& body, const std::string& mask);

}  // namespace kamili::simulator
