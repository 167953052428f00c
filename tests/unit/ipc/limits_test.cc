// Aim: what one client does, or does not read, does not touch the others.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "tests/unit/ipc/test_service.h"

namespace kamili::ipc {
namespace {

using nlohmann::json;

constexpr char kEcho[] = R"({"method":"org.example.Test.Echo","parameters":{"a":1}})";
constexpr char kEchoed[] = R"({"parameters":{"a":1}})";

std::string Stream(const char* method, int n, std::size_t size) {
    return json{{"method", std::string("org.example.Test.") + method},
                {"parameters", {{"n", n}, {"size", size}}},
                {"more", true}}
        .dump();
}

TEST_CASE("a stream waits for a slow client, holds little for it, and loses nothing") {
    TestService service;
    auto client = service.Connect();
    constexpr int kParts = 400;
    client.SendFrame(Stream("Count", kParts, 50'000));
    // Twenty megabytes are asked for; while nobody reads, the others are served.
    auto other = service.Connect();
    other.SendFrame(kEcho);
    CHECK(other.Next() == kEchoed);
    for (int i = 0; i < kParts; ++i) {
        const auto part = client.Next();
        REQUIRE(part);
        CHECK(json::parse(*part).at("parameters").at("number") == i);
    }
    CHECK(service.connections() == 2);
}

TEST_CASE("a client that never reads is closed at four megabytes unsent") {
    TestService service;
    auto client = service.Connect();
    client.SendFrame(Stream("Flood", 100, 100'000));
    CHECK(service.Logged("too much unsent"));
    auto other = service.Connect();
    other.SendFrame(kEcho);
    CHECK(other.Next() == kEchoed);
    CHECK(service.connections() == 1);
}

TEST_CASE("pipelined calls whose answers nobody reads end the connection, too") {
    TestService service;
    auto client = service.Connect();
    const std::string call = json{{"method", "org.example.Test.Echo"},
                                  {"parameters", {{"x", std::string(500'000, 'x')}}}}
                                 .dump();
    int sent = 0;
    while (sent < 100 && client.SendFrame(call)) ++sent;
    CHECK(sent < 100);
    CHECK(service.Logged("too much unsent"));
    CHECK(service.connections() == 0);
}

TEST_CASE("one answer may be larger than what may pile up, if it is read in time") {
    TestService service;
    auto client = service.Connect();
    client.SendFrame(Stream("Flood", 1, 6u << 20));
    CHECK(client.Next()->size() > 6u << 20);
    client.SendFrame(kEcho);
    CHECK(client.Next() == kEchoed);

    ServerOptions options = TestService::Options();
    options.half_frame_max = std::chrono::milliseconds(200);
    TestService impatient(options);
    auto sleeper = impatient.Connect();
    sleeper.SendFrame(Stream("Flood", 1, 6u << 20));
    CHECK(impatient.Logged("too much unsent for too long"));
    CHECK(impatient.connections() == 0);
}

TEST_CASE("above the limit of connections the new one is closed, and one that goes makes room") {
    ServerOptions options = TestService::Options();
    options.connections_max = 3;
    TestService service(options);
    std::vector<RawClient> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(service.Connect());
        clients.back().SendFrame(kEcho);
        CHECK(clients.back().Next() == kEchoed);
    }
    auto refused = service.Connect();
    CHECK(refused.IsClosed());
    CHECK(service.Logged("too many connections"));
    clients[0].SendFrame(kEcho);
    CHECK(clients[0].Next() == kEchoed);

    clients.pop_back();
    CHECK(service.Eventually([&] { return service.server().connections() == 2; }));
    auto welcome = service.Connect();
    welcome.SendFrame(kEcho);
    CHECK(welcome.Next() == kEchoed);
}

#ifdef __SANITIZE_ADDRESS__
// UBSan looks at memory through a pipe of its own, which is impossible in the middle of this.
constexpr bool kNeedsItsOwnDescriptors = true;
#else
constexpr bool kNeedsItsOwnDescriptors = false;
#endif

// Method: every descriptor of the process is taken, so that accept fails with EMFILE.
TEST_CASE("without descriptors accepting pauses instead of spinning, and goes on later" *
          doctest::skip(kNeedsItsOwnDescriptors)) {
    TestService service;
    RawClient waiting = service.Connect();
    waiting.SendFrame(kEcho);
    CHECK(waiting.Next() == kEchoed);
    const int late = socket(AF_UNIX, SOCK_STREAM, 0);

    rlimit before{};
    getrlimit(RLIMIT_NOFILE, &before);
    rlimit tight = before;
    tight.rlim_cur = 64;
    setrlimit(RLIMIT_NOFILE, &tight);
    std::vector<int> taken;
    for (int fd = 0; (fd = open("/dev/null", O_RDONLY)) >= 0;) taken.push_back(fd);

    std::uint64_t woken = 0;
    service.Do([&] { woken = service.loop().wakeups(); });
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    service.path().copy(address.sun_path, sizeof address.sun_path - 1);
    CHECK(connect(late, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    CHECK(service.Logged("no new client can be accepted"));
    CHECK_FALSE(waiting.Hears(300));
    service.Do([&] { CHECK(service.loop().wakeups() - woken < 100); });

    for (const int fd : taken) close(fd);
    setrlimit(RLIMIT_NOFILE, &before);
    RawClient served(late);
    served.SendFrame(kEcho);
    CHECK(served.Next() == kEchoed);
}

}  // namespace
}  // namespace kamili::ipc
