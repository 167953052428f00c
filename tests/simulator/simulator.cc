#include "tests/simulator/simulator.h"

#include <algorithm>

#include "tests/simulator/control.h"
#include "tests/simulator/google_api.h"
#include "tests/simulator/graph_api.h"
#include "tests/simulator/graph_limits.h"
#include "tests/simulator/oauth.h"
#include "tests/simulator/serve.h"

namespace kamili::simulator {

struct Simulator::Impl {
    SimOptions options;
    std::unique_ptr<State> state;  // made at the first request, around its time
};

namespace {

SimReply Route(State& state, const Call& call) {
    const std::string first = call.path.empty() ? "" : call.path[0];
    const std::string second = call.path.size() > 1 ? call.path[1] : "";
    if (first == "google" && second == "calendar" && call.path.size() > 3 && call.path[2] == "v3")
        return GoogleApi(state, call);
    if (first == "google") return GoogleOauth(state, call);
    if (first == "microsoft" && second == "graph" && call.path.size() > 3 && call.path[2] == "v1.0")
        return GraphApi(state, call);
    if (first == "microsoft") return MicrosoftOauth(state, call);
    return HtmlReply(404, "<p>Not found</p>");
}

// The fault that this request meets, if any; it is used up by one.
std::optional<Json> TakeFault(State& state, const SimRequest& request) {
    for (auto fault = state.faults.begin(); fault != state.faults.end(); ++fault) {
        if (request.target.find(fault->match) == std::string::npos) continue;
        if (!fault->method.empty() && fault->method != request.method) continue;
        if (fault->after > 0) {
            --fault->after;
            continue;
        }
        const Json what = fault->what;
        if (--fault->times <= 0) state.faults.erase(fault);
        return what;
    }
    return std::nullopt;
}

SimReply FaultReply(const Json& what) {
    SimReply reply;
    reply.status = what.value("status", 503);
    reply.headers.push_back(
        {"Content-Type", what.value("content_type", "application/json; charset=UTF-8")});
    if (what.contains("retry_after")) {
        const Json& after = what["retry_after"];
        reply.headers.push_back(
            {"Retry-After", after.is_string() ? after.get<std::string>() : after.dump()});
    }
    if (what.contains("headers"))
        for (const auto& [name, value] : what["headers"].items())
            reply.headers.push_back({name, value.get<std::string>()});
    if (what.contains("body"))
        reply.body =
            what["body"].is_string() ? what["body"].get<std::string>() : what["body"].dump();
    // {"repeat": {"text": "[", "times": 100000}}: a body that nobody wants to write out.
    if (what.contains("repeat")) {
        const std::string text = what["repeat"].value("text", "");
        for (int i = what["repeat"].value("times", 0); i > 0; --i) reply.body += text;
    }
    return reply;
}

// What a list in a reply calls itself, and its items' ids.
Json& ItemsOf(Json& body) { return body[body.contains("value") ? "value" : "items"]; }

// {"patch": {"set", "unset", "each", "prepend", "append", "drop"}}: the real answer, changed.
void PatchBody(SimReply& reply, const Json& patch) {
    Json body = Json::parse(reply.body, nullptr, false);
    if (reply.status != 200 || !body.is_object()) return;
    for (const Json& name : patch.value("unset", Json::array()))
        body.erase(name.get<std::string>());
    body.update(patch.value("set", Json::object()));
    Json items = Json::array();
    for (const Json& item : patch.value("prepend", Json::array())) items.push_back(item);
    for (Json& item : ItemsOf(body)) {
        const Json dropped = patch.value("drop", Json::array());
        if (std::find(dropped.begin(), dropped.end(), item.value("id", "")) != dropped.end())
            continue;
        item.update(patch.value("each", Json::object()));
        items.push_back(std::move(item));
    }
    for (const Json& item : patch.value("append", Json::array())) items.push_back(item);
    if (!items.empty() || body.contains("value") || body.contains("items"))
        ItemsOf(body) = std::move(items);
    reply.body = body.dump();
}

void ExpireCursors(State& state, const Call& call) {
    const auto grant = state.GrantOf(call.Bearer(), call.now);
    if (grant != nullptr) grant->person->cursors_dead_before = ++state.world.changes;
}

SimReply WithFault(State& state, const Call& call, const Json& what) {
    const std::string name = what.is_string() ? what.get<std::string>() : "";
    if (name == "expire_cursors") {
        ExpireCursors(state, call);
        return Route(state, call);
    }
    if (what.is_object() && what.contains("status")) {
        SimReply reply = FaultReply(what);
        reply.delay = std::chrono::milliseconds(what.value("delay_ms", 0));
        return reply;
    }
    // The request is carried out; only its answer is lost or late.
    SimReply reply = Route(state, call);
    if (what.is_object() && what.contains("patch")) PatchBody(reply, what["patch"]);
    if (name == "truncate") reply.fault = SimReply::Fault::kTruncate;
    if (name == "reset") reply.fault = SimReply::Fault::kReset;
    if (name == "never") reply.fault = SimReply::Fault::kNeverAnswer;
    if (what.is_object())
        reply.delay = std::max(reply.delay, std::chrono::milliseconds(what.value("delay_ms", 0)));
    return reply;
}

void Remember(State& state, const SimRequest& request, const SimReply& reply,
              const std::optional<Json>& fault) {
    if (state.seen.size() == kSeenMax) state.seen.pop_front();
    state.seen.push_back(
        {request.method, WithoutSecrets(request.target), reply.status,
         fault ? (fault->is_string() ? fault->get<std::string>() : fault->dump()) : ""});
}

}  // namespace

SimReply Serve(State& state, const SimRequest& request, UtcTime now) {
    const Call call = Call::Of(request, now);
    const std::optional<Json> fault = TakeFault(state, request);
    SimReply reply = fault ? WithFault(state, call, *fault) : Route(state, call);
    reply.faulted = reply.faulted || fault.has_value();
    HoldMailbox(state, call, reply);
    Remember(state, request, reply, fault);
    return reply;
}

Simulator::Simulator(SimOptions options)
    : impl_(std::make_unique<Impl>(Impl{std::move(options), nullptr})) {}
Simulator::~Simulator() = default;

SimReply Simulator::Handle(const SimRequest& request, UtcTime now) {
    if (!impl_->state) impl_->state = std::make_unique<State>(impl_->options, now);
    State& state = *impl_->state;
    const Call call = Call::Of(request, now);
    if (!call.path.empty() && call.path[0] == "control") {
        SimReply reply = Control(state, call);
        reply.headers.push_back({"Date", HttpDate(now)});
        return reply;
    }
    SimReply reply = Serve(state, request, now);
    reply.headers.push_back({"Date", HttpDate(now)});
    return reply;
}

std::string Simulator::AccountOf(const std::string& bearer, UtcTime now) const {
    if (!impl_->state || bearer.empty()) return "";
    const auto grant = impl_->state->GrantOf(bearer, now);
    return grant == nullptr ? "" : grant->person->address;
}

}  // namespace kamili::simulator
