#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/random.h"
#include "base/result.h"
#include "oauth/authorization.h"

namespace kamili::oauth {

struct RedirectListenerOptions {
    std::chrono::milliseconds hold_max{30'000};  // how long the browser waits for Finish
};

// Waits on a loopback port for the one redirect of a sign-in and shows a small page at the end. In
// kamilictl only: it brings cpprestsdk with a small pool. Survives favicon requests and connections
// that say nothing; takes the first GET of "/" that carries `state`.
class RedirectListener {
  public:
    // Chooses a port and retries until one is free. Binds 127.0.0.1, and ::1 where there is one.
    static Result<std::unique_ptr<RedirectListener>> Open(Random& random,
                                                          RedirectListenerOptions options = {});
    virtual ~RedirectListener() = default;

    // "http://127.0.0.1:40123/" (Google) or "http://localhost:40123/" (Microsoft).
    virtual std::string RedirectUri(model::Provider provider) const = 0;
    // The redirect's parameters if it came within `wait`, else kTimeout. May be called repeatedly;
    // after Finish it waits for another one.
    virtual Result<RedirectParameters> Wait(std::chrono::milliseconds wait) = 0;
    // What the browser is told once the outcome is known; the page waits for it, at most 30 s.
    virtual void Finish(bool succeeded, const std::string& message) = 0;
};

}  // namespace kamili::oauth
