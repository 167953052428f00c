#pragma once

#include <chrono>
#include <optional>

#include "base/secret.h"
#include "base/time.h"

namespace kamili::sync {

// An access token with the wall-clock times that survive a restart. Pure value.
struct AccessToken {
    Secret token;
    UtcTime obtained{};
    UtcTime expires{};

    AccessToken Copy() const {
        return {.token = token.Copy(), .obtained = obtained, .expires = expires};
    }
    std::chrono::milliseconds life() const { return expires - obtained; }
    // How long it is still good by a wall clock that may have been set meanwhile: never longer than
    // its life, and nothing if the clock stands before the time it was obtained.
    std::chrono::milliseconds LifeLeft(UtcTime now) const;
};

// The vault's form: "obtained_ms expires_ms token".
Secret Pack(const AccessToken& token);
// Nothing for any other form: the token is then asked for anew.
std::optional<AccessToken> UnpackAccessToken(const Secret& stored);

}  // namespace kamili::sync
