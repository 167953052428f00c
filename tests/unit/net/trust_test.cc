// Aim: nothing is sent to a server that is not the one that was meant.
// Method: servers on loopback with certificates made on the spot.

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

#include "tests/support/loopback_server.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/net/transport_probe.h"

namespace kamili::net {
namespace {

using testing::Identity;
using testing::LoopbackServer;
using testing::MakeIdentity;
using testing::MakeReply;
using testing::ServerStream;

// An authority, and its certificate in a file.
struct Authority {
    Authority() { testing::WriteCertificate(identity, file()); }
    std::string file() const { return folder.File("ca.pem"); }

    testing::TempFolder folder;
    Identity identity = MakeIdentity({.subject = "", .days = 2, .authority = true});
};

// Counts the requests that reach it.
struct Counted {
    LoopbackServer::Serve Serve() {
        return [this](ServerStream& stream) {
            while (stream.ReadRequest()) {
                ++requests;
                if (!stream.Write(MakeReply("ok"))) return;
            }
        };
    }
    std::atomic<int> requests{0};
};

ErrorKind KindAgainst(const Identity& identity, const std::string& ca_file) {
    Counted counted;
    const LoopbackServer server(counted.Serve(), &identity);
    TransportProbe probe(TransportProbe::Options(ca_file));
    auto request = Get(server.Url());
    request.bearer = Secret(std::string_view("token"));
    const auto reply = probe.Ask(std::move(request));
    CHECK(counted.requests == 0);
    REQUIRE_FALSE(reply);
    return reply.error().kind;
}

TEST_CASE("a certificate of the trusted authority for the right name is accepted; h2 is offered") {
    const Authority authority;
    const Identity right = MakeIdentity({}, &authority.identity);
    Counted counted;
    const LoopbackServer server(counted.Serve(), &right);
    TransportProbe probe(TransportProbe::Options(authority.file()));
    const auto reply = probe.Ask(Get(server.Url()));
    REQUIRE(reply);
    CHECK(reply->status == 200);
    CHECK(reply->body.Reveal() == "ok");
    CHECK(server.offered_protocols() == "h2,http/1.1,");
}

TEST_CASE("wrong name, expired, self-signed or of another authority: untrusted, nothing is sent") {
    const Authority authority;
    const Authority other;
    CHECK(KindAgainst(MakeIdentity({.subject = "DNS:example.org", .days = 2, .authority = false},
                                   &authority.identity),
                      authority.file()) == ErrorKind::kUntrusted);
    CHECK(KindAgainst(MakeIdentity({.subject = "IP:127.0.0.1", .days = -1, .authority = false},
                                   &authority.identity),
                      authority.file()) == ErrorKind::kUntrusted);
    CHECK(KindAgainst(MakeIdentity({}), authority.file()) == ErrorKind::kUntrusted);
    CHECK(KindAgainst(MakeIdentity({}, &other.identity), authority.file()) ==
          ErrorKind::kUntrusted);
}

TEST_CASE("without a CA file only the system's authorities are trusted") {
    const Authority authority;
    CHECK(KindAgainst(MakeIdentity({}, &authority.identity), "") == ErrorKind::kUntrusted);
}

TEST_CASE("a server below the TLS minimum gets nothing") {
    const Authority authority;
    const Identity right = MakeIdentity({}, &authority.identity);
    Counted counted;
    const LoopbackServer server(counted.Serve(), &right, TLS1_2_VERSION);
    auto options = TransportProbe::Options(authority.file());
    options.tls_minimum = TlsMinimum::k13;
    TransportProbe strict(options);
    CHECK(strict.Ask(Get(server.Url())).error().kind == ErrorKind::kUntrusted);
    CHECK(counted.requests == 0);
    TransportProbe usual(TransportProbe::Options(authority.file()));
    CHECK(usual.Ask(Get(server.Url())));

    const LoopbackServer old(counted.Serve(), &right, TLS1_1_VERSION);
    CHECK(usual.Ask(Get(old.Url())).error().kind == ErrorKind::kUntrusted);
}

TEST_CASE("a CA file that cannot be read or holds none is a fault of the configuration") {
    const testing::TempFolder folder;
    std::ofstream(folder.File("empty.pem")) << "nothing\n";
    testing::LoopThread loop;
    for (const std::string& path :
         {folder.File("none.pem"), folder.File("empty.pem"), folder.path()})
        loop.Do([&] {
            const auto made = CurlTransport::Create(loop.loop(), TransportProbe::Options(path));
            REQUIRE_FALSE(made);
            CHECK(made.error().kind == ErrorKind::kBadConfiguration);
        });
}

TEST_CASE("plain http goes to a literal loopback address alone, and only if allowed") {
    Counted counted;
    const LoopbackServer server(counted.Serve());
    TransportProbe allowed;
    CHECK(allowed.Ask(Get(server.Url())));
    const std::string port = std::to_string(server.port());
    for (const std::string& url :
         {"http://localhost:" + port + "/", std::string("http://example.org/"),
          "http://user@127.0.0.1:" + port + "/", std::string("ftp://127.0.0.1/"),
          std::string("file:///etc/passwd"), std::string("/relative"), std::string()}) {
        const auto reply = allowed.Ask(Get(url));
        REQUIRE_MESSAGE(!reply, url);
        CHECK_MESSAGE(reply.error().kind == ErrorKind::kRejected, url);
    }
    auto options = TransportProbe::Options();
    options.allow_loopback_http = false;
    TransportProbe strict(options);
    CHECK(strict.Ask(Get(server.Url())).error().kind == ErrorKind::kRejected);
    CHECK(counted.requests == 1);
}

TEST_CASE("a header with a line break is refused, so that none can be smuggled in") {
    Counted counted;
    const LoopbackServer server(counted.Serve());
    TransportProbe probe;
    auto value = Get(server.Url());
    value.headers = {{"X", "a\r\nY: b"}};
    auto name = Get(server.Url());
    name.headers = {{"X: a\r\nY", "b"}};
    auto bearer = Get(server.Url());
    bearer.bearer = Secret(std::string_view("a\nb"));
    auto type = Get(server.Url());
    type.content_type = "a\rb";
    for (const Request* request : {&value, &name, &bearer, &type})
        CHECK(probe.Ask(request->Copy()).error().kind == ErrorKind::kRejected);
    CHECK(counted.requests == 0);
}

TEST_CASE("a proxy from the environment is never asked for loopback") {
    Counted counted;
    const LoopbackServer server(counted.Serve());
    // Nobody listens at port 1.
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("all_proxy", "http://127.0.0.1:1", 1);
    TransportProbe probe;
    CHECK(probe.Ask(Get(server.Url())));
    unsetenv("http_proxy");
    unsetenv("all_proxy");
}

TEST_CASE("a proxy from the environment is asked for the rest, and is not told the token") {
    std::string asked;
    const LoopbackServer proxy([&](ServerStream& stream) {
        asked = stream.ReadRequest().value_or("");
        stream.Write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    });
    setenv("https_proxy", proxy.Url("").c_str(), 1);
    TransportProbe probe;
    auto request = Get("https://calendar.test/x?y=z");
    request.bearer = Secret(std::string_view("very-secret"));
    const auto reply = probe.Ask(std::move(request));
    unsetenv("https_proxy");
    REQUIRE_FALSE(reply);
    CHECK(reply.error().kind == ErrorKind::kOffline);
    CHECK(asked.starts_with("CONNECT calendar.test:443 HTTP/1.1\r\n"));
    CHECK(asked.find("very-secret") == std::string::npos);
}

}  // namespace
}  // namespace kamili::net
