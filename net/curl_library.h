#pragma once

#include "base/result.h"

namespace kamili::net {

// Starts libcurl once for the process, with an allocator that wipes what curl gives back: requests
// with their tokens, receive buffers with replies. What OpenSSL and nghttp2 allocate themselves is
// out of its reach. Call before other threads use libcurl.
Status StartCurl();

}  // namespace kamili::net
