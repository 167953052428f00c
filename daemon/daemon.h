#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "base/sd_loop.h"
#include "base/time.h"
#include "daemon/configuration.h"
#include "daemon/places.h"

namespace kamili::daemon {

// kamilid, assembled: configuration, state folder, transport, engine, socket, signals, watchdog.
// Loop thread only.
class Daemon {
  public:
    // Everything but the socket, which is opened in the loop once the engine knows its accounts; if
    // that fails the loop is ended and failure() says why. A store that cannot be opened is not an
    // error: the daemon is up, says why, and answers GetStatus. Errors: a state folder that is not
    // ours or is in use, a trust store that cannot be read.
    static Result<std::unique_ptr<Daemon>> Start(SdLoop& loop, Log& log, const Places& places,
                                                 Configuration configuration);
    ~Daemon();
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    // Why it ended the loop: a socket that is in use or cannot be made. Until Stop.
    std::optional<Error> failure() const;
    // Takes everything down in order; at most a running transaction is waited for.
    void Stop();

  private:
    struct Impl;
    explicit Daemon(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace kamili::daemon
