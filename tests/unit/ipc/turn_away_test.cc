// Aim: who waits at the socket of a service that cannot start is told why, and does not wait on.
// Method: clients connect and call at a listening socket that nobody serves; then it turns them
// away.

#include "ipc/turn_away.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "ipc/listening_socket.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/ipc/raw_client.h"

namespace kamili::ipc {
namespace {

using nlohmann::json;

constexpr const char* kCall = R"({"method":"org.example.Test.Ask"})";
const Error kTrouble{.kind = ErrorKind::kBadConfiguration,
                     .message = "kamili.toml:3: sync.intervall: unknown key",
                     .hint = "see the manual"};

TEST_CASE("every client that waits is told why nobody serves it") {
    const testing::TempFolder folder;
    const auto socket = ListeningSocket::Bind(folder.File("socket"));
    REQUIRE(socket);
    RawClient first(folder.File("socket"));
    RawClient second(folder.File("socket"));
    REQUIRE(first.SendFrame(kCall));
    REQUIRE(second.SendFrame(kCall));
    TurnAwayClients(socket->descriptor(), "org.example.Test", kTrouble, geteuid());
    for (RawClient* client : {&first, &second}) {
        const auto frame = client->Next();
        REQUIRE(frame);
        const json answer = json::parse(*frame);
        CHECK(answer["error"] == "org.example.Test.BadConfiguration");
        CHECK(answer["parameters"]["message"] == kTrouble.message);
        CHECK(answer["parameters"]["hint"] == kTrouble.hint);
        CHECK(client->IsClosed());
    }
}

TEST_CASE("a client that says nothing holds nobody up") {
    const testing::TempFolder folder;
    const auto socket = ListeningSocket::Bind(folder.File("socket"));
    REQUIRE(socket);
    RawClient silent(folder.File("socket"));
    TurnAwayClients(socket->descriptor(), "org.example.Test", kTrouble, geteuid());
    CHECK(silent.Next());
    CHECK(silent.IsClosed());
}

TEST_CASE("another user's client is told nothing") {
    if (geteuid() == 0) return;  // root may know everything
    const testing::TempFolder folder;
    const auto socket = ListeningSocket::Bind(folder.File("socket"));
    REQUIRE(socket);
    RawClient client(folder.File("socket"));
    REQUIRE(client.SendFrame(kCall));
    TurnAwayClients(socket->descriptor(), "org.example.Test", kTrouble, geteuid() + 1);
    CHECK(client.IsClosed());
}

}  // namespace
}  // namespace kamili::ipc
