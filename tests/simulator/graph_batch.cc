#include <algorithm>
#include <set>

#include "tests/simulator/graph_api.h"
#include "tests/simulator/serve.h"

namespace kamili::simulator {
namespace {

constexpr std::size_t kPartsMax = 20;

struct Part {
    std::string id = {};
    SimRequest request = {};
    std::vector<std::string> depends_on = {};
    std::size_t level = 0;  // how many parts must be done before it, one after another
    SimReply reply = {};
};

// Nothing for what is not a request.
std::optional<Part> ReadPart(const Json& json, const Call& call) {
    Part part;
    part.id = json.value("id", "");
    const std::string url = json.value("url", "");
    part.request.method = json.value("method", "");
    const bool nested = url.find("$batch") != std::string::npos;
    if (part.id.empty() || part.request.method.empty() || url.find('/') != 0 || nested)
        return std::nullopt;
    part.request.target = "/microsoft/graph/v1.0" + url;
    const Json headers = json.value("headers", Json::object());
    for (const auto& [name, value] : headers.items())
        part.request.headers.push_back({name, value.get<std::string>()});
    if (part.request.Header("Authorization").empty())
        part.request.headers.push_back({"Authorization", call.request.Header("Authorization")});
    if (json.contains("body")) {
        if (part.request.Header("Content-Type").empty()) return std::nullopt;
        part.request.body = json["body"].dump();
    }
    part.depends_on = json.value("dependsOn", std::vector<std::string>{});
    return part;
}

// A part may wait for parts before it.
bool SetLevel(const std::vector<Part>& before, Part& part) {
    for (const Part& other : before)
        if (other.id == part.id) return false;
    for (const std::string& id : part.depends_on) {
        const auto found = std::find_if(before.begin(), before.end(),
                                        [&](const Part& other) { return other.id == id; });
        if (found == before.end()) return false;
        part.level = std::max(part.level, found->level + 1);
    }
    return true;
}

std::optional<std::vector<Part>> ReadParts(const Call& call) {
    const Json body = Json::parse(call.request.body, nullptr, false);
    if (!body.is_object() || !body.contains("requests") || !body["requests"].is_array())
        return std::nullopt;
    if (body["requests"].empty() || body["requests"].size() > kPartsMax) return std::nullopt;
    std::vector<Part> parts;
    for (const Json& json : body["requests"]) {
        auto part = ReadPart(json, call);
        if (!part || !SetLevel(parts, *part)) return std::nullopt;
        parts.push_back(std::move(*part));
    }
    return parts;
}

bool HasFailed(const std::vector<Part>& parts, const std::vector<std::string>& ids) {
    return std::any_of(parts.begin(), parts.end(), [&](const Part& part) {
        return part.reply.status >= 400 && std::find(ids.begin(), ids.end(), part.id) != ids.end();
    });
}

// Parts of one level run at once: each is in flight for all the others. How long it took.
std::chrono::milliseconds RunLevel(State& state, const Call& call, const Person& person,
                                   std::vector<Part>& parts, std::size_t level) {
    std::chrono::milliseconds longest{0};
    const auto busy = state.busy[&person];
    for (Part& part : parts) {
        if (part.level != level) continue;
        if (HasFailed(parts, part.depends_on)) {
            part.reply = GraphError(call, 424, "FailedDependency",
                                    "A request that this one depends on has failed.");
            continue;
        }
        part.reply = Serve(state, part.request, call.now);
        longest = std::max(longest, part.reply.delay);
        if (part.reply.status < 400 && part.reply.delay.count() == 0)
            state.busy[&person].push_back(call.now + std::chrono::milliseconds(1));
    }
    state.busy[&person] = busy;
    return longest;
}

Json PartJson(const Part& part) {
    Json headers = Json::object();
    for (const net::Header& header : part.reply.headers) headers[header.name] = header.value;
    Json json{{"id", part.id}, {"status", part.reply.status}, {"headers", headers}};
    if (part.reply.body.empty()) return json;
    const Json body = Json::parse(part.reply.body, nullptr, false);
    json["body"] = body.is_discarded() ? Json(part.reply.body) : body;
    return json;
}

}  // namespace

SimReply GraphBatch(State& state, const Call& call) {
    const auto grant = state.GrantOf(call.Bearer(), call.now);
    std::optional<std::vector<Part>> parts;
    try {
        if (call.request.method == "POST") parts = ReadParts(call);
    } catch (const Json::exception&) {
        parts.reset();
    }
    if (!parts)
        return GraphError(call, 400, "BadRequest",
                          "Invalid batch payload format: one to " + std::to_string(kPartsMax) +
                              " requests with ids of their own.");
    SimReply whole;
    for (std::size_t level = 0; level < parts->size(); ++level)
        whole.delay += RunLevel(state, call, *grant->person, *parts, level);
    Json answers = Json::array();
    for (const Part& part : *parts) {
        if (part.reply.fault != SimReply::Fault::kNone) whole.fault = part.reply.fault;
        whole.faulted = whole.faulted || part.reply.faulted;
        // No order is promised.
        const int at = state.dice.Between(0, int(answers.size()));
        answers.insert(answers.begin() + at, PartJson(part));
    }
    SimReply reply = JsonReply(200, {{"responses", std::move(answers)}});
    reply.delay = whole.delay;
    reply.fault = whole.fault;
    reply.faulted = whole.faulted;
    reply.gzip = call.request.Header("Accept-Encoding").find("gzip") != std::string::npos;
    return reply;
}

}  // namespace kamili::simulator
