// Aim: the C interface gives what the daemon said, tells failures apart, and survives its caller.

#include "client/kamili_client.h"

#include <doctest/doctest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/unit/ipc/test_service.h"

namespace kamili::client {
namespace {

using ipc::TestService;
using nlohmann::json;

struct FreeClient {
    void operator()(kamili_client* client) const { kamili_client_free(client); }
};
using Handle = std::unique_ptr<kamili_client, FreeClient>;

Handle Open(const std::string& path) { return Handle(kamili_client_new(path.c_str())); }

std::string KindOf(const Handle& client) { return kamili_client_error_kind(client.get()); }

TEST_CASE("a call brings the answer, and the next one another") {
    TestService service;
    const Handle client = Open(service.path());
    CHECK(kamili_client_socket(client.get()) == service.path());
    const char* echo = "org.example.Test.Echo";
    const char* answer = kamili_client_call(client.get(), echo, R"({"x":["\u00e4",2]})");
    REQUIRE(answer != nullptr);
    CHECK(json::parse(answer) == json{{"x", {"\u00e4", 2}}});
    CHECK(kamili_client_call(client.get(), echo, nullptr) == std::string("{}"));
    CHECK(KindOf(client).empty());
    CHECK(kamili_client_error(client.get()) == std::string());
}

TEST_CASE("a refusal has a kind, a message and a hint, and the client can be used on") {
    TestService service;
    const Handle client = Open(service.path());
    CHECK(kamili_client_call(client.get(), "org.example.Test.Refuse", "{}") == nullptr);
    CHECK(KindOf(client) == "not_found");
    CHECK(kamili_client_error(client.get()) == std::string("no such thing"));
    CHECK(kamili_client_error_hint(client.get()) == std::string("look"));
    CHECK(kamili_client_call(client.get(), "org.example.Test.Echo", "{}") != nullptr);
    CHECK(KindOf(client).empty());
}

TEST_CASE("a short name is one of the Kamili interface") {
    TestService service;
    const Handle client = Open(service.path());
    CHECK(kamili_client_call(client.get(), "GetStatus", nullptr) == nullptr);
    CHECK(KindOf(client) == "not_supported");
    CHECK(std::string(kamili_client_error(client.get())).find("com.kamililabsllc.Kamili") !=
          std::string::npos);
}

TEST_CASE("what is no call is refused without asking the daemon") {
    const Handle client = Open("/nowhere/socket");
    for (const char* wrong : {"", "{", "[]", "7", R"({"a":1,"a":2})"}) {
        CAPTURE(wrong);
        CHECK(kamili_client_call(client.get(), "GetStatus", wrong) == nullptr);
        CHECK(KindOf(client) == "invalid_argument");
    }
    CHECK(kamili_client_call(client.get(), nullptr, "{}") == nullptr);
    CHECK(KindOf(client) == "invalid_argument");
    CHECK(kamili_client_call(client.get(), "GetStatus", "{}") == nullptr);
    CHECK(KindOf(client) == "no_daemon");
    CHECK(std::string(kamili_client_error_hint(client.get())).size() > 0);
}

struct Seen {
    std::vector<int> numbers;
    std::vector<int> last;
    std::size_t stop_after = 99;
};

int Collect(void* context, const char* part, int last) {
    Seen& seen = *static_cast<Seen*>(context);
    seen.numbers.push_back(json::parse(part).at("number"));
    seen.last.push_back(last);
    return seen.numbers.size() < seen.stop_after ? 1 : 0;
}

TEST_CASE("a stream comes part by part, to its end or until it is stopped") {
    TestService service;
    const Handle client = Open(service.path());
    const char* count = "org.example.Test.Count";
    Seen seen;
    CHECK(kamili_client_stream(client.get(), count, R"({"n":3})", Collect, &seen) == 0);
    CHECK(seen.numbers == std::vector<int>{0, 1, 2});
    CHECK(seen.last == std::vector<int>{0, 0, 1});

    Seen stopped{.stop_after = 2};
    CHECK(kamili_client_stream(client.get(), count, R"({"n":9})", Collect, &stopped) == 0);
    CHECK(stopped.numbers.size() == 2);
    // The connection is gone with the stream; the next call makes another.
    CHECK(kamili_client_call(client.get(), "org.example.Test.Echo", "{}") != nullptr);

    Seen none;
    CHECK(kamili_client_stream(client.get(), "org.example.Test.Refuse", "{}", Collect, &none) ==
          -1);
    CHECK(KindOf(client) == "not_found");
    CHECK(none.numbers.empty());
}

TEST_CASE("an exception of the caller does not pass through C") {
    TestService service;
    const Handle client = Open(service.path());
    const auto throws = [](void*, const char*, int) -> int { throw std::runtime_error("mine"); };
    CHECK(kamili_client_stream(client.get(), "org.example.Test.Count", R"({"n":3})", throws,
                               nullptr) == -1);
    CHECK(KindOf(client) == "system");
    CHECK(kamili_client_call(client.get(), "org.example.Test.Echo", "{}") != nullptr);
}

TEST_CASE("a client outlives its daemon") {
    auto service = std::make_unique<TestService>();
    const Handle client = Open(service->path());
    REQUIRE(kamili_client_call(client.get(), "org.example.Test.Echo", "{}") != nullptr);
    service.reset();
    CHECK(kamili_client_call(client.get(), "org.example.Test.Echo", "{}") == nullptr);
    CHECK(KindOf(client) == "no_daemon");
    CHECK(kamili_client_call(client.get(), "org.example.Test.Echo", "{}") == nullptr);
    CHECK(KindOf(client) == "no_daemon");
}

}  // namespace
}  // namespace kamili::client
