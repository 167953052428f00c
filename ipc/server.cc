#include "ipc/server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <list>

#include "base/time.h"
#include "ipc/connection.h"
#include "ipc/listening_socket.h"
#include "ipc/pending_call.h"
#include "ipc/service.h"

namespace kamili::ipc {
namespace {

// Out of descriptors or memory: trying again at once would spin, since the client keeps waiting.
constexpr std::chrono::seconds kAcceptPause{1};
// New clients before those that are there have their turn.
constexpr int kAcceptsPerTurn = 32;

// Faults of one client that went away again (accept(2), "Error handling").
bool IsOneClients(int error) {
    return error == EINTR || error == ECONNABORTED || error == EPROTO || error == EPERM;
}

}  // namespace

struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
    struct Listener {
        explicit Listener(ListeningSocket socket_in) : socket(std::move(socket_in)) {}
        ListeningSocket socket;
        Subscription watch;  // of the socket, or the pause after a fault
    };

    Impl(Loop& loop, Log& log, const ServerOptions& options_in, Service service_in)
        : options(options_in),
          service(std::move(service_in)),
          surroundings{loop,
                       log,
                       options,
                       service.interface_name(),
                       [this](const auto& call) { service.Dispatch(call); },
                       [this](std::uint64_t number) { connections.erase(number); }} {}

    void Add(ListeningSocket socket) {
        listeners.emplace_back(std::move(socket));
        Watch(listeners.back());
    }
    void Watch(Listener& listener) {
        listener.watch =
            surroundings.loop.WatchDescriptor(listener.socket.descriptor(), {.readable = true},
                                              [this, &listener](IoEvents) { Accept(listener); });
    }
    void Accept(Listener& listener);
    void Pause(Listener& listener, int error);
    void Welcome(int descriptor);
    // Why a client is not served; empty if it is.
    std::string_view Objection(const ucred& peer) const;

    const ServerOptions options;
    Service service;
    Connection::Surroundings surroundings;
    std::list<Listener> listeners;
    std::map<std::uint64_t, std::shared_ptr<Connection>> connections;
    std::uint64_t last_number = 0;
};

void Server::Impl::Accept(Listener& listener) {
    for (int i = 0; i < kAcceptsPerTurn; ++i) {
        const int client =
            accept4(listener.socket.descriptor(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (client >= 0) {
            Welcome(client);
        } else if (!IsOneClients(errno)) {
            if (errno != EAGAIN && errno != EWOULDBLOCK) Pause(listener, errno);
            return;
        }
    }
}

void Server::Impl::Pause(Listener& listener, int error) {
    surroundings.log.Error("no new client can be accepted for now",
                           {{"errno", error}, {"pause_s", kAcceptPause.count()}});
    // Cancelled first: the timer takes its place.
    listener.watch.Cancel();
    listener.watch = surroundings.loop.RunAt(SystemClock().Now() + kAcceptPause,
                                             [this, &listener] { Watch(listener); });
}

std::string_view Server::Impl::Objection(const ucred& peer) const {
    if (peer.uid != options.owner_uid && peer.uid != 0) return "a foreign user";
    if (connections.size() >= options.connections_max) return "too many connections";
    return {};
}

void Server::Impl::Welcome(int descriptor) {
    ucred peer{};
    socklen_t size = sizeof peer;
    const bool known = getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
    const std::string_view objection = known ? Objection(peer) : "an unknown user";
    if (!objection.empty()) {
        surroundings.log.Warn(
            "a client was not served",
            {{"uid", peer.uid}, {"pid", peer.pid}, {"reason", std::string(objection)}});
        close(descriptor);
        return;
    }
    const std::uint64_t number = ++last_number;
    const auto connection =
        std::make_shared<Connection>(surroundings, number, descriptor, Peer{peer.uid, peer.pid});
    connections.emplace(number, connection);
    connection->Start();
}

Server::Server(Loop& loop, Log& log, ServerOptions options, ServiceInfo info, Interface interface)
    : impl_(std::make_shared<Impl>(loop, log, options,
                                   Service(std::move(info), std::move(interface)))) {}

Server::~Server() { Close(); }

Status Server::Listen(const std::string& path) {
    auto socket = ListeningSocket::Bind(path);
    if (!socket) return std::move(socket).error();
    impl_->Add(std::move(*socket));
    return {};
}

Status Server::Adopt(int listening_descriptor) {
    auto socket = ListeningSocket::Take(listening_descriptor);
    if (!socket) return std::move(socket).error();
    impl_->Add(std::move(*socket));
    return {};
}

void Server::Close() {
    impl_->listeners.clear();
    // Taken out first: what a call does when it is told may lead back here.
    const auto connections = std::exchange(impl_->connections, {});
    for (const auto& [number, connection] : connections) connection->Close();
}

void Server::CloseOthers(const Call& keep) {
    auto connections = std::exchange(impl_->connections, {});
    for (auto& [number, connection] : connections) {
        if (connection->Serves(keep))
            impl_->connections.emplace(number, connection);
        else
            connection->Close();
    }
}

std::size_t Server::connections() const { return impl_->connections.size(); }

}  // namespace kamili::ipc
