// Aim: a network that comes back is noticed once, and one that is merely announced again is not.
// Method: messages as rtnetlink sends them, over a socket pair; the kernel's own in the last test.

#include "daemon/route_watch.h"

#include <doctest/doctest.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cstring>
#include <vector>

#include "base/sd_loop.h"

using namespace kamili;
using namespace kamili::daemon;
using std::chrono::milliseconds;

namespace {

using Bytes = std::vector<std::uint8_t>;

struct Route {
    std::uint16_t type = RTM_NEWROUTE;
    std::uint8_t prefix = 0;
    std::uint8_t gateway = 1;
    std::uint8_t kind = RTN_UNICAST;
    std::uint16_t flags = 0;
};

Bytes Message(const Route& route) {
    struct {
        nlmsghdr header;
        rtmsg message;
        rtattr gateway;
        std::uint8_t address[4];
    } out{};
    out.header.nlmsg_len = sizeof out;
    out.header.nlmsg_type = route.type;
    out.header.nlmsg_flags = route.flags;
    out.message.rtm_family = AF_INET;
    out.message.rtm_dst_len = route.prefix;
    out.message.rtm_type = route.kind;
    out.gateway = {.rta_len = sizeof out.gateway + sizeof out.address, .rta_type = RTA_GATEWAY};
    out.address[3] = route.gateway;
    Bytes bytes(sizeof out);
    std::memcpy(bytes.data(), &out, sizeof out);
    return bytes;
}

}  // namespace

TEST_CASE("a default route is news when it was not there before") {
    DefaultRoutes routes;
    CHECK(routes.Take(Message({})));
    CHECK_FALSE(routes.Take(Message({})));
    CHECK(routes.Take(Message({.gateway = 2})));
    CHECK_FALSE(routes.Take(Message({.type = RTM_DELROUTE})));
    CHECK(routes.any());
    CHECK_FALSE(routes.Take(Message({.type = RTM_DELROUTE, .gateway = 2})));
    CHECK_FALSE(routes.any());
    CHECK(routes.Take(Message({})));
}

TEST_CASE("a route to some place only or to nowhere is no network") {
    DefaultRoutes routes;
    CHECK_FALSE(routes.Take(Message({.prefix = 24})));
    CHECK_FALSE(routes.Take(Message({.kind = RTN_UNREACHABLE})));
    CHECK_FALSE(routes.any());
}

TEST_CASE("what was there when the watch began is no news") {
    DefaultRoutes routes;
    CHECK_FALSE(routes.Take(Message({.flags = NLM_F_MULTI})));
    CHECK(routes.any());
    CHECK_FALSE(routes.Take(Message({})));
}

TEST_CASE("a datagram that is cut anywhere is read as far as it goes") {
    Bytes two = Message({});
    const Bytes second = Message({.gateway = 2});
    two.insert(two.end(), second.begin(), second.end());
    for (std::size_t size = 0; size <= two.size(); ++size) {
        DefaultRoutes routes;
        // A copy of that size, so that the sanitizer sees what lies behind it.
        const Bytes cut(two.begin(), two.begin() + static_cast<std::ptrdiff_t>(size));
        CHECK(routes.Take(cut) == (size >= second.size()));
    }
    DefaultRoutes routes;
    CHECK(routes.Take(two));
    CHECK_FALSE(routes.Take(second));
}

TEST_CASE("routes that come one after the other wake once, and none without a way out") {
    auto loop = SdLoop::Create();
    REQUIRE(loop);
    SystemClock clock;
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    const Descriptor writer(ends[1]);
    int woken = 0;
    RouteWatch watch(**loop, clock, ends[0], [&] { ++woken; });
    const auto send_route = [&](const Route& route) {
        const Bytes bytes = Message(route);
        REQUIRE(send(writer.get(), bytes.data(), bytes.size(), 0) ==
                static_cast<ssize_t>(bytes.size()));
    };
    send_route({});
    send_route({.gateway = 2});
    auto more =
        (*loop)->RunAt(clock.Now() + milliseconds(200), [&] { send_route({.gateway = 3}); });
    Subscription end;
    auto wait = (*loop)->RunAt(clock.Now() + milliseconds(2500), [&] {
        CHECK(woken == 1);
        send_route({.gateway = 4});
        for (std::uint8_t gateway = 1; gateway <= 4; ++gateway)
            send_route({.type = RTM_DELROUTE, .gateway = gateway});
        end = (*loop)->RunAt(clock.Now() + milliseconds(1500), [&] { (*loop)->Exit(0); });
    });
    (*loop)->Run();
    CHECK(woken == 1);
}

TEST_CASE("the kernel lets an ordinary process watch its routes") {
    auto loop = SdLoop::Create();
    REQUIRE(loop);
    SystemClock clock;
    CHECK(RouteWatch::Open(**loop, clock, [] {}));
}
