#include <algorithm>

#include "tests/simulator/event_maker.h"
#include "tests/simulator/graph_body.h"
#include "tests/simulator/graph_respond.h"
#include "tests/simulator/mails.h"

namespace kamili::simulator {
namespace {

using Refusal = std::optional<SimReply>;

SimReply NotFound(const GraphRequest& request) {
    return GraphError(request.call, 404, "ErrorItemNotFound",
                      "The specified object was not found in the store.");
}

Refusal Invalid(const GraphRequest& request, const std::string& message) {
    return GraphError(request.call, 400, "ErrorInvalidRequest", message);
}

SimReply Denied(const GraphRequest& request) {
    return GraphError(request.call, 403, "ErrorAccessDenied",
                      "Access is denied. Check credentials and try again.");
}

bool MayWrite(const GraphRequest& request, const Calendar& calendar) {
    if (calendar.role == "reader") return false;
    if (calendar.owner_address.empty()) return true;
    // Somebody else's: a permission of its own.
    const auto& scopes = request.grant.scopes;
    return std::any_of(scopes.begin(), scopes.end(), [](const std::string& scope) {
        return scope.find("Calendars.ReadWrite.Shared") != std::string::npos;
    });
}

// Times come in the zone that they were sent in, whatever Prefer says.
GraphView ViewOfReply(const GraphRequest& request, const Json& body) {
    GraphView view = request.view;
    const Json start = body.value("start", Json());
    if (!start.is_object()) return view;
    view.zone_name = start.value("timeZone", "UTC");
    view.zone = IanaZone(view.zone_name);
    return view;
}

SimReply Shown(const GraphRequest& request, const Calendar& calendar, const SimEvent& event,
               int status, const Json& body) {
    Json item = GraphEvent(*request.grant.person, calendar, event, ViewOfReply(request, body));
    item["@odata.context"] = GraphRoot(request.state) + "/$metadata#users/events/$entity";
    SimReply reply = JsonReply(status, item);
    if (status == 201)
        reply.headers.push_back({"Location", GraphRoot(request.state) + "/me/events/" +
                                                 Encode(item["id"].get<std::string>())});
    return reply;
}

const SimEvent* OfTransaction(const Calendar& calendar, const std::string& transaction) {
    for (const auto& [id, event] : calendar.events)
        if (!event.deleted && event.transaction == transaction) return &event;
    return nullptr;
}

SimReply Create(const GraphRequest& request, Calendar& calendar, const Json& body) {
    State& state = request.state;
    const std::string transaction = body.value("transactionId", "");
    if (!transaction.empty())
        for (const auto& other : request.grant.person->calendars)
            if (const SimEvent* made = OfTransaction(*other, transaction))
                return Shown(request, *other, *made, 201, body);
    if (!body.value("start", Json()).is_object() || !body.value("end", Json()).is_object())
        return GraphError(request.call, 400, "ErrorPropertyValidationFailure",
                          "At least one property failed validation.");
    SimEvent event;
    event.id = EventMaker(state.dice, Service::kMicrosoft, request.call.now).NewId();
    event.uid = "040000008200E00074C5B7101A82E008" + state.dice.Text("0123456789ABCDEF", 80);
    event.transaction = transaction;
    event.answer = Answer::kAccepted;
    if (auto refused = ReadGraphEvent(request, body, event)) return *refused;
    const SimEvent& stored = state.world.Put(calendar, std::move(event), request.call.now);
    RecordChange(state, *request.grant.person, SimEvent{}, stored, false);
    return Shown(request, calendar, stored, 201, body);
}

Refusal RefusePrecondition(const GraphRequest& request, const SimEvent& event) {
    const std::string wanted = request.call.request.Header("If-Match");
    int& spurious = request.state.settings.graph_spurious_412;
    const bool stale = !wanted.empty() && wanted != "*" && wanted != GraphEtag(event);
    if (!stale && spurious <= 0) return std::nullopt;
    if (!stale) --spurious;
    return GraphError(request.call, 412, "ErrorIrresolvableConflict",
                      "The send or update operation could not be performed because the change key "
                      "passed in the request does not match the current change key for the item.");
}

// An exception may not pass its neighbours, nor come to lie on their days.
bool Crosses(const Calendar& calendar, const SimEvent& after) {
    const SimEvent* master = calendar.Find(after.series);
    if (master == nullptr) return false;
    const auto year = std::chrono::hours(24 * 366);
    const UtcTime original = ToUtc(*after.original);
    const Span around{original - 2 * year, original + 2 * year, "UTC"};
    for (const Occurrence& one : OccurrencesOf(calendar, *master, around)) {
        const UtcTime other = ToUtc(*one.original);
        const Day day = InZone(one.start, after.start.zone).day();
        if (other < original && after.start.day() <= day) return true;
        if (other > original && after.start.day() >= day) return true;
    }
    return false;
}

// New times or a new pattern: the occurrences are made anew, under new ids and without exceptions.
bool IsRebuilt(const SimEvent& before, const SimEvent& after, const Json& body) {
    return before.IsSeries() &&
           (body.contains("recurrence") || before.start != after.start || before.end != after.end);
}

// A master with exceptions mails once for each of them too.
void RecordUpdate(const GraphRequest& request, const Calendar& calendar, const SimEvent& before,
                  const SimEvent& after, const Json& body) {
    if (!after.own) return;
    const Person& person = *request.grant.person;
    const bool others = ConcernsOthers(body);
    RecordChange(request.state, person, before, after, others);
    if (!others || !after.IsSeries()) return;
    for (const SimEvent* member : calendar.MembersOf(after.id))
        if (!member->removed_occurrence)
            Record(request.state, person, *member, "update", Missing(member->guests, {}));
}

SimReply Update(const GraphRequest& request, Calendar& calendar, const SimEvent& before,
                const Json& body) {
    State& state = request.state;
    if (body.contains("transactionId"))
        return *Invalid(request, "The property 'transactionId' cannot be updated.");
    if (auto refused = RefusePrecondition(request, before)) return *refused;
    SimEvent after = before;
    if (auto refused = ReadGraphEvent(request, body, after)) return *refused;
    if (!after.series.empty() && after.start != before.start && Crosses(calendar, after))
        return GraphError(request.call, 400, "ErrorOccurrenceCrossingBoundary",
                          "Modified occurrence is crossing or overlapping adjacent occurrence.");
    if (state.settings.graph_lost_writes > 0) {
        --state.settings.graph_lost_writes;
        return Shown(request, calendar, after, 200, body);
    }
    RecordUpdate(request, calendar, before, after, body);
    if (IsRebuilt(before, after, body)) {
        std::vector<std::string> members;
        for (const SimEvent* member : calendar.MembersOf(before.id)) members.push_back(member->id);
        for (const std::string& id : members) state.world.Delete(calendar, id, request.call.now);
        after.rebuilt += 1;
    }
    const SimEvent stored = state.world.Put(calendar, std::move(after), request.call.now);
    TouchMaster(request, calendar, stored);
    return Shown(request, calendar, stored, 200, body);
}

SimReply Delete(const GraphRequest& request, Calendar& calendar, const SimEvent& event) {
    if (auto refused = RefusePrecondition(request, event)) return *refused;
    const int called_off = request.state.settings.graph_cancelled_delete;
    if (event.life == Life::kCancelled && called_off == 404) return NotFound(request);
    if (event.life == Life::kCancelled && called_off == 403) return Denied(request);
    if (event.own)
        Record(request.state, *request.grant.person, event, "cancellation",
               Missing(event.guests, {}));
    RemoveEvent(request, calendar, event);
    SimReply reply;
    reply.status = 204;
    return reply;
}

// Where a path leads: the calendar that is named, and how many segments that took.
struct Route {
    Calendar* calendar = nullptr;
    std::size_t events_at = 4;
    bool named = false;
};

Route RouteOf(const GraphRequest& request) {
    const Call& call = request.call;
    Person& person = *request.grant.person;
    if (call.path.size() > 5 && call.path[4] == "calendars")
        return {person.Find(call.path[5]), 6, true};
    if (call.path.size() > 4 && call.path[4] == "calendar") return {&person.Primary(), 5, true};
    return {&person.Primary(), 4, false};
}

SimReply WriteOne(const GraphRequest& request, const Route& route, const Json& body) {
    const Call& call = request.call;
    const std::string& id = call.path[route.events_at + 1];
    if (!CoreOfGraphId(id))
        return GraphError(call, 400, "ErrorInvalidIdMalformed", "Id is malformed.");
    const auto place = PlaceOfGraphId(*request.grant.person, id);
    if (!place || (route.named && place->calendar != route.calendar)) return NotFound(request);
    const auto event = GraphRow(*place->calendar, place->core);
    if (!event) return NotFound(request);
    if (!MayWrite(request, *place->calendar)) return Denied(request);
    const std::string& method = call.request.method;
    if (call.path.size() == route.events_at + 3 && method == "POST")
        return GraphRespond(request, *place->calendar, *event, call.path.back(), body);
    if (call.path.size() == route.events_at + 2 && method == "PATCH")
        return Update(request, *place->calendar, *event, body);
    if (call.path.size() == route.events_at + 2 && method == "DELETE")
        return Delete(request, *place->calendar, *event);
    return GraphError(call, 405, "Request_BadRequest", "Specified HTTP method is not allowed.");
}

SimReply WriteEvents(const GraphRequest& request, const Json& body) {
    const Call& call = request.call;
    const Route route = RouteOf(request);
    if (call.path.size() <= route.events_at || call.path[route.events_at] != "events")
        return GraphError(call, 403, "ErrorAccessDenied",
                          "The simulator changes events, not calendars.");
    if (route.calendar == nullptr) return NotFound(request);
    // Seen: an event is not to be had by way of the default calendar.
    if (route.events_at == 5 && call.path.size() > 6)
        return GraphError(call, 501, "NotImplemented", "The requested resource is not supported.");
    if (call.path.size() > route.events_at + 1) return WriteOne(request, route, body);
    if (call.request.method != "POST")
        return GraphError(call, 405, "Request_BadRequest", "Specified HTTP method is not allowed.");
    if (!MayWrite(request, *route.calendar)) return Denied(request);
    return Create(request, *route.calendar, body);
}

}  // namespace

void TouchMaster(const GraphRequest& request, Calendar& calendar, const SimEvent& member) {
    const SimEvent* master = member.series.empty() ? nullptr : calendar.Find(member.series);
    if (master != nullptr) request.state.world.Put(calendar, SimEvent(*master), request.call.now);
}

void RemoveEvent(const GraphRequest& request, Calendar& calendar, const SimEvent& event) {
    World& world = request.state.world;
    if (event.series.empty()) {
        world.Delete(calendar, event.id, request.call.now);
        return;
    }
    SimEvent removed = event;
    removed.removed_occurrence = true;
    TouchMaster(request, calendar, world.Put(calendar, std::move(removed), request.call.now));
}

SimReply GraphWrite(const GraphRequest& request) {
    const std::string& text = request.call.request.body;
    const Json body = text.empty() ? Json::object() : Json::parse(text, nullptr, false);
    if (!body.is_object())
        return GraphError(request.call, 400, "BadRequest",
                          "Unable to read JSON request payload. Please ensure Content-Type header "
                          "is set and payload is of valid JSON format.");
    try {
        return WriteEvents(request, body);
    } catch (const Json::exception&) {
        return GraphError(request.call, 400, "RequestBodyRead",
                          "A value was found that does not fit the type of its property.");
    }
}

}  // namespace kamili::simulator
