#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "ctl/session.h"

namespace kamili::ctl {

// One sign-in with a device code, from BeginSignIn to the account: shows where to enter which code,
// with a QR code of the address on a terminal, and waits. `request` holds the parameters of
// BeginSignIn. Answers the account. Errors: what the daemon says; kCancelled after Ctrl-C, which
// cancels it in the daemon too. Without `timeout` it waits as long as the code is good.
Result<nlohmann::json> DeviceSignIn(Session& session, nlohmann::json request,
                                    std::optional<std::chrono::seconds> timeout);

}  // namespace kamili::ctl
