#include "oauth/redirect_listener.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <vector>

#include "base/random.h"

using namespace kamili;
using namespace kamili::oauth;
using namespace std::chrono_literals;

namespace {

int PortOf(const RedirectListener& listener) {
    const std::string uri = listener.RedirectUri(model::Provider::kGoogle);
    return std::stoi(uri.substr(uri.rfind(':') + 1));
}

int ConnectTo(int port) {
    const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int failed = connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof address);
    REQUIRE(failed == 0);
    return connection;
}

// One request, and everything that comes back until the end.
std::string Ask(int port, const std::string& first_line) {
    const int connection = ConnectTo(port);
    const std::string request =
        first_line +
        " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    REQUIRE(send(connection, request.data(), request.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(request.size()));
    std::string reply;
    char buffer[4096];
    for (ssize_t got = 0; (got = recv(connection, buffer, sizeof buffer, 0)) > 0;)
        reply.append(buffer, static_cast<std::size_t>(got));
    close(connection);
    return reply;
}

std::future<std::string> AskMeanwhile(int port, const std::string& first_line) {
    return std::async(std::launch::async, [=] { return Ask(port, first_line); });
}

std::unique_ptr<RedirectListener> Open(RedirectListenerOptions options = {}) {
    SystemRandom random;
    auto listener = RedirectListener::Open(random, options);
    REQUIRE(listener);
    return *std::move(listener);
}

}  // namespace

TEST_CASE("the redirect is taken, its page waits for the outcome and tells it") {
    const auto listener = Open();
    const int port = PortOf(*listener);
    auto page = AskMeanwhile(port, "GET /?state=s1&code=4%2Fsecret-code&scope=a%20b");
    const auto parameters = listener->Wait(10s);
    REQUIRE(parameters);
    CHECK(*parameters ==
          RedirectParameters{{"state", "s1"}, {"code", "4/secret-code"}, {"scope", "a b"}});
    CHECK(page.wait_for(100ms) == std::future_status::timeout);
    listener->Finish(true, "me@example.org <b> is connected");
    const std::string reply = page.get();
    CHECK(reply.starts_with("HTTP/1.1 200"));
    CHECK(reply.find("me@example.org &lt;b&gt; is connected") != std::string::npos);
    CHECK(reply.find("You are signed in") != std::string::npos);
    CHECK(reply.find("secret-code") == std::string::npos);
    CHECK(reply.find("Content-Security-Policy: default-src 'none'") != std::string::npos);
    CHECK(reply.find("<script") == std::string::npos);
}

TEST_CASE("noise does not count: favicons, other paths, other methods, no state, silence") {
    const auto listener = Open();
    const int port = PortOf(*listener);
    const int silent = ConnectTo(port);
    CHECK(Ask(port, "GET /favicon.ico").starts_with("HTTP/1.1 404"));
    CHECK(Ask(port, "GET /other?state=s&code=c").starts_with("HTTP/1.1 404"));
    CHECK(Ask(port, "GET /?code=c").starts_with("HTTP/1.1 404"));
    CHECK(Ask(port, "GET /").starts_with("HTTP/1.1 404"));
    CHECK(Ask(port, "POST /?state=s&code=c").starts_with("HTTP/1.1 405"));
    const auto nothing = listener->Wait(50ms);
    REQUIRE(!nothing);
    CHECK(nothing.error().kind == ErrorKind::kTimeout);
    auto page = AskMeanwhile(port, "GET /?state=s&error=access_denied");
    REQUIRE(listener->Wait(10s));
    listener->Finish(false, "You said no.");
    CHECK(page.get().find("You said no.") != std::string::npos);
    close(silent);
}

TEST_CASE("many requests at once are all answered by the small pool") {
    const auto listener = Open();
    std::vector<std::future<std::string>> pages;
    for (int i = 0; i < 16; ++i)
        pages.push_back(AskMeanwhile(PortOf(*listener), "GET /favicon.ico"));
    for (auto& page : pages) CHECK(page.get().starts_with("HTTP/1.1 404"));
}

TEST_CASE("a second redirect has to wait until the first one is finished") {
    const auto listener = Open();
    const int port = PortOf(*listener);
    auto first = AskMeanwhile(port, "GET /?state=wrong&code=1");
    REQUIRE(listener->Wait(10s));
    CHECK(Ask(port, "GET /?state=right&code=2").starts_with("HTTP/1.1 409"));
    listener->Finish(false, "not yours");
    CHECK(first.get().find("not yours") != std::string::npos);
    auto second = AskMeanwhile(port, "GET /?state=right&code=2");
    const auto parameters = listener->Wait(10s);
    REQUIRE(parameters);
    CHECK(parameters->at("code") == "2");
    listener->Finish(true, "");
    CHECK(second.get().starts_with("HTTP/1.1 200"));
}

TEST_CASE("a reloaded page takes the place of the one before") {
    const auto listener = Open();
    const int port = PortOf(*listener);
    auto first = AskMeanwhile(port, "GET /?state=s&code=1");
    REQUIRE(listener->Wait(10s));
    auto second = AskMeanwhile(port, "GET /?state=s&code=1");
    CHECK(first.get().starts_with("HTTP/1.1 409"));
    CHECK(!listener->Wait(50ms));
    listener->Finish(true, "done");
    CHECK(second.get().find("done") != std::string::npos);
}

TEST_CASE("a page is never held longer than allowed, and the end of the listener ends it too") {
    auto listener = Open({.hold_max = 50ms});
    auto page = AskMeanwhile(PortOf(*listener), "GET /?state=s&code=1");
    REQUIRE(listener->Wait(10s));
    CHECK(page.get().find("longer than usual") != std::string::npos);
    listener->Finish(true, "too late");

    listener = Open();
    page = AskMeanwhile(PortOf(*listener), "GET /?state=s&code=1");
    REQUIRE(listener->Wait(10s));
    listener.reset();
    CHECK(page.get().find("Nearly there") != std::string::npos);
}

TEST_CASE("each provider gets the redirect address that it accepts") {
    const auto listener = Open();
    const std::string port = std::to_string(PortOf(*listener));
    CHECK(listener->RedirectUri(model::Provider::kGoogle) == "http://127.0.0.1:" + port + "/");
    CHECK(listener->RedirectUri(model::Provider::kMicrosoft) == "http://localhost:" + port + "/");
}
