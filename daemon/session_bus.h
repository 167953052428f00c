#pragma once

#include <systemd/sd-bus.h>

#include <atomic>
#include <chrono>
#include <memory>

#include "base/result.h"

namespace kamili::daemon {

// How long a conversation may last: until then, or until `stop` is set.
struct Patience {
    std::chrono::steady_clock::time_point until;
    const std::atomic<bool>& stop;
};

// One short conversation with one program on the user's session bus. Every call blocks within its
// patience, which outlives it: for a thread that may wait. Starts no program.
class SessionBus {
  public:
    struct Unref {
        void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
    };
    using Message = std::unique_ptr<sd_bus_message, Unref>;

    // kSystem when there is no bus, kTimeout, kCancelled.
    static Result<SessionBus> Open(const Patience& patience, const char* peer);

    // A method call to the peer, to be filled. Empty when memory is short: Call then fails.
    Message NewCall(const char* path, const char* interface, const char* method);
    // The answer. kSystem when the peer is not there, kKeyLocked when it says so, kNotFound for
    // an object that is gone, else kBadReply. What was sent is wiped with its message.
    Result<Message> Call(const Message& call);

  private:
    struct Close {
        void operator()(sd_bus* bus) const { sd_bus_close_unref(bus); }
    };
    SessionBus(const Patience& patience, const char* peer) : patience_(patience), peer_(peer) {}
    // The next message, or nothing after some other progress.
    Result<Message> Pump();

    Patience patience_;
    const char* peer_;
    std::unique_ptr<sd_bus, Close> bus_;
};

}  // namespace kamili::daemon
