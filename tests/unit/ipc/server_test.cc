// Aim: the server keeps the protocol, and past a limit closes the one connection that broke it.
// Method: a real server on a loop thread, and clients that send raw bytes.

#include "ipc/server.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/ipc/test_service.h"

namespace kamili::ipc {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr char kEcho[] = R"({"method":"org.example.Test.Echo","parameters":{"a":1}})";
constexpr char kEchoed[] = R"({"parameters":{"a":1}})";

json CallText(const std::string& method, const json& parameters = json::object()) {
    return {{"method", "org.example.Test." + method}, {"parameters", parameters}};
}

TEST_CASE("a call is answered, byte by byte or many at once, in order") {
    TestService service;
    auto client = service.Connect();
    for (const char c : std::string(kEcho)) REQUIRE(client.Send({&c, 1}));
    REQUIRE(client.Send({"\0", 1}));
    CHECK(client.Next() == kEchoed);

    std::string calls;
    for (int i = 0; i < 500; ++i) calls += CallText("Echo", {{"i", i}}).dump() + '\0';
    REQUIRE(client.Send(calls));
    for (int i = 0; i < 500; ++i) CHECK(json::parse(*client.Next()).at("parameters").at("i") == i);
}

TEST_CASE("errors carry the names of varlink and of the interface") {
    TestService service;
    auto client = service.Connect();
    const std::pair<std::string, std::string> cases[] = {
        {R"({"method":"org.example.Test.Refuse"})",
         R"({"error":"org.example.Test.NotFound","parameters":{"hint":"look","message":"no such thing"}})"},
        {R"({"method":"org.example.Test.Parameter"})",
         R"({"error":"org.varlink.service.InvalidParameter","parameters":{"parameter":"from"}})"},
        {R"({"method":"org.example.Test.Nothing"})",
         R"({"error":"org.varlink.service.MethodNotFound","parameters":{"method":"org.example.Test.Nothing"}})"},
        {R"({"method":"org.example.Other.Echo"})",
         R"({"error":"org.varlink.service.InterfaceNotFound","parameters":{"interface":"org.example.Other"}})"},
        {R"({"method":"nodots"})",
         R"({"error":"org.varlink.service.InterfaceNotFound","parameters":{"interface":"nodots"}})"},
        {R"({"method":"org.varlink.service.Nothing"})",
         R"({"error":"org.varlink.service.MethodNotFound","parameters":{"method":"org.varlink.service.Nothing"}})"},
        {R"({"method":"org.example.Test.Echo","upgrade":true})",
         R"({"error":"org.varlink.service.MethodNotImplemented","parameters":{"method":"org.example.Test.Echo"}})"},
    };
    for (const auto& [call, answer] : cases) {
        REQUIRE(client.SendFrame(call));
        CHECK(client.Next() == answer);
    }
}

TEST_CASE("the service describes itself") {
    TestService service;
    auto client = service.Connect();
    client.SendFrame(R"({"method":"org.varlink.service.GetInfo","parameters":{}})");
    const json info = json::parse(*client.Next()).at("parameters");
    CHECK(info == json{{"vendor", "v"},
                       {"product", "p"},
                       {"version", "1"},
                       {"url", "u"},
                       {"interfaces", {"org.varlink.service", "org.example.Test"}}});
    const auto describe = [&](const json& parameters) {
        client.SendFrame(json{
            {"method", "org.varlink.service.GetInterfaceDescription"},
            {"parameters",
             parameters}}.dump());
        return json::parse(*client.Next());
    };
    CHECK(describe({{"interface", "org.example.Test"}}).at("parameters").at("description") ==
          "interface org.example.Test\n");
    CHECK(describe({{"interface", "org.varlink.service"}}).dump().find("GetInfo") !=
          std::string::npos);
    CHECK(describe({{"interface", "x.y"}}).at("error") == "org.varlink.service.InterfaceNotFound");
    CHECK(describe(json::object()).at("error") == "org.varlink.service.InvalidParameter");
    CHECK(describe({{"interface", 5}}).at("error") == "org.varlink.service.InvalidParameter");
}

TEST_CASE("garbage closes the connection with the rule in the log, and nobody else notices") {
    TestService service;
    auto other = service.Connect();
    const std::pair<std::string, std::string> cases[] = {
        {"\x01\x02garbage", "not JSON"},
        {"GET / HTTP/1.1\r\n\r\n", "not JSON"},
        {"{\"method\":\"\xff\"}", "not UTF-8"},
        {R"({"method":"a.B","other":1})", "an unknown key"},
        {R"({"method":"a.B","more":1})", "a flag is not a boolean"},
        {std::string(65, '[') + std::string(65, ']'), "nested too deep"},
        {"", "not JSON"},
    };
    for (const auto& one : cases) {
        const auto& bytes = std::get<0>(one);
        const auto& reason = std::get<1>(one);
        auto client = service.Connect();
        REQUIRE(client.SendFrame(bytes));
        CHECK_MESSAGE(client.IsClosed(), bytes);
        CHECK_MESSAGE(service.Logged(reason), reason);
    }
    other.SendFrame(kEcho);
    CHECK(other.Next() == kEchoed);
    CHECK(service.Eventually([&] { return service.server().connections() == 1; }));
}

TEST_CASE("a call of a million bytes is served, a longer one closes the connection unfinished") {
    TestService service;
    auto client = service.Connect();
    const std::string frame = CallText("Echo", {{"x", std::string((1u << 20) - 100, 'x')}}).dump();
    REQUIRE(frame.size() <= 1u << 20);
    client.SendFrame(frame);
    CHECK(client.Next()->size() > 1'000'000);

    // No NUL is ever sent: the limit counts, not the end.
    auto endless = service.Connect();
    const std::string piece(64u << 10, 'x');
    for (int i = 0; i < 100 && endless.Send(piece); ++i) {
    }
    CHECK(endless.IsClosed());
    CHECK(service.Logged("a call is too long"));
}

TEST_CASE("half a frame is waited for only so long, however it trickles in") {
    ServerOptions options = TestService::Options();
    options.half_frame_max = milliseconds(200);
    TestService service(options);
    auto idle = service.Connect();
    auto half = service.Connect();
    REQUIRE(half.Send("{"));
    while (half.Send(" ") && !half.Hears(20)) {
    }
    CHECK(half.IsClosed());
    CHECK(service.Logged("half a frame for too long"));
    // Idle between calls is no half frame.
    idle.SendFrame(kEcho);
    CHECK(idle.Next() == kEchoed);
    CHECK_FALSE(idle.Hears(300));
    idle.SendFrame(kEcho);
    CHECK(idle.Next() == kEchoed);
}

TEST_CASE("one call in flight: the next waits for its answer") {
    TestService service;
    auto client = service.Connect();
    client.SendFrame(CallText("Hold").dump());
    client.SendFrame(kEcho);
    CHECK(service.Eventually([&] { return service.held.size() == 1; }));
    CHECK_FALSE(client.Hears(50));
    service.Do([&] {
        CHECK(service.ran == 0);
        service.held[0]->Reply({{"late", true}});
    });
    CHECK(client.Next() == R"({"parameters":{"late":true}})");
    CHECK(client.Next() == kEchoed);
}

TEST_CASE("a call that is dropped unanswered fails instead of blocking the client") {
    TestService service;
    auto client = service.Connect();
    client.SendFrame(CallText("Drop").dump());
    CHECK(json::parse(*client.Next()).at("error") == "org.example.Test.System");
    client.SendFrame(kEcho);
    CHECK(client.Next() == kEchoed);
}

TEST_CASE("oneway is answered with nothing at all, not even an error") {
    TestService service;
    auto client = service.Connect();
    for (const char* method : {"org.example.Test.Echo", "org.example.Test.Refuse", "a.Unknown"})
        client.SendFrame(json{{"method", method}, {"oneway", true}}.dump());
    client.SendFrame(kEcho);
    CHECK(client.Next() == kEchoed);
    CHECK_FALSE(client.Hears(50));
    service.Do([&] { CHECK(service.ran == 2); });
}

TEST_CASE("oneway calls run although the client has gone at once") {
    TestService service;
    {
        auto client = service.Connect();
        for (int i = 0; i < 40; ++i)
            client.SendFrame(R"({"method":"org.example.Test.Echo","oneway":true})");
    }
    CHECK(service.Eventually([&] { return service.ran == 40; }));
    CHECK(service.Eventually([&] { return service.server().connections() == 0; }));
}

TEST_CASE("a client that ends its input still gets its answers") {
    TestService service;
    auto client = service.Connect();
    client.SendFrame(CallText("Hold").dump());
    client.SendFrame(kEcho);
    client.EndInput();
    CHECK(service.Eventually([&] { return service.held.size() == 1; }));
    service.Do([&] { service.held[0]->Reply({{"a", 2}}); });
    CHECK(client.Next() == R"({"parameters":{"a":2}})");
    CHECK(client.Next() == kEchoed);
    CHECK(client.IsClosed());
    CHECK(service.connections() == 0);
}

TEST_CASE("a stream continues until its last part, which does not say continues") {
    TestService service;
    auto client = service.Connect();
    json call = CallText("Count", {{"n", 3}});
    call["more"] = true;
    client.SendFrame(call.dump());
    for (int i = 0; i < 3; ++i) {
        const json part = json::parse(*client.Next());
        CHECK(part.at("parameters").at("number") == i);
        CHECK(part.contains("continues") == (i < 2));
    }
    client.SendFrame(kEcho);
    CHECK(client.Next() == kEchoed);
}

TEST_CASE("a handler is told once when its client goes, and may still answer into nothing") {
    TestService service;
    int told = 0;
    {
        auto client = service.Connect();
        client.SendFrame(CallText("Hold").dump());
        CHECK(service.Eventually([&] { return service.held.size() == 1; }));
        service.Do([&] {
            service.held[0]->WhenClosed([&told, call = service.held[0]] {
                CHECK(call->closed());
                ++told;
            });
        });
    }
    CHECK(service.Eventually([&] { return told == 1; }));
    CHECK(service.Eventually([&] { return service.server().connections() == 0; }));
    service.Do([&] {
        service.held[0]->Reply(json::object());
        service.held[0]->Fail({});
        CHECK(service.held[0].use_count() == 1);
    });
}

TEST_CASE("closing the server tells the calls in flight, and a later answer does nothing") {
    int told = 0;
    TestService service;
    auto client = service.Connect();
    client.SendFrame(CallText("Hold").dump());
    CHECK(service.Eventually([&] { return service.held.size() == 1; }));
    service.Do([&] {
        service.held[0]->WhenClosed([&] { ++told; });
        service.server().Close();
        CHECK(told == 1);
        service.held[0]->Fail({.kind = ErrorKind::kCancelled, .message = "late"});
    });
    CHECK(client.IsClosed());
    service.Do([&] { CHECK(service.server().connections() == 0); });
}

}  // namespace
}  // namespace kamili::ipc
