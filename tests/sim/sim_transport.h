#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/loop.h"
#include "net/transport.h"
#include "tests/sim/rule_book.h"
#include "tests/simulator/simulator.h"

namespace kamili::testing {

// What becomes of one request on its way there and of its answer on the way back.
struct Journey {
    enum class Fate {
        kWell,
        kLostBefore,  // the server never sees it
        kLostAfter,   // carried out, the answer is lost
        kTwice,       // arrives twice; the second answer comes back
        kCut,         // the answer breaks off
    };
    Fate fate = Fate::kWell;
    std::optional<simulator::SimReply> instead;  // answered by something in between
    std::chrono::milliseconds delay{20};
};

// Carries requests to a Simulator in the same process, in virtual time, and writes down what went
// over the wire: the trace, and every rule of a provider that was broken.
class SimTransport final : public net::Transport {
  public:
    SimTransport(Loop& loop, const Clock& clock, simulator::Simulator& simulator,
                 std::string base_url)
        : loop_(loop),
          clock_(clock),
          simulator_(simulator),
          base_url_(std::move(base_url)),
          rules_(base_url_) {}

    Subscription Send(net::Request request, Done done) override;
    // A browser's or a test's own request.
    simulator::SimReply Raw(const std::string& method, const std::string& target,
                            const std::string& body = "");

    // Asked for every request of the engine; nothing: all goes well.
    void SetPlan(UniqueFunction<Journey(const net::Request&)> plan) { plan_ = std::move(plan); }
    RuleBook& rules() { return rules_; }
    // A line for each request: time, method, target without secrets, fate and status.
    const std::vector<std::string>& trace() const { return trace_; }

  private:
    simulator::SimReply Ask(const net::Request& request);
    Result<net::Response> Carry(const net::Request& request, const Journey& journey);
    void Note(const net::Request& request, const Journey& journey,
              const Result<net::Response>& reply);

    Loop& loop_;
    const Clock& clock_;
    simulator::Simulator& simulator_;
    const std::string base_url_;
    RuleBook rules_;
    UniqueFunction<Journey(const net::Request&)> plan_;
    std::vector<std::string> trace_;
};

}  // namespace kamili::testing
