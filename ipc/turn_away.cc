#include "ipc/turn_away.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>

#include "ipc/error_name.h"
#include "ipc/message.h"

namespace kamili::ipc {
namespace {

// A client sends its call right after it connected; one that does not is not waited for.
constexpr int kCallWaitMs = 50;
constexpr int kSilentClientsMax = 20;
constexpr std::size_t kReadBytes = 64u << 10;

bool MayKnow(int client, uid_t owner_uid) {
    ucred peer{};
    socklen_t size = sizeof peer;
    return getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           (peer.uid == owner_uid || peer.uid == 0);
}

// Takes what the client has sent: a socket that is closed over unread bytes resets the connection.
bool TakeCall(int client, int wait_ms) {
    pollfd waiting{.fd = client, .events = POLLIN, .revents = 0};
    if (poll(&waiting, 1, wait_ms) <= 0) return false;
    std::array<char, kReadBytes> call{};
    while (recv(client, call.data(), call.size(), MSG_DONTWAIT) > 0) {
    }
    return true;
}

}  // namespace

void TurnAwayClients(int listening_descriptor, const std::string& interface, const Error& error,
                     uid_t owner_uid) {
    const int flags = fcntl(listening_descriptor, F_GETFL);
    if (flags < 0 || fcntl(listening_descriptor, F_SETFL, flags | O_NONBLOCK) != 0) return;
    const std::string answer =
        MakeFrame({{"error", interface + "." + VarlinkErrorName(error.kind)},
                   {"parameters", {{"message", error.message}, {"hint", error.hint}}}});
    int silent = 0;
    for (;;) {
        const int client =
            accept4(listening_descriptor, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (client < 0) return;
        if (MayKnow(client, owner_uid)) {
            if (!TakeCall(client, silent < kSilentClientsMax ? kCallWaitMs : 0)) ++silent;
            (void)send(client, answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        }
        close(client);
    }
}

}  // namespace kamili::ipc
