#pragma once

#include <optional>
#include <string>

#include "net/http.h"

namespace kamili::sync {

// The claims that a 401 of Microsoft asks for (continuous access evaluation): JSON, to be sent
// along to the token endpoint. Nothing if no WWW-Authenticate header carries readable ones of at
// most 4 KiB.
std::optional<std::string> ClaimsIn(const net::Response& response);

}  // namespace kamili::sync
