#pragma once

#include "base/executor.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/random.h"
#include "base/time.h"
#include "net/transport.h"
#include "storage/store.h"
#include "sync/providers.h"
#include "sync/token_service.h"

namespace kamili::sync {

// What passes work with; outlives every one of them.
struct PassContext {
    Loop& loop;
    const Clock& clock;
    Random& random;
    net::Transport& transport;
    storage::Store& store;
    TokenService& tokens;
    const Providers& providers;
    Executor& reader;  // where long replies are read
    Log& log;
    bool held = false;  // no pass may begin now
};

}  // namespace kamili::sync
