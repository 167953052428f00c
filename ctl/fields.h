#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/time.h"

namespace kamili::ctl {

// Reads a field of an answer without trusting its shape: what is absent, null or of another type
// reads as empty. Fields are only ever added, so an older client must not stumble.
std::string TextField(const nlohmann::json& object, const char* name);
std::int64_t NumberField(const nlohmann::json& object, const char* name);
bool FlagField(const nlohmann::json& object, const char* name);
// An RFC 3339 time.
std::optional<UtcTime> TimeField(const nlohmann::json& object, const char* name);
// A list; the empty one if there is none.
const nlohmann::json& ListField(const nlohmann::json& object, const char* name);
// An object; the empty one if there is none.
const nlohmann::json& ObjectField(const nlohmann::json& object, const char* name);

}  // namespace kamili::ctl
