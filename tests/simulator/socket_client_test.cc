#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include "tests/simulator/socket_client.h"

namespace kamili::simulator {
namespace {

struct FreeAll {
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
    void operator()(SSL* session) const noexcept { SSL_free(session); }
    void operator()(BIO* memory) const noexcept { BIO_free_all(memory); }
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};
template <typename T>
using Owned = std::unique_ptr<T, FreeAll>;

class Socket {
  public:
    Socket(int port, int patience_ms)
        : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const timeval patience{.tv_sec = patience_ms / 1000, .tv_usec = patience_ms % 1000 * 1000};
        setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ =
            connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() { close(descriptor_); }

    bool connected() const { return connected_; }

    // False if the server's certificate is not signed by that authority or for another name.
    bool StartTls(const std::string& ca_pem) {
        context_.reset(SSL_CTX_new(TLS_client_method()));
        const Owned<BIO> memory(BIO_new_mem_buf(ca_pem.data(), int(ca_pem.size())));
        const Owned<X509> ca(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), ca.get());
        SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
        session_.reset(SSL_new(context_.get()));
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session_.get()), "127.0.0.1");
        return SSL_set_fd(session_.get(), descriptor_) == 1 && SSL_connect(session_.get()) == 1;
    }
    void Write(const std::string& text) {
        if (session_)
            SSL_write(session_.get(), text.data(), int(text.size()));
        else
            send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
    }
    // More bytes appended; else why not.
    Exchange::End Read(std::string& into) {
        std::array<char, 16384> bytes{};
        errno = 0;
        const auto size =
            session_
                ? static_cast<ssize_t>(SSL_read(session_.get(), bytes.data(), int(bytes.size())))
                : recv(descriptor_, bytes.data(), bytes.size(), 0);
        if (size > 0) into.append(bytes.data(), static_cast<std::size_t>(size));
        if (size > 0) return Exchange::End::kComplete;
        if (errno == ECONNRESET) return Exchange::End::kReset;
        return errno == EAGAIN ? Exchange::End::kSilence : Exchange::End::kCut;
    }

  private:
    int descriptor_;
    bool connected_ = false;
    Owned<SSL_CTX> context_;
    Owned<SSL> session_;
};

std::size_t LengthIn(const std::string& head) {
    const std::string name = "Content-Length: ";
    const std::size_t at = head.find(name);
    return at == std::string::npos ? 0
                                   : static_cast<std::size_t>(std::strtoul(
                                         head.c_str() + at + name.size(), nullptr, 10));
}

Exchange Once(Socket& socket, const std::string& request) {
    Exchange exchange;
    socket.Write(request);
    std::string all;
    while (true) {
        const std::size_t end = all.find("\r\n\r\n");
        if (end != std::string::npos) {
            exchange.head = all.substr(0, end);
            exchange.status = std::atoi(exchange.head.c_str() + 9);
            exchange.body = all.substr(end + 4);
            if (exchange.body.size() >= LengthIn(exchange.head)) break;
        }
        exchange.end = socket.Read(all);
        if (exchange.end != Exchange::End::kComplete) return exchange;
    }
    exchange.end = Exchange::End::kComplete;
    return exchange;
}

}  // namespace

std::string GetRequest(const std::string& target, const std::string& headers) {
    return "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers + "\r\n";
}

Exchange Ask(int port, const std::string& ca_pem, const std::string& request, int patience_ms,
             int repeat) {
    Socket socket(port, patience_ms);
    Exchange exchange;
    if (!socket.connected()) return exchange;
    exchange.end = Exchange::End::kUntrusted;
    if (!ca_pem.empty() && !socket.StartTls(ca_pem)) return exchange;
    for (int i = 0; i < repeat; ++i) exchange = Once(socket, request);
    return exchange;
}

}  // namespace kamili::simulator
