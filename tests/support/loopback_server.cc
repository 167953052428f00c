#include "tests/support/loopback_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

#include "base/check.h"

namespace kamili::testing {
namespace {

std::size_t ContentLength(const std::string& head) {
    const std::string name = "Content-Length: ";
    const std::size_t at = head.find(name);
    return at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + name.size(), nullptr, 10);
}

}  // namespace

ServerStream::ServerStream(int descriptor, SSL_CTX* tls)
    : descriptor_(descriptor), tls_(tls ? SSL_new(tls) : nullptr) {
    if (tls_) SSL_set_fd(tls_.get(), descriptor_);
}

ServerStream::~ServerStream() {
    if (tls_ && descriptor_ >= 0) SSL_shutdown(tls_.get());
}

bool ServerStream::Accept() { return !tls_ || SSL_accept(tls_.get()) == 1; }

long ServerStream::ReadSome(char* bytes, std::size_t size) {
    if (tls_) return SSL_read(tls_.get(), bytes, static_cast<int>(size));
    return recv(descriptor_, bytes, size, 0);
}

std::optional<std::string> ServerStream::ReadRequest() {
    for (;;) {
        const std::size_t end = received_.find("\r\n\r\n");
        if (end != std::string::npos) {
            const std::size_t size = end + 4 + ContentLength(received_.substr(0, end));
            if (received_.size() >= size) {
                std::string request = received_.substr(0, size);
                received_.erase(0, size);
                return request;
            }
        }
        char bytes[4096];
        const long got = ReadSome(bytes, sizeof bytes);
        if (got <= 0) return std::nullopt;
        received_.append(bytes, static_cast<std::size_t>(got));
    }
}

bool ServerStream::Write(std::string_view bytes) {
    while (!bytes.empty()) {
        const long sent = tls_ ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                               : send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void ServerStream::Reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    descriptor_ = -1;
}

void ServerStream::WaitForEnd() {
    char bytes[4096];
    while (ReadSome(bytes, sizeof bytes) > 0) {
    }
}

LoopbackServer::LoopbackServer(Serve serve, const Identity* identity, int tls_maximum)
    : serve_(std::move(serve)) {
    // OpenSSL writes without MSG_NOSIGNAL.
    std::signal(SIGPIPE, SIG_IGN);
    if (identity) {
        tls_.reset(SSL_CTX_new(TLS_server_method()));
        SSL_CTX_use_certificate(tls_.get(), identity->certificate.get());
        SSL_CTX_use_PrivateKey(tls_.get(), identity->key.get());
        SSL_CTX_set_min_proto_version(tls_.get(), TLS1_VERSION);
        SSL_CTX_set_max_proto_version(tls_.get(), tls_maximum);
        SSL_CTX_set_alpn_select_cb(tls_.get(), &LoopbackServer::OnProtocols, this);
    }
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    KAMILI_CHECK(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    KAMILI_CHECK(listen(listener_, 64) == 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { AcceptAll(); });
}

LoopbackServer::~LoopbackServer() {
    ending_ = true;
    shutdown(listener_, SHUT_RDWR);
    {
        const std::lock_guard lock(mutex_);
        for (const int client : clients_) shutdown(client, SHUT_RDWR);
    }
    acceptor_.join();
    for (std::thread& thread : threads_) thread.join();
    close(listener_);
}

std::string LoopbackServer::Url(const std::string& path) const {
    return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port_) + path;
}

std::string LoopbackServer::offered_protocols() const {
    const std::lock_guard lock(mutex_);
    return offered_;
}

int LoopbackServer::OnProtocols(SSL*, const unsigned char** out, unsigned char* out_size,
                                const unsigned char* in, unsigned in_size, void* self) {
    auto& server = *static_cast<LoopbackServer*>(self);
    static constexpr unsigned char kHttp11[] = "http/1.1";
    const std::lock_guard lock(server.mutex_);
    server.offered_.clear();
    for (unsigned i = 0; i < in_size; i += in[i] + 1u)
        server.offered_.append(reinterpret_cast<const char*>(in) + i + 1, in[i]) += ',';
    *out = kHttp11;
    *out_size = sizeof kHttp11 - 1;
    return SSL_TLSEXT_ERR_OK;
}

void LoopbackServer::AcceptAll() {
    while (!ending_) {
        const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) continue;
        ++connections_;
        {
            const std::lock_guard lock(mutex_);
            clients_.push_back(client);
            if (ending_) shutdown(client, SHUT_RDWR);
        }
        threads_.emplace_back([this, client] { Run(client); });
    }
}

void LoopbackServer::Run(int client) {
    {
        ServerStream stream(client, tls_.get());
        if (stream.Accept()) serve_(stream);
    }
    const std::lock_guard lock(mutex_);
    std::erase(clients_, client);
    close(client);
}

std::string MakeReply(std::string_view body, std::string_view headers, std::string_view status) {
    std::string reply = "HTTP/1.1 " + std::string(status) + "\r\n" + std::string(headers);
    reply += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    return reply + std::string(body);
}

std::string Gzip(std::string_view text) {
    constexpr int kGzipWindow = 15 + 16;
    z_stream stream{};
    KAMILI_CHECK(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzipWindow, 8,
                              Z_DEFAULT_STRATEGY) == Z_OK);
    std::string packed(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    KAMILI_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
}

}  // namespace kamili::testing
