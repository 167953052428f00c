#include <doctest/doctest.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zlib.h>

#include <thread>

#include "tests/simulator/client_of_sim.h"
#include "tests/simulator/server_listener.h"
#include "tests/simulator/socket_client.h"

namespace kamili::simulator {
namespace {

constexpr int kPatience = 20'000;
constexpr char kLog[] = "/control/log";

// A server on a thread of its own, ended with it.
class RunningServer {
  public:
    explicit RunningServer(bool tls)
        : stop_(eventfd(0, EFD_CLOEXEC)),
          certificates_(tls ? MakeCertificates() : Certificates{}),
          listener_(ServerListener::Open(0, tls ? &certificates_ : nullptr)) {
        signal(SIGPIPE, SIG_IGN);
        thread_ = std::thread([this] {
            listener_->Run(
                stop_, [this](const SimRequest& request) { return sim_.Handle(request, now_); });
        });
    }
    RunningServer(const RunningServer&) = delete;
    RunningServer& operator=(const RunningServer&) = delete;
    ~RunningServer() {
        eventfd_write(stop_, 1);
        thread_.join();
        close(stop_);
    }

    int port() const { return listener_->port(); }
    const std::string& ca() const { return certificates_.ca_pem; }
    void Fault(const std::string& fault) {
        const std::string body = Json{{"match", "/google"}, {"fault", fault}}.dump();
        const Exchange done =
            Ask(port(), ca(),
                "POST /control/faults HTTP/1.1\r\nContent-Length: " + std::to_string(body.size()) +
                    "\r\n\r\n" + body,
                kPatience);
        REQUIRE(done.status == 200);
    }

  private:
    int stop_;
    Certificates certificates_;
    std::unique_ptr<ServerListener> listener_;
    Simulator sim_{{.seed = 1, .base_url = kTestBase, .events = 50}};
    UtcTime now_{std::chrono::sys_days(std::chrono::year(2026) / 3 / 2)};
    std::thread thread_;
};

std::string Unzip(const std::string& packed) {
    std::string out(1u << 20, '\0');
    z_stream stream{};
    REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

}  // namespace

TEST_CASE("the certificate is trusted through its own authority and no other") {
    const RunningServer server(true);
    CHECK(Ask(server.port(), server.ca(), GetRequest(kLog), kPatience).status == 200);
    const std::string other = MakeCertificates().ca_pem;
    CHECK(Ask(server.port(), other, GetRequest(kLog), kPatience).end == Exchange::End::kUntrusted);
}

TEST_CASE("a connection carries many requests, one after the other") {
    const RunningServer server(true);
    const Exchange last =
        Ask(server.port(), server.ca(), GetRequest("/google/calendar/v3/x"), kPatience, 20);
    CHECK(last.status == 401);
    const Exchange log = Ask(server.port(), server.ca(), GetRequest(kLog), kPatience);
    CHECK(Json::parse(log.body)["requests"].size() == 20);
}

TEST_CASE("faults really happen on the socket") {
    for (const bool tls : {false, true}) {
        CAPTURE(tls);
        RunningServer server(tls);
        const std::string request = GetRequest("/google/calendar/v3/x");
        server.Fault("truncate");
        const Exchange cut = Ask(server.port(), server.ca(), request, kPatience);
        CHECK(cut.end == Exchange::End::kCut);
        CHECK(cut.status == 401);
        CHECK(!cut.body.empty());
        server.Fault("reset");
        CHECK(Ask(server.port(), server.ca(), request, kPatience).end == Exchange::End::kReset);
        server.Fault("never");
        CHECK(Ask(server.port(), server.ca(), request, 200).end == Exchange::End::kSilence);
        CHECK(Ask(server.port(), server.ca(), request, kPatience).status == 401);
    }
}

TEST_CASE("bodies are compressed for who asks") {
    const RunningServer server(false);
    const std::string grant =
        R"({"account":"google","scopes":["https://www.googleapis.com/auth/calendar.readonly"]})";
    const Exchange given =
        Ask(server.port(), "",
            "POST /control/grant HTTP/1.1\r\nContent-Length: " + std::to_string(grant.size()) +
                "\r\n\r\n" + grant,
            kPatience);
    const std::string bearer = "Authorization: Bearer " +
                               Json::parse(given.body)["access_token"].get<std::string>() + "\r\n";
    const std::string target = "/google/calendar/v3/users/me/calendarList";
    const Exchange plain = Ask(server.port(), "", GetRequest(target, bearer), kPatience);
    const Exchange packed =
        Ask(server.port(), "",
            GetRequest(target, bearer + "Accept-Encoding: gzip\r\nUser-Agent: x (gzip)\r\n"),
            kPatience);
    CHECK(packed.head.find("Content-Encoding: gzip") != std::string::npos);
    CHECK(Json::parse(Unzip(packed.body))["items"] == Json::parse(plain.body)["items"]);
}

TEST_CASE("writes arrive with their bodies, and a reply without one ends with its head") {
    const RunningServer server(false);
    const auto send = [&](const std::string& method, const std::string& target,
                          const std::string& headers, const std::string& body) {
        return Ask(server.port(), "",
                   method + " " + target + " HTTP/1.1\r\n" + headers +
                       "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body,
                   kPatience);
    };
    const Exchange given = send(
        "POST", "/control/grant", "",
        R"({"account":"google","scopes":["https://www.googleapis.com/auth/calendar.events"]})");
    const std::string bearer = "Authorization: Bearer " +
                               Json::parse(given.body)["access_token"].get<std::string>() + "\r\n";
    const std::string events = "/google/calendar/v3/calendars/primary/events";
    const Exchange made =
        send("POST", events, bearer,
             R"({"id":"lunch","start":{"date":"2026-03-05"},"end":{"date":"2026-03-06"}})");
    CHECK(made.status == 200);
    CHECK(send("PATCH", events + "/lunch", bearer, R"({"summary":"Soup"})").status == 200);
    const Exchange gone = send("DELETE", events + "/lunch", bearer, "");
    CHECK(gone.status == 204);
    CHECK(gone.end == Exchange::End::kComplete);
    CHECK(gone.body.empty());
    CHECK(gone.head.find("Content-Length") == std::string::npos);
}

TEST_CASE("a waiting connection does not hold up the end") {
    auto server = std::make_unique<RunningServer>(false);
    server->Fault("never");
    std::thread waiting([port = server->port()] {
        CHECK(Ask(port, "", GetRequest("/google/x"), kPatience).end == Exchange::End::kCut);
    });
    while (Json::parse(Ask(server->port(), "", GetRequest(kLog), kPatience).body)["requests"]
               .empty()) {
    }
    server.reset();
    waiting.join();
}

TEST_CASE("a taken port is said, not crashed over") {
    const RunningServer server(false);
    CHECK(ServerListener::Open(server.port(), nullptr) == nullptr);
}

}  // namespace kamili::simulator
