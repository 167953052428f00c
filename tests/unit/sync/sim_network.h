#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "base/loop.h"
#include "base/time.h"
#include "net/transport.h"
#include "tests/sim/sim_settings.h"
#include "tests/simulator/simulator.h"

namespace kamili::sync::testing {

using kamili::testing::kSimBase;

// A network with nothing in it but the provider simulator, on the loop's virtual time.
class SimNetwork final : public net::Transport {
  public:
    SimNetwork(Loop& loop, const Clock& clock)
        : loop_(loop), clock_(clock), sim_({.seed = 1, .base_url = kSimBase, .events = 50}) {}

    // What a browser or the control endpoint would ask for.
    simulator::SimReply Ask(const std::string& method, const std::string& url,
                            const std::string& body = "") {
        return sim_.Handle({.method = method, .target = TargetOf(url), .headers = {}, .body = body},
                           clock_.UtcNow());
    }
    void Control(const std::string& what, const nlohmann::json& body) {
        const auto reply = Ask("POST", kSimBase + ("/control/" + what), body.dump());
        KAMILI_CHECK(reply.status == 200);
    }

    Subscription Send(net::Request request, Done done) override {
        auto waiting = std::make_shared<Done>(std::move(done));
        auto sent = std::make_shared<net::Request>(std::move(request));
        loop_.Post([this, waiting, sent] {
            ++requests_;
            const auto reply = sim_.Handle(AsSeen(*sent), clock_.UtcNow());
            if (auto call = std::exchange(*waiting, Done())) call(AsResponse(reply));
        });
        return Subscription([waiting] { *waiting = Done(); });
    }
    std::size_t requests() const { return requests_; }

  private:
    static std::string TargetOf(const std::string& url) {
        const std::string base = kSimBase;
        KAMILI_CHECK(url.compare(0, base.size(), base) == 0);
        return url.substr(base.size());
    }
    static simulator::SimRequest AsSeen(const net::Request& request) {
        simulator::SimRequest seen{.method = std::string(net::Text(request.method)),
                                   .target = TargetOf(request.url),
                                   .headers = request.headers,
                                   .body = std::string(request.body.Reveal())};
        if (!request.content_type.empty())
            seen.headers.push_back({.name = "Content-Type", .value = request.content_type});
        if (!request.bearer.empty())
            seen.headers.push_back({.name = "Authorization",
                                    .value = "Bearer " + std::string(request.bearer.Reveal())});
        return seen;
    }
    static net::Response AsResponse(const simulator::SimReply& reply) {
        net::Response response;
        response.status = reply.status;
        response.headers = reply.headers;
        response.body = Secret(std::string_view(reply.body));
        return response;
    }

    Loop& loop_;
    const Clock& clock_;
    simulator::Simulator sim_;
    std::size_t requests_ = 0;
};

}  // namespace kamili::sync::testing
