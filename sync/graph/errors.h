#pragma once

#include "base/result.h"
#include "base/time.h"
#include "net/http.h"

namespace kamili::sync::graph {

// What a reply that is not 2xx means, by status and code (docs/providers.md); never by its text.
Error ErrorOf(const net::Response& response, UtcTime now);

// Does it say that the item asked for is gone? A 404 of a proxy, or of a person without a mailbox,
// does not.
bool SaysGone(const net::Response& response);
// Does it say that the id itself cannot be read? Then there is nothing to ask for.
bool SaysBadId(const net::Response& response);

}  // namespace kamili::sync::graph
