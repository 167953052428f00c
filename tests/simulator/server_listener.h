#pragma once

#include <openssl/ssl.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include "tests/simulator/server_certificate.h"
#include "tests/simulator/server_connection.h"

namespace kamili::simulator {

// Listens on 127.0.0.1 and serves each connection on a thread of its own. A raw server instead of
// cpprestsdk's, since faults (a cut body, a reset, silence) must really happen on the socket.
class ServerListener {
  public:
    // Port 0: a free one. Nothing if the port is taken. `certificates` null: plain HTTP.
    static std::unique_ptr<ServerListener> Open(int port, const Certificates* certificates);
    ServerListener(const ServerListener&) = delete;
    ServerListener& operator=(const ServerListener&) = delete;
    ~ServerListener();

    int port() const { return port_; }
    // Accepts until `stop_descriptor` becomes readable, then ends every connection and returns
    // when their threads are gone. `handler` is called under one mutex.
    void Run(int stop_descriptor, const ServerConnection::Handler& handler);

  private:
    struct FreeContext {
        void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
    };
    using Context = std::unique_ptr<SSL_CTX, FreeContext>;

    ServerListener(int descriptor, int port, Context context);
    static Context MakeContext(const Certificates& certificates);
    void Accept(const ServerConnection::Handler& handler);
    void EndAll();

    int descriptor_;
    int port_;
    Context context_;
    std::mutex handling_;
    std::mutex mutex_;  // of what follows
    std::set<int> open_;
    std::condition_variable all_gone_;
};

}  // namespace kamili::simulator
