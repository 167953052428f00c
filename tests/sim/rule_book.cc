#include "tests/sim/rule_book.h"

#include <fmt/format.h>

#include <algorithm>

#include "net/retry_after.h"
#include "net/url.h"

namespace kamili::testing {
namespace {

constexpr int kInFlightMax = 4;
constexpr std::size_t kBrokenMax = 20;
// What the contract keeps of a Retry-After when a user asks for a pass.
constexpr std::chrono::minutes kKept{10};

bool IsApi(const std::string& path) {
    return path.find("/calendar/v3/") != std::string::npos ||
           path.find("/graph/v1.0/") != std::string::npos;
}

// Refusals that follow from the account's state and not from the request.
bool IsExcused(const simulator::SimReply& reply) {
    if (reply.status != 400 && reply.status != 403) return true;
    // National clouds do not know the two lists of a series; tokens may be of another time.
    for (const char* word : {"RequestBroker--ParseUri", "InvalidDeltaToken", "syncToken"})
        if (reply.body.find(word) != std::string::npos) return true;
    return false;
}

}  // namespace

void RuleBook::Break(const std::string& what) {
    if (broken_.size() < kBrokenMax) broken_.push_back(what);
}

void RuleBook::Begin(const std::string& mailbox, Instant now) {
    if (mailbox.empty()) return;
    if (++in_flight_[mailbox] > kInFlightMax)
        Break(mailbox + ": more than four requests in flight");
    const auto quiet = quiet_until_.find(mailbox);
    if (quiet != quiet_until_.end() && now < quiet->second)
        Break(fmt::format(
            "{}: asked {} ms before its Retry-After had passed", mailbox,
            std::chrono::duration_cast<std::chrono::milliseconds>(quiet->second - now).count()));
}

void RuleBook::Cancel(const std::string& mailbox) {
    if (!mailbox.empty()) --in_flight_[mailbox];
}

void RuleBook::End(const std::string& mailbox, const Result<net::Response>& reply, Instant now,
                   UtcTime utc) {
    if (mailbox.empty()) return;
    --in_flight_[mailbox];
    if (!reply || reply->status < 400) return;
    const auto wait = net::RetryAfter(*reply, utc);
    if (!wait) return;
    const std::chrono::milliseconds kept = std::min<std::chrono::milliseconds>(*wait, kKept);
    quiet_until_[mailbox] = std::max(quiet_until_[mailbox], now + kept);
}

bool RuleBook::MayLeave(const net::Request& request) {
    const auto url = net::ParseUrl(request.url);
    const auto home = net::ParseUrl(base_url_);
    if (url && home && url->Origin() == home->Origin()) {
        if (!request.bearer.empty() && !IsApi(url->path))
            Break("an access token went to " + url->path);
        return true;
    }
    Break("a request left for a foreign server");
    return false;
}

void RuleBook::CheckReply(const net::Request& request, const simulator::SimReply& reply) {
    const auto url = net::ParseUrl(request.url);
    if (!url || !IsApi(url->path)) return;
    if (request.method != net::Method::kGet) Break("a method other than GET at " + url->path);
    if (!reply.faulted && !refusals_expected_ && !IsExcused(reply))
        Break(fmt::format("refused with {}: {} {}", reply.status, url->path,
                          reply.body.substr(0, 200)));
}

void RuleBook::Forget() {
    in_flight_.clear();
    quiet_until_.clear();
}

}  // namespace kamili::testing
