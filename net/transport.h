#pragma once

#include "base/result.h"
#include "base/subscription.h"
#include "base/unique_function.h"
#include "net/http.h"

namespace kamili::net {

// Carries requests out. The real one is CurlTransport; tests bring one that answers from a world of
// their own. Loop thread only.
class Transport {
  public:
    using Done = UniqueFunction<void(Result<Response>)>;

    virtual ~Transport() = default;
    // Calls `done` once, later (never from inside Send), with the reply of whatever status or with
    // kOffline, kTimeout, kUntrusted, kBadReply or kRejected (a URL that may not be asked).
    // Dropping the subscription cancels the exchange; `done` is then not called.
    // No redirect is followed, no cookie kept, nothing retried.
    virtual Subscription Send(Request request, Done done) = 0;
};

}  // namespace kamili::net
