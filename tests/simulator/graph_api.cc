#include "tests/simulator/graph_api.h"

#include <algorithm>

#include "base/encoding.h"
#include "tests/simulator/graph_limits.h"
#include "tests/simulator/oauth.h"

namespace kamili::simulator {
namespace {

// The permission without its resource, in small letters.
std::string Permission(const std::string& scope) {
    std::string name = scope.substr(scope.rfind('/') + 1);
    for (char& c : name)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return name;
}

// With padding, as the header carries it.
std::string Base64(const std::string& text) {
    std::string out = Base64Url(AsBytes(text));
    std::replace(out.begin(), out.end(), '-', '+');
    std::replace(out.begin(), out.end(), '_', '/');
    while (out.size() % 4 != 0) out += '=';
    return out;
}

enum class Right { kNone, kBasic, kRead, kWrite };

Right RightOf(const Grant& grant) {
    Right right = Right::kNone;
    for (const std::string& scope : grant.scopes) {
        const std::string name = Permission(scope);
        if (name == "calendars.readwrite" || name == "calendars.readwrite.shared")
            right = std::max(right, Right::kWrite);
        if (name == "calendars.read" || name == "calendars.read.shared")
            right = std::max(right, Right::kRead);
        if (name == "calendars.readbasic") right = std::max(right, Right::kBasic);
    }
    return right;
}

SimReply NotFound(const GraphRequest& request) {
    return GraphError(request.call, 404, "ErrorItemNotFound",
                      "The specified object was not found in the store.");
}

SimReply UnknownPath(const Call& call) {
    return GraphError(call, 400, "BadRequest",
                      "Resource not found for the segment '" + call.path.back() + "'.");
}

// /events/{id} and /events/{id}/instances, below a calendar or below me.
SimReply OneEvent(const GraphRequest& request, const Calendar* calendar, std::size_t at) {
    const auto core = CoreOfGraphId(request.call.path[at + 1]);
    if (!core) return GraphError(request.call, 400, "ErrorInvalidIdMalformed", "Id is malformed.");
    const auto place = PlaceOfGraphId(*request.grant.person, request.call.path[at + 1]);
    if (!place || (calendar != nullptr && calendar != place->calendar)) return NotFound(request);
    calendar = place->calendar;
    if (request.call.PathIs("events/*/instances", at))
        return GraphInstances(request, *calendar, *core);
    if (request.call.PathIs("events/*", at)) return GraphItem(request, *calendar, *core);
    return UnknownPath(request.call);
}

SimReply InCalendar(const GraphRequest& request, const Calendar& calendar, std::size_t at) {
    const Call& call = request.call;
    if (call.path.size() == at)
        return JsonReply(200, GraphCalendar(*request.grant.person, calendar));
    if (call.PathIs("calendarView", at)) return GraphCalendarView(request, calendar);
    if (call.PathIs("calendarView/delta", at)) return GraphDelta(request, calendar);
    if (call.path[at] == "events" && call.path.size() > at + 1)
        return OneEvent(request, &calendar, at);
    return UnknownPath(call);
}

// Segments 0 to 3 are microsoft/graph/v1.0/me.
SimReply Dispatch(const GraphRequest& request) {
    const Call& call = request.call;
    const Person& person = *request.grant.person;
    if (call.path.size() < 5 || call.path[3] != "me")
        return GraphError(call, 403, "Authorization_RequestDenied",
                          "Insufficient privileges to complete the operation.");
    const std::string& what = call.path[4];
    if (what == "calendars" && call.path.size() == 5) return GraphListCalendars(request);
    if (what == "calendars") {
        const Calendar* calendar = person.Find(call.path[5]);
        return calendar == nullptr ? NotFound(request) : InCalendar(request, *calendar, 6);
    }
    if (what == "calendar") return InCalendar(request, person.Primary(), 5);
    if (what == "calendarView") return InCalendar(request, person.Primary(), 4);
    if (what == "events" && call.path.size() > 5) return OneEvent(request, nullptr, 4);
    return UnknownPath(call);
}

void AddHeaders(const GraphRequest& request, SimReply& reply) {
    for (net::Header& header : reply.headers)
        if (header.name == "Content-Type" && header.value.find("application/json") == 0)
            header.value =
                "application/json; odata.metadata=minimal; odata.streaming=true; "
                "IEEE754Compatible=false; charset=utf-8";
    if (!request.preferences.empty()) {
        std::string applied;
        for (const std::string& one : request.preferences)
            applied += (applied.empty() ? "" : ", ") + one;
        reply.headers.push_back({"Preference-Applied", applied});
    }
    const std::string client = request.call.request.Header("client-request-id");
    if (!client.empty()) reply.headers.push_back({"client-request-id", client});
    reply.headers.push_back({"request-id", request.state.dice.Uuid()});
    reply.gzip = request.call.request.Header("Accept-Encoding").find("gzip") != std::string::npos;
}

SimReply Serve(GraphRequest& request) {
    const Right right = RightOf(request.grant);
    if (right == Right::kNone)
        return GraphError(request.call, 403, "ErrorAccessDenied",
                          "Access is denied. Check credentials and try again.");
    const bool writing = request.call.request.method != "GET";
    if (writing && right != Right::kWrite)
        return GraphError(request.call, 403, "ErrorAccessDenied",
                          "Access is denied. Check credentials and try again.");
    request.view.basic = right == Right::kBasic;
    request.view.body_preview = request.state.settings.graph_body_preview;
    if (auto refused = ReadPreferences(request)) return *refused;
    return writing ? GraphWrite(request) : Dispatch(request);
}

// Continuous access evaluation: the claims must be echoed to the token endpoint.
std::optional<SimReply> RefuseWithoutClaims(const State& state, const Call& call,
                                            const std::string& bearer) {
    const std::string& wanted = state.settings.graph_claims;
    if (wanted.empty() || state.access.at(bearer).claims == wanted) return std::nullopt;
    SimReply reply = GraphError(call, 401, "InvalidAuthenticationToken",
                                "Continuous access evaluation resulted in challenge with result: "
                                "InteractionRequired and code: TokenIssuedBeforeRevocationTime");
    reply.headers.push_back({"WWW-Authenticate", "Negotiate"});
    reply.headers.push_back(
        {"WWW-Authenticate",
         "Bearer realm=\"\", authorization_uri=\"https://login.example/authorize\", "
         "error=\"insufficient_claims\", claims=\"" +
             Base64(wanted) + "\""});
    return reply;
}

}  // namespace

std::optional<GraphPlace> PlaceOfGraphId(const Person& person, const std::string& id) {
    const auto core = CoreOfGraphId(id);
    const auto moves = MovesOfGraphId(id);
    if (!core) return std::nullopt;
    for (const auto& calendar : person.calendars) {
        if (calendar->deleted) continue;
        const SimEvent* event = calendar->Find(core->substr(0, core->find('.')));
        if (event == nullptr || event->deleted || (moves && *moves != event->moves)) continue;
        return GraphPlace{calendar.get(), *core};
    }
    return std::nullopt;
}

SimReply GraphApi(State& state, const Call& call) {
    const std::string bearer = call.Bearer();
    const auto grant = state.GrantOf(bearer, call.now);
    if (grant == nullptr || grant->person->service != Service::kMicrosoft) {
        SimReply reply =
            GraphError(call, 401, "InvalidAuthenticationToken",
                       bearer.empty() ? "Access token is empty."
                                      : "Lifetime validation failed, the token is expired.");
        reply.headers.push_back({"WWW-Authenticate", "Bearer realm=\"\""});
        return reply;
    }
    if (auto refused = RefuseWithoutClaims(state, call, bearer)) return *refused;
    // The parts of a batch count and not the batch.
    if (call.PathIs("microsoft/graph/v1.0/$batch")) return GraphBatch(state, call);
    if (auto refused = RefuseBusyMailbox(state, call, *grant->person)) return *refused;
    GraphRequest request{state, call, *grant, {}, {}, std::nullopt};
    SimReply reply = Serve(request);
    AddHeaders(request, reply);
    reply.delay = std::chrono::milliseconds(state.settings.graph_service_ms);
    return reply;
}

}  // namespace kamili::simulator
