#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/loop.h"
#include "base/result.h"
#include "ipc/call.h"

namespace kamili::ipc {

// Limits of the socket; past them the connection is closed with a line in the log, and nobody else
// notices.
struct ServerOptions {
    std::size_t connections_max = 256;
    std::size_t call_bytes_max = 1u << 20;
    std::size_t nesting_max = 64;
    std::size_t unsent_bytes_max = 4u << 20;
    std::size_t unsent_bytes_low = 256u << 10;  // writable() again below this
    std::chrono::milliseconds half_frame_max{30'000};
    uid_t owner_uid = 0;  // this uid and root are served, others disconnected unread
};

// What org.varlink.service.GetInfo answers.
struct ServiceInfo {
    std::string vendor, product, version, url;
};

// A method table: one interface with its description (the text of the .varlink file).
struct Interface {
    std::string name;
    std::string description;
    std::map<std::string, Handler> methods;  // short names: "GetStatus"
};

// Varlink over a Unix stream socket (docs/protocol.md). Loop thread only.
class Server {
  public:
    Server(Loop& loop, Log& log, ServerOptions options, ServiceInfo info, Interface interface);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Binds `path` (folder made 0700 if missing, socket 0600). A dead socket is replaced, a living
    // one is kAlreadyRunning, anything else at that path is left alone and an error.
    Status Listen(const std::string& path);
    // Serves a listening socket that was passed in (socket activation). Takes the descriptor.
    Status Adopt(int listening_descriptor);
    // Stops accepting and closes every connection; the socket file goes if Listen made it.
    void Close();
    // Closes every connection but the one whose call this is; new clients are served.
    void CloseOthers(const Call& keep);
    std::size_t connections() const;

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace kamili::ipc
