#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/support/test_certificates.h"

namespace kamili::testing {

// One connection as a server that may misbehave sees it.
class ServerStream {
  public:
    ServerStream(int descriptor, SSL_CTX* tls);
    ~ServerStream();
    ServerStream(const ServerStream&) = delete;
    ServerStream& operator=(const ServerStream&) = delete;

    bool Accept();
    // The next request: its head, a blank line, and as much body as Content-Length says. Nothing
    // when the client has gone.
    std::optional<std::string> ReadRequest();
    // False when the client has gone.
    bool Write(std::string_view bytes);
    // Ends with a TCP reset.
    void Reset();
    // Blocks until the client, or the server's end, closes.
    void WaitForEnd();

  private:
    long ReadSome(char* bytes, std::size_t size);

    int descriptor_;
    std::unique_ptr<SSL, FreeWith<SSL_free>> tls_;
    std::string received_;
};

// An HTTP/1.1 server on 127.0.0.1, a thread for each connection. `serve` is called for each and
// writes whatever bytes it wants to. With an identity it speaks TLS, of at most the version given.
class LoopbackServer {
  public:
    using Serve = std::function<void(ServerStream&)>;

    explicit LoopbackServer(Serve serve, const Identity* identity = nullptr,
                            int tls_maximum = TLS1_3_VERSION);
    ~LoopbackServer();

    int port() const { return port_; }
    // "http(s)://127.0.0.1:PORT" and the path.
    std::string Url(const std::string& path = "/") const;
    int connections() const { return connections_; }
    // What the last TLS client offered in ALPN, each protocol followed by a comma.
    std::string offered_protocols() const;

  private:
    static int OnProtocols(SSL*, const unsigned char** out, unsigned char* out_size,
                           const unsigned char* in, unsigned in_size, void* self);
    void AcceptAll();
    void Run(int client);

    Serve serve_;
    std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>> tls_;
    int listener_ = -1;
    int port_ = 0;
    std::atomic<int> connections_{0};
    std::atomic<bool> ending_{false};
    mutable std::mutex mutex_;
    std::string offered_;               // guarded by mutex_
    std::vector<int> clients_;          // guarded by mutex_
    std::vector<std::thread> threads_;  // of the accepting thread, until it ends
    std::thread acceptor_;
};

// "HTTP/1.1 200 OK", the headers, Content-Length and the body.
std::string MakeReply(std::string_view body, std::string_view headers = "",
                      std::string_view status = "200 OK");
std::string Gzip(std::string_view text);

}  // namespace kamili::testing
