#include "daemon/route_watch.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

namespace kamili::daemon {
namespace {

// Long enough for an address and a name server to follow the route.
constexpr std::chrono::seconds kSettle{1};
constexpr std::size_t kDatagramBytesMax = 32 * 1024;

// A value at that place, wherever it is aligned.
template <typename T>
T ValueAt(std::span<const std::uint8_t> bytes) {
    T out{};
    std::memcpy(&out, bytes.data(), sizeof out);
    return out;
}

// What tells one default route from another: family, gateway and interface; nothing for a route
// that leads to some place only, or that does not read.
std::optional<std::string> KeyOf(std::span<const std::uint8_t> message) {
    if (message.size() < sizeof(rtmsg)) return std::nullopt;
    const auto route = ValueAt<rtmsg>(message);
    if (route.rtm_dst_len != 0 || route.rtm_type != RTN_UNICAST) return std::nullopt;
    std::string key(1, static_cast<char>(route.rtm_family));
    auto rest = message.subspan(NLMSG_ALIGN(sizeof(rtmsg)));
    while (rest.size() >= sizeof(rtattr)) {
        const auto attribute = ValueAt<rtattr>(rest);
        if (attribute.rta_len < sizeof(rtattr) || attribute.rta_len > rest.size()) break;
        if (attribute.rta_type == RTA_GATEWAY || attribute.rta_type == RTA_OIF) {
            key += static_cast<char>(attribute.rta_type);
            key.append(reinterpret_cast<const char*>(rest.data()), attribute.rta_len);
        }
        rest = rest.subspan(std::min<std::size_t>(RTA_ALIGN(attribute.rta_len), rest.size()));
    }
    return key;
}

// Asks for the routes that are there; the answer comes as messages like any other.
bool AskForRoutes(int descriptor) {
    struct {
        nlmsghdr header;
        rtmsg route;
    } request{};
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = RTM_GETROUTE;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    return send(descriptor, &request, sizeof request, 0) == sizeof request;
}

}  // namespace

bool DefaultRoutes::Take(std::span<const std::uint8_t> datagram) {
    bool is_new = false;
    while (datagram.size() >= sizeof(nlmsghdr)) {
        const auto header = ValueAt<nlmsghdr>(datagram);
        if (header.nlmsg_len < NLMSG_HDRLEN || header.nlmsg_len > datagram.size()) break;
        const auto key = KeyOf(datagram.subspan(NLMSG_HDRLEN, header.nlmsg_len - NLMSG_HDRLEN));
        // What a dump lists was there before.
        const bool is_dump = (header.nlmsg_flags & NLM_F_MULTI) != 0;
        if (key && header.nlmsg_type == RTM_NEWROUTE)
            is_new |= routes_.insert(*key).second && !is_dump;
        if (key && header.nlmsg_type == RTM_DELROUTE) routes_.erase(*key);
        datagram =
            datagram.subspan(std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), datagram.size()));
    }
    return is_new;
}

Result<std::unique_ptr<RouteWatch>> RouteWatch::Open(Loop& loop, const Clock& clock,
                                                     Task on_network) {
    const int descriptor =
        socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (descriptor < 0) return SystemError("cannot watch the routes", errno);
    auto watch = std::make_unique<RouteWatch>(loop, clock, descriptor, std::move(on_network));
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
    if (bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return SystemError("cannot watch the routes", errno);
    if (!AskForRoutes(descriptor)) return SystemError("cannot ask for the routes", errno);
    return watch;
}

RouteWatch::RouteWatch(Loop& loop, const Clock& clock, int descriptor, Task on_network)
    : loop_(loop), clock_(clock), descriptor_(descriptor), on_network_(std::move(on_network)) {
    watch_ = loop.WatchDescriptor(descriptor, {.readable = true}, [this](IoEvents) { Read(); });
}

void RouteWatch::Read() {
    std::array<std::uint8_t, kDatagramBytesMax> buffer;
    bool is_new = false;
    for (;;) {
        const auto got = recv(descriptor_.get(), buffer.data(), buffer.size(), 0);
        if (got > 0) {
            is_new |= routes_.Take(std::span(buffer).first(static_cast<std::size_t>(got)));
            continue;
        }
        if (got < 0 && errno == EINTR) continue;
        // Messages were lost: something has happened, whatever it was.
        if (got < 0 && errno == ENOBUFS) {
            is_new = true;
            continue;
        }
        // The other end is gone, which a kernel never is.
        if (got == 0) watch_.Cancel();
        break;
    }
    if (!is_new) return;
    settle_ = loop_.RunAt(clock_.Now() + kSettle, [this] { Tell(); });
}

void RouteWatch::Tell() {
    if (routes_.any()) on_network_();
}

}  // namespace kamili::daemon
