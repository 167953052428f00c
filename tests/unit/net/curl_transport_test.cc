// Aim: every way in which an exchange can go is told apart, and every limit holds.
// Method: a server on loopback that writes exactly the bytes a test wants.

#include "net/curl_transport.h"

#include <doctest/doctest.h>

#include "tests/support/loopback_server.h"
#include "tests/unit/net/transport_probe.h"

namespace kamili::net {
namespace {

using std::chrono::milliseconds;
using testing::Gzip;
using testing::LoopbackServer;
using testing::MakeReply;
using testing::ServerStream;

// Answers every request of a connection with the same bytes.
LoopbackServer::Serve Always(std::string bytes) {
    return [bytes = std::move(bytes)](ServerStream& stream) {
        while (stream.ReadRequest())
            if (!stream.Write(bytes)) return;
    };
}

// Answers one request and closes.
LoopbackServer::Serve Once(std::string bytes) {
    return [bytes = std::move(bytes)](ServerStream& stream) {
        stream.ReadRequest();
        stream.Write(bytes);
    };
}

Result<Response> AskOnce(LoopbackServer::Serve serve, const Limits& limits = {}) {
    const LoopbackServer server(std::move(serve));
    TransportProbe probe;
    Request request = Get(server.Url());
    request.limits = limits;
    return probe.Ask(std::move(request));
}

ErrorKind KindOf(LoopbackServer::Serve serve, const Limits& limits = {}) {
    const auto reply = AskOnce(std::move(serve), limits);
    REQUIRE_FALSE(reply);
    return reply.error().kind;
}

TEST_CASE("a request arrives as it was put together, and the reply comes back whole") {
    std::string received;
    const LoopbackServer server([&](ServerStream& stream) {
        received = stream.ReadRequest().value_or("");
        stream.Write(MakeReply("{}", "Retry-After: 1.5\r\nX-Empty:\r\n", "429 Too Many Requests"));
    });
    TransportProbe probe;
    Request request = Get(server.Url("/a%2Fb?x=%20y&z"));
    request.method = Method::kPatch;
    request.headers = {{"If-Match", "\"e\""}, {"X-None", ""}};
    request.bearer = Secret(std::string_view("secret-token"));
    request.body = Secret(std::string_view("{\"a\":1}"));
    request.content_type = "application/json";
    const auto reply = probe.Ask(std::move(request));
    REQUIRE(reply);
    CHECK(reply->status == 429);
    CHECK(reply->FindHeader("retry-after") == "1.5");
    CHECK(reply->FindHeader("x-empty") == "");
    CHECK(reply->body.Reveal() == "{}");

    CHECK(received.starts_with("PATCH /a%2Fb?x=%20y&z HTTP/1.1\r\n"));
    CHECK(received.ends_with("\r\n\r\n{\"a\":1}"));
    for (const char* line :
         {"Authorization: Bearer secret-token\r\n", "If-Match: \"e\"\r\n", "X-None:\r\n",
          "Content-Type: application/json\r\n", "Accept-Encoding: gzip\r\n",
          "User-Agent: kamili-test (gzip)\r\n", "Content-Length: 7\r\n"})
        CHECK_MESSAGE(received.find(line) != std::string::npos, line);
    for (const char* name : {"Cookie", "Expect", "Referer"})
        CHECK_MESSAGE(received.find(name) == std::string::npos, name);
}

TEST_CASE("each method is sent with and without a body as it should be") {
    std::vector<std::string> received;
    const LoopbackServer server([&](ServerStream& stream) {
        while (auto request = stream.ReadRequest()) {
            received.push_back(*request);
            stream.Write(MakeReply(""));
        }
    });
    TransportProbe probe;
    for (const Method method : {Method::kGet, Method::kPost, Method::kPut, Method::kDelete}) {
        Request request = Get(server.Url());
        request.method = method;
        REQUIRE(probe.Ask(std::move(request)));
    }
    REQUIRE(received.size() == 4);
    CHECK(received[0].starts_with("GET / "));
    CHECK(received[0].find("Content-") == std::string::npos);
    CHECK(received[1].starts_with("POST / "));
    CHECK(received[1].find("Content-Length: 0\r\n") != std::string::npos);
    CHECK(received[1].find("Content-Type") == std::string::npos);
    CHECK(received[2].starts_with("PUT / "));
    CHECK(received[3].starts_with("DELETE / "));
    CHECK(received[3].find("Content-Length") == std::string::npos);
}

TEST_CASE("a large body is sent whole") {
    std::string received;
    const LoopbackServer server([&](ServerStream& stream) {
        received = stream.ReadRequest().value_or("");
        stream.Write(MakeReply("ok"));
    });
    TransportProbe probe;
    const std::string body(3'000'000, 'b');
    Request request = Get(server.Url());
    request.method = Method::kPost;
    request.body = Secret(std::string_view(body));
    CHECK(probe.Ask(std::move(request)));
    CHECK(received.ends_with("\r\n\r\n" + body));
}

TEST_CASE("a redirect is a reply like any other, and the token goes nowhere else") {
    std::atomic<int> elsewhere{0};
    const LoopbackServer other([&](ServerStream& stream) {
        ++elsewhere;
        stream.WaitForEnd();
    });
    const LoopbackServer server(
        Always(MakeReply("", "Location: " + other.Url() + "\r\n", "302 Found")));
    TransportProbe probe;
    Request request = Get(server.Url());
    request.bearer = Secret(std::string_view("token"));
    const auto reply = probe.Ask(std::move(request));
    REQUIRE(reply);
    CHECK(reply->status == 302);
    CHECK(reply->FindHeader("Location") == other.Url());
    CHECK(elsewhere == 0);
}

TEST_CASE("no cookie is kept") {
    std::vector<std::string> received;
    const LoopbackServer server([&](ServerStream& stream) {
        while (auto request = stream.ReadRequest()) {
            received.push_back(*request);
            stream.Write(MakeReply("", "Set-Cookie: a=b; Path=/\r\n"));
        }
    });
    TransportProbe probe;
    CHECK(probe.Ask(Get(server.Url())));
    CHECK(probe.Ask(Get(server.Url())));
    REQUIRE(received.size() == 2);
    CHECK(received[1].find("Cookie") == std::string::npos);
}

TEST_CASE("an interim reply and trailers are not mistaken for the header") {
    const auto reply =
        AskOnce(Once("HTTP/1.1 103 Early Hints\r\nRetry-After: 9\r\n\r\n"
                     "HTTP/1.1 200 OK\r\nX: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "3\r\nabc\r\n0\r\nRetry-After: 8\r\n\r\n"));
    REQUIRE(reply);
    CHECK(reply->status == 200);
    CHECK(reply->body.Reveal() == "abc");
    CHECK(reply->FindHeader("X") == "1");
    CHECK_FALSE(reply->FindHeader("Retry-After"));
}

TEST_CASE("a truncated or garbled reply is kBadReply, never a short body") {
    CHECK(KindOf(Once("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")) == ErrorKind::kBadReply);
    CHECK(KindOf(Once("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")) ==
          ErrorKind::kBadReply);
    CHECK(KindOf(Once("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n")) ==
          ErrorKind::kBadReply);
    CHECK(KindOf(Once("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")) ==
          ErrorKind::kBadReply);
    CHECK(KindOf(Once("this is HTTP/0.9\n")) == ErrorKind::kBadReply);
    CHECK(KindOf(Once(MakeReply("not gzip", "Content-Encoding: gzip\r\n"))) ==
          ErrorKind::kBadReply);
}

TEST_CASE("a connection that breaks is offline before the reply and a bad reply in it") {
    CHECK(KindOf([](ServerStream& stream) { stream.ReadRequest(); }) == ErrorKind::kOffline);
    CHECK(KindOf([](ServerStream& stream) {
              stream.ReadRequest();
              stream.Reset();
          }) == ErrorKind::kOffline);
    CHECK(KindOf([](ServerStream& stream) {
              stream.ReadRequest();
              stream.Write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
              stream.Reset();
          }) == ErrorKind::kBadReply);
    // Nobody listens at port 1.
    TransportProbe probe;
    CHECK(probe.Ask(Get("http://127.0.0.1:1/")).error().kind == ErrorKind::kOffline);
    CHECK(probe.Ask(Get("https://[::1]:1/")).error().kind == ErrorKind::kOffline);
}

TEST_CASE("a server that never answers runs into the idle limit") {
    Limits limits;
    limits.idle = milliseconds(150);
    const auto begin = SystemClock().Now();
    CHECK(KindOf([](ServerStream& stream) { stream.WaitForEnd(); }, limits) == ErrorKind::kTimeout);
    CHECK(SystemClock().Now() - begin >= milliseconds(150));
    CHECK(KindOf(
              [](ServerStream& stream) {
                  stream.ReadRequest();
                  stream.Write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
                  stream.WaitForEnd();
              },
              limits) == ErrorKind::kTimeout);
}

TEST_CASE("bytes that trickle hold off the idle limit but not the total one") {
    const auto trickle = [](ServerStream& stream) {
        stream.ReadRequest();
        stream.Write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
        for (int i = 0; i < 10 && stream.Write("x"); ++i)
            std::this_thread::sleep_for(milliseconds(60));
    };
    Limits idle;
    idle.idle = milliseconds(400);
    const auto reply = AskOnce(trickle, idle);
    REQUIRE(reply);
    CHECK(reply->body.size() == 10);
    Limits total;
    total.total = milliseconds(200);
    CHECK(KindOf(trickle, total) == ErrorKind::kTimeout);
}

// Method: eight slow exchanges take all the connections that one host gets; the ninth has to wait
// for longer than its idle limit.
TEST_CASE("waiting for a turn is not being idle") {
    const LoopbackServer server([](ServerStream& stream) {
        while (stream.ReadRequest()) {
            std::this_thread::sleep_for(milliseconds(300));
            if (!stream.Write(MakeReply("ok"))) return;
        }
    });
    TransportProbe probe;
    std::vector<Subscription> slow;
    probe.Do([&] {
        for (int i = 0; i < 8; ++i)
            slow.push_back(probe.Send(Get(server.Url()), [](Result<Response>) {}));
    });
    Request request = Get(server.Url());
    request.limits.idle = milliseconds(400);
    CHECK(probe.Ask(std::move(request)));
    CHECK(server.connections() == 8);
    probe.Do([&] { slow.clear(); });
}

TEST_CASE("a handshake that hangs runs into the connect limit") {
    const LoopbackServer server([](ServerStream& stream) { stream.WaitForEnd(); });
    TransportProbe probe;
    Request request = Get("https://127.0.0.1:" + std::to_string(server.port()) + "/");
    request.limits.connect = milliseconds(150);
    CHECK(probe.Ask(std::move(request)).error().kind == ErrorKind::kTimeout);
}

TEST_CASE("a body at the limit is taken, one above it is not, packed or not") {
    Limits limits;
    limits.body_bytes_max = 1000;
    CHECK(AskOnce(Once(MakeReply(std::string(1000, 'x'))), limits)->body.size() == 1000);
    CHECK(KindOf(Once(MakeReply(std::string(1001, 'x'))), limits) == ErrorKind::kBadReply);
    const std::string bomb = Gzip(std::string(50'000'000, '0'));
    CHECK(bomb.size() < 100'000);
    limits.body_bytes_max = 1'000'000;
    CHECK(KindOf(Once(MakeReply(bomb, "Content-Encoding: gzip\r\n")), limits) ==
          ErrorKind::kBadReply);
}

TEST_CASE("a header above the limit is not taken") {
    Limits limits;
    limits.header_bytes_max = 2000;
    const std::string line = "X-Long: " + std::string(900, 'x') + "\r\n";
    CHECK(AskOnce(Once(MakeReply("", line)), limits));
    CHECK(KindOf(Once(MakeReply("", line + line + line)), limits) == ErrorKind::kBadReply);
}

TEST_CASE("gzip is undone") {
    const std::string text = "{\"items\":" + std::string(100'000, ' ') + "[]}";
    const auto reply = AskOnce(Once(MakeReply(Gzip(text), "Content-Encoding: gzip\r\n")));
    REQUIRE(reply);
    CHECK(reply->body.Reveal() == text);
}

TEST_CASE("a connection is used again, but a POST gets one of its own") {
    const LoopbackServer server(Always(MakeReply("ok")));
    TransportProbe probe;
    for (int i = 0; i < 5; ++i) CHECK(probe.Ask(Get(server.Url())));
    CHECK(server.connections() == 1);
    Request post = Get(server.Url());
    post.method = Method::kPost;
    CHECK(probe.Ask(std::move(post)));
    CHECK(server.connections() == 2);
}

TEST_CASE("an idle transport does not wake the loop") {
    const LoopbackServer server(Always(MakeReply("ok")));
    TransportProbe probe;
    CHECK(probe.Ask(Get(server.Url())));
    std::this_thread::sleep_for(milliseconds(50));
    std::uint64_t before = 0;
    probe.Do([&] { before = probe.loop().wakeups(); });
    std::this_thread::sleep_for(milliseconds(300));
    probe.Do([&] { CHECK(probe.loop().wakeups() - before <= 3); });
}

}  // namespace
}  // namespace kamili::net
