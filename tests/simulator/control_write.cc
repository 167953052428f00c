#include "tests/simulator/control.h"
#include "tests/simulator/serve.h"

namespace kamili::simulator {
namespace {

// A token of another program of that person, which may do everything with events.
std::string OtherClient(State& state, Person& person, UtcTime now) {
    const std::string token = "other-" + state.dice.Token(40);
    auto grant = std::make_shared<Grant>();
    grant->person = &person;
    grant->authority = person.tenant;
    grant->scopes = {person.service == Service::kGoogle ? "https://www.googleapis.com/auth/calendar"
                                                        : "Calendars.ReadWrite.Shared"};
    state.access[token] = {grant, now + std::chrono::hours(1)};
    return token;
}

}  // namespace

SimReply ControlWrite(State& state, const Call& call, const Json& body) {
    Person* person = state.world.Find(body.value("account", "google"));
    if (person == nullptr) return BadControl("no such account");
    const bool google = person->service == Service::kGoogle;
    SimRequest request;
    request.method = body.value("method", "POST");
    request.target = (google ? "/google/calendar/v3" : "/microsoft/graph/v1.0") +
                     body.value("path", std::string());
    request.headers = {{"Authorization", "Bearer " + OtherClient(state, *person, call.now)},
                       {"Content-Type", "application/json"}};
    if (!google) request.headers.push_back({"Prefer", "IdType=\"ImmutableId\""});
    if (body.contains("body")) request.body = body["body"].dump();
    const SimReply reply = Serve(state, request, call.now);
    if (reply.status >= 400) return BadControl(std::to_string(reply.status) + ": " + reply.body);
    const Json answer = Json::parse(reply.body, nullptr, false);
    Json result{{"status", reply.status}};
    if (!answer.is_discarded()) result["body"] = answer;
    if (answer.is_object() && answer.contains("id")) result["id"] = answer["id"];
    return JsonReply(200, result);
}

}  // namespace kamili::simulator
