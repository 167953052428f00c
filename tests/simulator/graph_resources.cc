#include "tests/simulator/graph_resources.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "tests/simulator/dice.h"
#include "tests/simulator/graph_recurrence.h"

namespace kamili::simulator {
namespace {

constexpr char kNever[] = "0001-01-01T00:00:00Z";

std::string ResponseText(const SimEvent& event) {
    if (event.own) return "organizer";
    switch (event.answer) {
        case Answer::kNone:
            return "none";
        case Answer::kNeedsAction:
            return "notResponded";
        case Answer::kAccepted:
            return "accepted";
        case Answer::kTentative:
            return "tentativelyAccepted";
        case Answer::kDeclined:
            return "declined";
    }
    return "";
}

Json Address(const std::string& name, const std::string& address) {
    return {{"emailAddress", {{"name", name.empty() ? address : name}, {"address", address}}}};
}

Json Attendees(const SimEvent& event) {
    Json attendees = Json::array();
    for (const Guest& guest : event.guests) {
        Json attendee = Address(guest.name, guest.address);
        attendee["type"] = guest.resource ? "resource" : guest.optional ? "optional" : "required";
        SimEvent answered;
        answered.own = false;
        answered.answer = guest.answer;
        attendee["status"] = {{"response", ResponseText(answered)}, {"time", kNever}};
        attendees.push_back(attendee);
    }
    return attendees;
}

Json Location(const std::string& name) {
    if (name.empty()) return {{"displayName", ""}, {"locationType", "default"}};
    return {{"displayName", name},
            {"locationType", "default"},
            {"uniqueId", name},
            {"uniqueIdType", "private"}};
}

// At most 255 bytes, whole characters.
std::string Preview(const std::string& text) {
    std::size_t size = std::min<std::size_t>(text.size(), 255);
    while (size > 0 && size < text.size() && (text[size] & 0xC0) == 0x80) --size;
    return text.substr(0, size);
}

void AddBody(Json& json, const SimEvent& event, const GraphView& view) {
    if (!view.basic || view.body_preview) json["bodyPreview"] = Preview(event.description);
    if (view.basic) return;
    if (view.text_body) {
        json["body"] = {{"contentType", "text"}, {"content", event.description}};
        return;
    }
    if (event.kept.count("body") != 0) {
        json["body"] = {{"contentType", "html"}, {"content", Json::parse(event.kept.at("body"))}};
        return;
    }
    json["body"] = {{"contentType", "html"},
                    {"content", "<html><head>\r\n</head><body>" + EscapeHtml(event.description) +
                                    "</body></html>"}};
}

void AddFlags(Json& json, const SimEvent& event) {
    json["categories"] = Json::array();
    if (!event.color.empty()) json["categories"].push_back("Category " + event.color);
    json["transactionId"] = nullptr;
    if (!event.transaction.empty()) json["transactionId"] = event.transaction;
    json["reminderMinutesBeforeStart"] = 15;
    json["isReminderOn"] = true;
    json["hasAttachments"] = false;
    json["importance"] = "normal";
    json["sensitivity"] =
        event.visibility.empty() || event.visibility == "public" ? "normal" : event.visibility;
    json["isAllDay"] = event.start.all_day;
    json["isCancelled"] = event.life == Life::kCancelled;
    json["isOrganizer"] = event.own;
    json["responseRequested"] = true;
    json["showAs"] = event.show_as;
    json["allowNewTimeProposals"] = true;
    json["isDraft"] = false;
    json["hideAttendees"] = false;
    json["onlineMeetingUrl"] = nullptr;
    json["isOnlineMeeting"] = !event.conference.empty();
    json["onlineMeetingProvider"] = event.conference.empty() ? "unknown" : "teamsForBusiness";
    json["onlineMeeting"] = nullptr;
    if (!event.conference.empty()) json["onlineMeeting"] = {{"joinUrl", event.conference}};
    for (const auto& [name, text] : event.kept)
        if (name != "body") json[name] = Json::parse(text);
}

std::string ChangeKey(const SimEvent& event) {
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "oypUROBVM8E8%08lx",
                  static_cast<unsigned long>(event.change));
    return std::string(text.data()) + "dQ==";
}

std::string TypeText(const SimEvent& event) {
    if (!event.series.empty()) return "exception";
    return event.IsSeries() ? "seriesMaster" : "singleInstance";
}

// Seven digits, as Exchange keeps time.
std::string SevenDigits(UtcTime time) {
    std::string text = MillisText(time);
    text.insert(text.size() - 1, "0000");
    return text;
}

// All-day series name the organizer's midnight in UTC.
std::string OriginalStart(const When& original) { return FormatUtc(ToUtc(original)); }

}  // namespace

std::string GraphEtag(const SimEvent& event) { return "W/\"" + ChangeKey(event) + "\""; }

Json GraphTime(const When& when, const GraphView& view) {
    // All-day events float: midnight in whatever zone is asked for.
    const Wall wall = when.all_day ? when.wall : WallAt(ToUtc(when), view.zone);
    return {{"dateTime", WallText(wall) + ".0000000"}, {"timeZone", view.zone_name}};
}

Json GraphEvent(const Person& person, const Calendar& calendar, const SimEvent& event,
                const GraphView& view) {
    const std::string id = GraphId(event.id, view.ids, event.moves);
    const std::string key = ChangeKey(event);
    Json json{{"@odata.etag", GraphEtag(event)},
              {"id", id},
              {"createdDateTime", SevenDigits(event.created)},
              {"lastModifiedDateTime", SevenDigits(event.updated)},
              {"changeKey", key},
              {"originalStartTimeZone", WindowsZone(event.start.zone)},
              {"originalEndTimeZone", WindowsZone(event.end.zone)},
              {"iCalUId", event.uid},
              {"subject", event.title},
              {"type", TypeText(event)},
              {"webLink", "https://outlook.office365.com/owa/?itemid=" + Encode(id) +
                              "&exvsurl=1&path=/calendar/item"},
              {"responseStatus", {{"response", ResponseText(event)}, {"time", kNever}}},
              {"start", GraphTime(event.start, view)},
              {"end", GraphTime(event.end, view)},
              {"location", Location(event.location)},
              {"locations", Json::array()},
              {"attendees", Attendees(event)}};
    if (!event.location.empty()) json["locations"].push_back(Location(event.location));
    json["seriesMasterId"] = nullptr;
    json["recurrence"] = nullptr;
    if (!event.series.empty()) {
        json["seriesMasterId"] = GraphId(event.series, view.ids, event.moves);
        json["originalStart"] = OriginalStart(*event.original);
    }
    if (event.IsSeries()) json["recurrence"] = GraphRecurrence(event);
    const bool shared = !calendar.owner_address.empty();
    if (event.own)
        json["organizer"] = shared ? Address(calendar.owner_name, calendar.owner_address)
                                   : Address(person.name, person.address);
    else
        json["organizer"] = Address(event.organizer.name, event.organizer.address);
    AddBody(json, event, view);
    AddFlags(json, event);
    return json;
}

Json GraphInstance(const Person& person, const Calendar& calendar, const SimEvent& master,
                   const When& start, const GraphView& view) {
    Json json =
        GraphEvent(person, calendar, AsOccurrence(Service::kMicrosoft, master, start), view);
    json["type"] = "occurrence";
    return json;
}

Json GraphStub(const SimEvent& master, const When& start, const GraphView& view) {
    return {
        {"@odata.type", "#microsoft.graph.event"},
        {"@odata.etag", "W/\"DwAAABYAAACoypUROBVM8E8dUecOWOpaQAA\""},
        {"id", GraphId(OccurrenceId(Service::kMicrosoft, master, start), view.ids, master.moves)},
        {"seriesMasterId", GraphId(master.id, view.ids, master.moves)},
        {"type", "occurrence"},
        {"start", GraphTime(start, view)},
        {"end", GraphTime(EndOf(master, start), view)}};
}

Json GraphTombstone(const SimEvent& event, const GraphView& view) {
    return {{"@odata.type", "#microsoft.graph.event"},
            {"id", GraphId(event.id, view.ids, event.moves)},
            {"@removed", {{"reason", "deleted"}}}};
}

Json GraphCalendar(const Person& person, const Calendar& calendar) {
    const bool own = calendar.owner_address.empty();
    return {{"id", calendar.id},
            {"name", calendar.name},
            {"color", calendar.primary ? "auto" : "lightGreen"},
            {"hexColor", calendar.color},
            {"isDefaultCalendar", calendar.primary},
            {"changeKey", "oypUROBVM8E8" + std::to_string(calendar.listed) + "=="},
            {"canShare", own},
            {"canViewPrivateItems", own},
            {"canEdit", calendar.role != "reader"},
            {"allowedOnlineMeetingProviders", Json::array({"teamsForBusiness"})},
            {"defaultOnlineMeetingProvider", "teamsForBusiness"},
            {"isTallyingResponses", calendar.primary},
            {"isRemovable", !calendar.primary},
            {"owner",
             {{"name", own ? person.name : calendar.owner_name},
              {"address", own ? person.address : calendar.owner_address}}}};
}

SimReply GraphError(const Call& call, int status, const std::string& code,
                    const std::string& message) {
    const std::string client = call.request.Header("client-request-id");
    // A stable id for a request, so that a reply repeats with its run.
    Dice dice(HashText(call.request.target + MillisText(call.now)));
    const std::string id = dice.Uuid();
    return JsonReply(status, {{"error",
                               {{"code", code},
                                {"message", message},
                                {"innerError",
                                 {{"date", WallText(WallAt(call.now, "UTC"))},
                                  {"request-id", id},
                                  {"client-request-id", client.empty() ? id : client}}}}}});
}

}  // namespace kamili::simulator
