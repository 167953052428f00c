#pragma once

#include <string>

#include "tests/simulator/web.h"

namespace kamili::simulator {

// Is every member of `value` known to the table of tests/golden/google-schema.json, and of the
// right type? Empty if so, else the first place where it is not.
std::string CheckGoogle(const Json& types, const std::string& type, const Json& value);

// A JSON Schema (the keywords that tests/golden/graph-schema.json uses). Empty if `value` fits.
std::string CheckSchema(const Json& root, const Json& schema, const Json& value);

}  // namespace kamili::simulator
