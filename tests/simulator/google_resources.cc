#include "tests/simulator/google_resources.h"

#include "tests/simulator/occurrences.h"

namespace kamili::simulator {
namespace {

std::string AnswerText(Answer answer) {
    switch (answer) {
        case Answer::kNone:
        case Answer::kNeedsAction:
            return "needsAction";
        case Answer::kAccepted:
            return "accepted";
        case Answer::kTentative:
            return "tentative";
        case Answer::kDeclined:
            return "declined";
    }
    return "";
}

std::string DateLine(const std::string& name, const When& when) {
    if (when.all_day) return name + ";VALUE=DATE:" + CompactDate(when.wall);
    if (when.zone == "UTC") return name + ":" + CompactUtc(ToUtc(when));
    return name + ";TZID=" + when.zone + ":" + CompactWall(when.wall);
}

Json Party(const Guest& guest) {
    Json party{{"email", guest.address}};
    if (!guest.name.empty()) party["displayName"] = guest.name;
    if (guest.self) party["self"] = true;
    return party;
}

Json Attendees(const SimEvent& event) {
    Json attendees = Json::array();
    for (const Guest& guest : event.guests) {
        Json attendee = Party(guest);
        attendee["responseStatus"] = AnswerText(guest.answer);
        if (guest.optional) attendee["optional"] = true;
        if (guest.resource) attendee["resource"] = true;
        if (guest.self && event.own) attendee["organizer"] = true;
        attendees.push_back(attendee);
    }
    return attendees;
}

void AddPeople(Json& json, const Person& person, const SimEvent& event) {
    const Guest self{.name = "", .address = person.address, .self = true};
    json["organizer"] = Party(event.own ? self : event.organizer);
    json["creator"] = json["organizer"];
    if (!event.guests.empty()) json["attendees"] = Attendees(event);
    if (event.guests_omitted) json["attendeesOmitted"] = true;
}

void AddType(Json& json, const SimEvent& event) {
    json["eventType"] = event.type;
    if (event.type == "birthday") json["birthdayProperties"] = {{"type", "birthday"}};
    if (event.type == "workingLocation")
        json["workingLocationProperties"] = {{"type", "homeOffice"},
                                             {"homeOffice", Json::object()}};
    if (event.type == "outOfOffice")
        json["outOfOfficeProperties"] = {{"autoDeclineMode", "declineAllConflictingInvitations"}};
    if (event.type == "focusTime")
        json["focusTimeProperties"] = {{"autoDeclineMode", "declineNone"}};
}

void AddConference(Json& json, const std::string& uri) {
    json["hangoutLink"] = uri;
    json["conferenceData"] = {
        {"conferenceId", uri.substr(uri.rfind('/') + 1)},
        {"conferenceSolution", {{"name", "Google Meet"}, {"key", {{"type", "hangoutsMeet"}}}}},
        {"entryPoints", Json::array({Json{{"entryPointType", "video"}, {"uri", uri}}})}};
}

void AddDetails(Json& json, const Person& person, const SimEvent& event) {
    json["created"] = MillisText(event.created);
    json["sequence"] = event.sequence;
    json["reminders"] = {{"useDefault", true}};
    if (!event.title.empty()) json["summary"] = event.title;
    if (!event.description.empty()) json["description"] = event.description;
    if (!event.location.empty()) json["location"] = event.location;
    if (!event.visibility.empty()) json["visibility"] = event.visibility;
    if (!event.color.empty()) json["colorId"] = event.color;
    if (event.show_as == "free") json["transparency"] = "transparent";
    if (event.end_unspecified) json["endTimeUnspecified"] = true;
    if (!event.conference.empty()) AddConference(json, event.conference);
    AddPeople(json, person, event);
    AddType(json, event);
    for (const auto& [name, text] : event.kept) json[name] = Json::parse(text);
}

std::string Status(const SimEvent& event) {
    if (event.deleted || event.removed_occurrence || event.life == Life::kCancelled)
        return "cancelled";
    return event.life == Life::kTentative ? "tentative" : "confirmed";
}

}  // namespace

std::string QuotedEtag(std::uint64_t number) { return '"' + std::to_string(number) + '"'; }

Json GoogleTime(const When& when) {
    if (when.all_day) return {{"date", DateText(when.wall)}};
    return {{"dateTime", WhenText(when)}, {"timeZone", when.zone}};
}

std::vector<std::string> GoogleRecurrence(const SimEvent& event) {
    std::vector<std::string> lines;
    for (const When& gone : event.exdates) lines.push_back(DateLine("EXDATE", gone));
    if (event.rule) lines.push_back(RuleText(*event.rule, event.start, event.until_as_date));
    for (const When& extra : event.rdates) lines.push_back(DateLine("RDATE", extra));
    return lines;
}

std::string GoogleEtag(const SimEvent& event) {
    const auto updated = static_cast<std::uint64_t>(event.updated.time_since_epoch().count());
    return QuotedEtag(updated * 2000 + event.change);
}

Json GoogleEvent(const Person& person, const SimEvent& event, GoogleView view) {
    Json json{{"kind", "calendar#event"},
              {"etag", GoogleEtag(event)},
              {"id", event.id},
              {"status", Status(event)}};
    if (view == GoogleView::kSparse || event.moved_away) return json;
    if (!event.series.empty()) {
        json["recurringEventId"] = event.series;
        json["originalStartTime"] = GoogleTime(*event.original);
    }
    if (event.removed_occurrence) return json;
    json["htmlLink"] = "https://www.google.com/calendar/event?eid=" + Encode(event.id);
    json["updated"] = MillisText(event.updated);
    json["iCalUID"] = event.uid;
    json["start"] = GoogleTime(event.start);
    json["end"] = GoogleTime(event.end);
    if (event.IsSeries()) json["recurrence"] = GoogleRecurrence(event);
    if (view == GoogleView::kFreeBusy)
        json["visibility"] = "private";
    else
        AddDetails(json, person, event);
    return json;
}

Json GoogleInstance(const Person& person, const SimEvent& master, const When& start,
                    GoogleView view) {
    return GoogleEvent(person, AsOccurrence(Service::kGoogle, master, start), view);
}

Json GoogleCalendar(const Calendar& calendar) {
    Json json{{"kind", "calendar#calendarListEntry"},
              {"etag", QuotedEtag(1'786'000'000'000'000 + calendar.listed)},
              {"id", calendar.id}};
    if (calendar.deleted) {
        json["deleted"] = true;
        return json;
    }
    json["summary"] = calendar.name;
    json["timeZone"] = calendar.zone;
    json["colorId"] = "14";
    json["backgroundColor"] = calendar.color;
    json["foregroundColor"] = "#000000";
    json["accessRole"] = calendar.role;
    json["defaultReminders"] = Json::array();
    json["conferenceProperties"] = {
        {"allowedConferenceSolutionTypes", Json::array({"hangoutsMeet"})}};
    if (calendar.primary) json["primary"] = true;
    if (calendar.hidden) json["hidden"] = true;
    if (!calendar.hidden) json["selected"] = true;
    return json;
}

SimReply GoogleError(int code, const std::string& domain, const std::string& reason,
                     const std::string& message, const std::string& location) {
    Json entry{{"domain", domain}, {"reason", reason}, {"message", message}};
    if (!location.empty()) {
        entry["locationType"] = location == "Authorization" ? "header" : "parameter";
        entry["location"] = location;
    }
    SimReply reply = JsonReply(
        code,
        {{"error", {{"errors", Json::array({entry})}, {"code", code}, {"message", message}}}});
    reply.headers.push_back({"Vary", "Origin, X-Origin, Referer"});
    return reply;
}

}  // namespace kamili::simulator
