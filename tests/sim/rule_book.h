#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "net/http.h"
#include "tests/simulator/simulator.h"

namespace kamili::testing {

// The providers' rules that no request may break, whatever goes wrong around it: at most four
// requests in flight for a mailbox, nothing before a Retry-After has passed, no token to anyone
// but the provider it is for, and no parameter, scope or method that the simulator refuses.
class RuleBook {
  public:
    explicit RuleBook(std::string base_url) : base_url_(std::move(base_url)) {}

    // Goes out for that mailbox ("" if the token belongs to none).
    void Begin(const std::string& mailbox, Instant now);
    void End(const std::string& mailbox, const Result<net::Response>& reply, Instant now,
             UtcTime utc);
    void Cancel(const std::string& mailbox);
    // False for another server: noted, and never asked.
    bool MayLeave(const net::Request& request);
    // A refusal that says the request was wrong is our mistake.
    void CheckReply(const net::Request& request, const simulator::SimReply& reply);
    // After a restart nobody remembers what was asked of an earlier process.
    void Forget();
    // From now on the provider may refuse: a test took a right away.
    void ExpectRefusals() { refusals_expected_ = true; }

    const std::vector<std::string>& broken() const { return broken_; }

  private:
    void Break(const std::string& what);

    const std::string base_url_;
    std::map<std::string, int> in_flight_;
    std::map<std::string, Instant> quiet_until_;
    std::vector<std::string> broken_;
    bool refusals_expected_ = false;
};

}  // namespace kamili::testing
