#pragma once

#include <curl/curl.h>

#include "base/error.h"

namespace kamili::net {

// What to make of a transfer that curl ended with `code`. `answered` is whether the reply's header
// has come: after it, a connection that breaks has truncated the body.
Error ToError(CURLcode code, bool answered);

}  // namespace kamili::net
