#include "tests/simulator/graph_respond.h"

#include "tests/simulator/mails.h"

namespace kamili::simulator {
namespace {

SimReply Invalid(const GraphRequest& request, const std::string& message) {
    return GraphError(request.call, 400, "ErrorInvalidRequest", message);
}

SimReply Accepted() {
    SimReply reply;
    reply.status = 202;
    return reply;
}

SimReply Cancel(const GraphRequest& request, Calendar& calendar, const SimEvent& event,
                const std::string& comment) {
    if (!event.own) return Invalid(request, "You need to be an organizer to cancel a meeting.");
    Record(request.state, *request.grant.person, event, "cancellation", Missing(event.guests, {}),
           comment);
    RemoveEvent(request, calendar, event);
    return Accepted();
}

// A proposal needs an organizer who takes them, and a mail to travel in.
bool MayPropose(const SimEvent& event, const std::string& action, bool send) {
    const auto allowed = event.kept.find("allowNewTimeProposals");
    return send && action != "accept" &&
           (allowed == event.kept.end() || allowed->second != "false");
}

void SetAnswer(SimEvent& event, Answer answer) {
    event.answer = answer;
    for (Guest& guest : event.guests)
        if (guest.self) guest.answer = answer;
    if (answer == Answer::kTentative && event.show_as == "busy") event.show_as = "tentative";
    if (answer == Answer::kAccepted && event.show_as == "tentative") event.show_as = "busy";
}

}  // namespace

SimReply GraphRespond(const GraphRequest& request, Calendar& calendar, const SimEvent& event,
                      const std::string& action, const Json& body) {
    const std::string comment = body.value("comment", body.value("Comment", ""));
    if (action == "cancel") return Cancel(request, calendar, event, comment);
    const bool decline = action == "decline";
    const bool tentative = action == "tentativelyAccept";
    if (!decline && !tentative && action != "accept")
        return GraphError(request.call, 400, "BadRequest",
                          "Resource not found for the segment '" + action + "'.");
    if (event.own)
        return Invalid(request,
                       "You can't respond to this meeting because you're the meeting organizer.");
    const bool send = body.value("sendResponse", true);
    if (body.contains("proposedNewTime") && !MayPropose(event, action, send))
        return Invalid(request, "A new time cannot be proposed for this meeting.");
    if (send)
        Record(request.state, *request.grant.person, event, "response", {event.organizer}, comment);
    if (decline && request.state.settings.graph_decline_removes) {
        RemoveEvent(request, calendar, event);
        return Accepted();
    }
    SimEvent answered = event;
    SetAnswer(answered, decline     ? Answer::kDeclined
                        : tentative ? Answer::kTentative
                                    : Answer::kAccepted);
    TouchMaster(request, calendar,
                request.state.world.Put(calendar, std::move(answered), request.call.now));
    return Accepted();
}

}  // namespace kamili::simulator
