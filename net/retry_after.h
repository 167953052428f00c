#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/time.h"
#include "net/http.h"

namespace kamili::net {

inline constexpr std::chrono::hours kRetryAfterMax{24};

// Reads a Retry-After value (RFC 9110, section 10.2.3): seconds, also decimal as Microsoft sends
// them, or an HTTP date in any of its three forms. A date before `now` gives zero; anything above
// kRetryAfterMax is cut to it. Nothing if the text is neither form.
std::optional<std::chrono::milliseconds> ParseRetryAfter(std::string_view value, UtcTime now);

// The same from a response's header, if it has one that can be read.
std::optional<std::chrono::milliseconds> RetryAfter(const Response& response, UtcTime now);

}  // namespace kamili::net
