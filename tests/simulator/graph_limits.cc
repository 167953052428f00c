#include "tests/simulator/graph_limits.h"

#include <algorithm>

#include "tests/simulator/graph_resources.h"

namespace kamili::simulator {
namespace {

using std::chrono::milliseconds;

SimReply Throttled(const State& state, const Call& call, int status, const std::string& message,
                   milliseconds left) {
    SimReply reply = GraphError(call, status, "ApplicationThrottled", message);
    const std::string& form = state.settings.graph_retry_after;
    const std::string whole = std::to_string(left.count() / 1000);
    if (form == "decimal") reply.headers.push_back({"Retry-After", whole + ".5"});
    if (form == "integer")
        reply.headers.push_back({"Retry-After", std::to_string((left.count() + 999) / 1000)});
    if (form == "date") reply.headers.push_back({"Retry-After", HttpDate(call.now + left)});
    return reply;
}

}  // namespace

std::optional<SimReply> RefuseBusyMailbox(State& state, const Call& call, const Person& person) {
    const Settings& settings = state.settings;
    // Until the oldest request of the ten minutes no longer counts.
    if (state.IsOverLimit(person, settings.graph_limit, std::chrono::minutes(10), call.now))
        return Throttled(state, call, 429, "Application is over its request limit.",
                         state.recent.at(&person).front() + std::chrono::minutes(10) - call.now);
    auto& ends = state.busy[&person];
    ends.erase(std::remove_if(ends.begin(), ends.end(),
                              [&](const UtcTime end) { return end <= call.now; }),
               ends.end());
    if (settings.graph_concurrency <= 0 || ends.size() < std::size_t(settings.graph_concurrency))
        return std::nullopt;
    return Throttled(state, call, settings.graph_busy_status,
                     "Application is over its MailboxConcurrency limit.",
                     *std::min_element(ends.begin(), ends.end()) - call.now);
}

void HoldMailbox(State& state, const Call& call, const SimReply& reply) {
    if (reply.delay.count() <= 0 || call.raw_path.find("/microsoft/graph/") != 0) return;
    const auto grant = state.GrantOf(call.Bearer(), call.now);
    if (grant != nullptr) state.busy[grant->person].push_back(call.now + reply.delay);
}

}  // namespace kamili::simulator
