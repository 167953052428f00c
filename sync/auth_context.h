#pragma once

#include "base/log.h"
#include "base/loop.h"
#include "base/time.h"
#include "net/transport.h"
#include "oauth/settings.h"
#include "storage/store.h"

namespace kamili::sync {

// What token and sign-in work gets from outside. All of it outlives them.
struct AuthContext {
    Loop& loop;
    const Clock& clock;
    net::Transport& transport;
    storage::Store& store;
    const oauth::ProviderSettings& settings;
    Log& log;
};

}  // namespace kamili::sync
