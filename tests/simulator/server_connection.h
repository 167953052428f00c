#pragma once

#include <openssl/ssl.h>

#include <functional>
#include <optional>
#include <string>

#include "tests/simulator/simulator.h"

namespace kamili::simulator {

// One accepted connection, served until it ends: HTTP/1.1 with keep-alive, plain or under TLS.
// Blocking; a thread of its own. Shutting the descriptor down from outside ends it.
class ServerConnection {
  public:
    using Handler = std::function<SimReply(const SimRequest&)>;

    // Takes the descriptor. `tls` may be null: plain HTTP.
    ServerConnection(int descriptor, SSL_CTX* tls, Handler handler);
    ServerConnection(const ServerConnection&) = delete;
    ServerConnection& operator=(const ServerConnection&) = delete;
    ~ServerConnection();

    void Serve();

  private:
    bool Handshake();
    // More bytes into `buffer_`; false at the end of the stream.
    bool ReadMore();
    bool WriteAll(std::string_view bytes);
    std::optional<SimRequest> ReadRequest();
    std::optional<std::string> ReadBody(const SimRequest& request);
    // False when the connection is over.
    bool Answer(const SimRequest& request, SimReply reply);
    void Reset();
    void WaitForPeer();

    int descriptor_;
    SSL_CTX* tls_;
    Handler handler_;
    SSL* session_ = nullptr;
    std::string buffer_;
};

}  // namespace kamili::simulator
