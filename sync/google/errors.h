#pragma once

#include "base/result.h"
#include "base/time.h"
#include "net/http.h"

namespace kamili::sync::google {

// What a reply that is not 2xx means, by status and reason (docs/providers.md); never by its text.
Error ErrorOf(const net::Response& response, UtcTime now);

// Does it say that the item asked for is gone? A 404 of a proxy says nothing.
bool SaysGone(const net::Response& response);

}  // namespace kamili::sync::google
