#include "tests/unit/ipc/raw_client.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "ipc/socket_address.h"

namespace kamili::ipc {

RawClient::RawClient(const std::string& path)
    : descriptor_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const auto address = MakeSocketAddress(path);
    REQUIRE(address);
    REQUIRE(connect(descriptor_, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) ==
            0);
}

RawClient::RawClient(RawClient&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), received_(std::move(other.received_)) {}

bool RawClient::Send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool RawClient::SendFrame(std::string_view text) { return Send(std::string(text) + '\0'); }

std::optional<std::string> RawClient::Next() {
    for (;;) {
        if (const auto end = received_.find('\0'); end != std::string::npos) {
            std::string frame = received_.substr(0, end);
            received_.erase(0, end + 1);
            return frame;
        }
        REQUIRE(Hears(10'000));
        char bytes[65536];
        const auto got = recv(descriptor_, bytes, sizeof bytes, 0);
        if (got <= 0) return std::nullopt;
        received_.append(bytes, static_cast<std::size_t>(got));
    }
}

bool RawClient::Hears(int wait_ms) {
    pollfd asked{.fd = descriptor_, .events = POLLIN, .revents = 0};
    return poll(&asked, 1, wait_ms) > 0;
}

void RawClient::EndInput() { shutdown(descriptor_, SHUT_WR); }

void RawClient::Close() {
    if (descriptor_ >= 0) close(descriptor_);
    descriptor_ = -1;
}

}  // namespace kamili::ipc
