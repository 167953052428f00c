#include "tests/simulator/server_listener.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "base/check.h"

namespace kamili::simulator {
namespace {

struct FreeMemory {
    void operator()(BIO* memory) const noexcept { BIO_free_all(memory); }
};

std::unique_ptr<BIO, FreeMemory> Reader(const std::string& pem) {
    return std::unique_ptr<BIO, FreeMemory>(BIO_new_mem_buf(pem.data(), int(pem.size())));
}

int Bind(int port) {
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    KAMILI_CHECK(descriptor >= 0);
    const int on = 1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
        listen(descriptor, 128) == 0)
        return descriptor;
    close(descriptor);
    return -1;
}

int PortOf(int descriptor) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

}  // namespace

ServerListener::Context ServerListener::MakeContext(const Certificates& certificates) {
    Context context(SSL_CTX_new(TLS_server_method()));
    KAMILI_CHECK(context != nullptr);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    const auto certificate_pem = Reader(certificates.certificate_pem);
    const auto key_pem = Reader(certificates.key_pem);
    X509* certificate = PEM_read_bio_X509(certificate_pem.get(), nullptr, nullptr, nullptr);
    EVP_PKEY* key = PEM_read_bio_PrivateKey(key_pem.get(), nullptr, nullptr, nullptr);
    KAMILI_CHECK(SSL_CTX_use_certificate(context.get(), certificate) == 1);
    KAMILI_CHECK(SSL_CTX_use_PrivateKey(context.get(), key) == 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return context;
}

std::unique_ptr<ServerListener> ServerListener::Open(int port, const Certificates* certificates) {
    const int descriptor = Bind(port);
    if (descriptor < 0) return nullptr;
    return std::unique_ptr<ServerListener>(
        new ServerListener(descriptor, PortOf(descriptor),
                           certificates == nullptr ? nullptr : MakeContext(*certificates)));
}

ServerListener::ServerListener(int descriptor, int port, Context context)
    : descriptor_(descriptor), port_(port), context_(std::move(context)) {}

ServerListener::~ServerListener() { close(descriptor_); }

void ServerListener::Accept(const ServerConnection::Handler& handler) {
    const int accepted = accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted < 0) return;
    const int on = 1;
    setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    {
        const std::lock_guard lock(mutex_);
        open_.insert(accepted);
    }
    std::thread([this, accepted, &handler] {
        // A copy of the descriptor stays in `open_`, so that its number is not given out again
        // while EndAll() may still shut it down.
        {
            ServerConnection connection(dup(accepted), context_.get(),
                                        [&](const SimRequest& request) {
                                            const std::lock_guard lock(handling_);
                                            return handler(request);
                                        });
            connection.Serve();
        }
        const std::lock_guard lock(mutex_);
        open_.erase(accepted);
        close(accepted);
        all_gone_.notify_all();
    }).detach();
}

void ServerListener::EndAll() {
    std::unique_lock lock(mutex_);
    for (const int descriptor : open_) shutdown(descriptor, SHUT_RDWR);
    all_gone_.wait(lock, [this] { return open_.empty(); });
}

void ServerListener::Run(int stop_descriptor, const ServerConnection::Handler& handler) {
    std::array<pollfd, 2> waiting{{{descriptor_, POLLIN, 0}, {stop_descriptor, POLLIN, 0}}};
    while (true) {
        if (poll(waiting.data(), waiting.size(), -1) < 0) continue;
        if (waiting[1].revents != 0) break;
        if (waiting[0].revents != 0) Accept(handler);
    }
    EndAll();
}

}  // namespace kamili::simulator
