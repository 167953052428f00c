#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>

#include "ctl/session.h"
#include "oauth/redirect_listener.h"

namespace kamili::ctl {

struct SignInOptions {
    bool browser = true;  // try to open it
    std::chrono::milliseconds timeout = std::chrono::minutes(10);
    std::chrono::milliseconds tick{200};  // how often typing and Ctrl-C are looked at
};

// One sign-in from BeginSignIn to the account: shows or opens the address, waits for the redirect
// or for the final address pasted on a terminal, and lets the browser's page say how it went.
// `request` holds the parameters of BeginSignIn but for redirect_uri. Answers the account. Errors:
// what the daemon says, kTimeout, kCancelled; the sign-in is then cancelled in the daemon too.
Result<nlohmann::json> SignIn(Session& session, oauth::RedirectListener& listener,
                              nlohmann::json request, const SignInOptions& options);

}  // namespace kamili::ctl
