// Aim: the client tells the kinds of failure apart and is not led astray by a broken server.

#include "ipc/client.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "ipc/listening_socket.h"
#include "tests/unit/ipc/test_service.h"

namespace kamili::ipc {
namespace {

using nlohmann::json;
using namespace std::string_literals;

// Answers the first call of one client with `bytes`, whatever it is, and closes.
class ScriptedServer {
  public:
    explicit ScriptedServer(std::string bytes) {
        auto bound = ListeningSocket::Bind(folder_.File("s"));
        REQUIRE(bound);
        thread_ = std::thread([socket = std::move(*bound), bytes = std::move(bytes)] {
            int client = -1;
            while (client < 0) client = accept(socket.descriptor(), nullptr, nullptr);
            RawClient peer(client);
            peer.Next();
            peer.Send(bytes);
        });
    }
    ~ScriptedServer() { thread_.join(); }
    std::string path() const { return folder_.File("s"); }

  private:
    testing::TempFolder folder_;
    std::thread thread_;
};

ErrorKind KindFor(const std::string& answer) {
    const ScriptedServer server(answer);
    auto client = Client::Connect(server.path());
    REQUIRE(client);
    const auto reply = client->Invoke("a.B", json::object());
    REQUIRE_FALSE(reply);
    return reply.error().kind;
}

TEST_CASE("calls, errors and streams over one connection") {
    TestService service;
    auto client = Client::Connect(service.path());
    REQUIRE(client);
    CHECK(client->descriptor() >= 0);
    CHECK(client->Invoke("org.example.Test.Echo", {{"x", {1, 2}}}).value() == json{{"x", {1, 2}}});

    const auto refused = client->Invoke("org.example.Test.Refuse", json::object());
    REQUIRE_FALSE(refused);
    CHECK(refused.error() ==
          Error{.kind = ErrorKind::kNotFound, .message = "no such thing", .hint = "look"});
    CHECK(client->Invoke("org.example.Test.Parameter", json::object()).error().kind ==
          ErrorKind::kInvalidArgument);
    CHECK(client->Invoke("org.example.Test.Nothing", json::object()).error().kind ==
          ErrorKind::kNotSupported);

    std::vector<int> numbers;
    const auto streamed =
        client->Stream("org.example.Test.Count", {{"n", 4}}, [&](const json& part, bool last) {
            numbers.push_back(part.at("number"));
            CHECK(last == (numbers.size() == 4));
            return true;
        });
    CHECK(streamed);
    CHECK(numbers == std::vector<int>{0, 1, 2, 3});
    CHECK(client
              ->Stream("org.example.Test.Refuse", json::object(),
                       [](const json&, bool) { return true; })
              .error()
              .kind == ErrorKind::kNotFound);
    CHECK(client->Invoke("org.example.Test.Echo", json::object()));
}

TEST_CASE("a stream that is stopped early closes the connection") {
    TestService service;
    auto client = Client::Connect(service.path());
    int parts = 0;
    CHECK(client->Stream("org.example.Test.Count", {{"n", 100'000}, {"size", 1000}},
                         [&](const json&, bool) { return ++parts < 3; }));
    CHECK(parts == 3);
    CHECK(client->Invoke("org.example.Test.Echo", json::object()).error().kind ==
          ErrorKind::kNoDaemon);
    CHECK(service.Eventually([&] { return service.server().connections() == 0; }));
}

TEST_CASE("nobody there is kNoDaemon") {
    const testing::TempFolder folder;
    CHECK(Client::Connect(folder.File("none")).error().kind == ErrorKind::kNoDaemon);
    CHECK(Client::Connect(folder.File("no/folder")).error().kind == ErrorKind::kNoDaemon);
    // A daemon that reads the call and ends.
    CHECK(KindFor("") == ErrorKind::kNoDaemon);
    CHECK(KindFor("{\"parameters\":{}}") == ErrorKind::kNoDaemon);
}

TEST_CASE("a broken answer is kBadReply") {
    for (const std::string& answer :
         {"x\0"s, "[]\0"s, "{\"parameters\":[]}\0"s, "{\"other\":1}\0"s, "{\"error\":5}\0"s,
          "{\"continues\":1}\0"s, "{\"parameters\":{},\"continues\":true}\0"s, "\xff\0"s,
          std::string((16u << 20) + 1, ' ') + '\0'})
        CHECK_MESSAGE(KindFor(answer) == ErrorKind::kBadReply, answer.substr(0, 40));
}

TEST_CASE("errors are known by the last part of their name, unknown ones are kSystem") {
    const auto error = [](const std::string& name) {
        return json{{"error", name}, {"parameters", nullptr}}.dump() + '\0';
    };
    CHECK(KindFor(error("com.example.X.NeedsSignIn")) == ErrorKind::kAuthRevoked);
    CHECK(KindFor(error("NotFound")) == ErrorKind::kNotFound);
    CHECK(KindFor(error("com.example.X.Unheard")) == ErrorKind::kSystem);
    CHECK(KindFor(error("org.varlink.service.PermissionDenied")) == ErrorKind::kPermissionDenied);
    CHECK(KindFor(error("org.varlink.service.ExpectedMore")) == ErrorKind::kInvalidArgument);
}

}  // namespace
}  // namespace kamili::ipc
