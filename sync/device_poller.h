#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "base/subscription.h"
#include "base/time.h"
#include "net/http.h"
#include "sync/auth_context.h"

namespace kamili::sync {

// Asks Microsoft's token endpoint until the user has decided about a device code (RFC 8628, 3.4):
// never sooner than the interval allows, more slowly when it is told to and while the endpoint is
// in trouble. It has no end of its own: whoever holds it knows when the code expires. Held by
// SignInFlow; loop thread only.
class DevicePoller : public std::enable_shared_from_this<DevicePoller> {
  public:
    // The endpoint's decision, or an error that does not pass; `sent` is when it was asked for.
    using Done = UniqueFunction<void(Result<net::Response> response, Instant sent)>;

    // The code was issued now.
    DevicePoller(const AuthContext& context, std::string authority, Secret device_code,
                 std::chrono::seconds interval);

    // `done` runs later, once.
    void Start(Done done);
    // Nothing is called any more.
    void Stop();

  private:
    void Wait(Instant until);
    void Ask();
    void OnReply(Result<net::Response> response, Instant sent);
    // The next wait after a fault: longer each time.
    std::chrono::nanoseconds Patience();

    AuthContext context_;
    std::string authority_;
    Secret device_code_;
    std::chrono::nanoseconds interval_;
    Instant issued_;
    int faults_ = 0;
    Done done_;
    Subscription waiting_;  // for the time or for the reply
};

}  // namespace kamili::sync
