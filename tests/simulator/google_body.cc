#include "tests/simulator/google_body.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "tests/simulator/dice.h"
#include "tests/simulator/google_resources.h"
#include "tests/simulator/recurrence_reader.h"

namespace kamili::simulator {
namespace {

using Refusal = std::optional<SimReply>;

Refusal Invalid(const std::string& message) {
    return GoogleError(400, "global", "invalid", message);
}

Refusal Required(const std::string& message) {
    return GoogleError(400, "global", "required", message);
}

// Kept as they are: nothing in the simulator depends on them.
constexpr std::array<std::string_view, 11> kKept{"reminders",
                                                 "extendedProperties",
                                                 "guestsCanInviteOthers",
                                                 "guestsCanModify",
                                                 "guestsCanSeeOtherGuests",
                                                 "anyoneCanAddSelf",
                                                 "source",
                                                 "workingLocationProperties",
                                                 "outOfOfficeProperties",
                                                 "focusTimeProperties",
                                                 "birthdayProperties"};

Answer AnswerOf(const std::string& text) {
    if (text == "accepted") return Answer::kAccepted;
    if (text == "tentative") return Answer::kTentative;
    if (text == "declined") return Answer::kDeclined;
    return Answer::kNeedsAction;
}

// A bare time is one of its zone; one with an offset is an instant.
std::optional<When> ReadDateTime(const std::string& text, const std::string& zone,
                                 const std::string& fallback) {
    if (text.size() == 19 && !zone.empty()) {
        const auto wall = ParseRfc3339(text + "Z");
        if (!wall) return std::nullopt;
        return When{.all_day = false, .wall = WallAt(*wall, "UTC"), .zone = zone};
    }
    const auto time = ParseRfc3339(text);
    if (!time) return std::nullopt;
    return AtUtc(*time, zone.empty() ? fallback : zone);
}

std::string TextOf(const Json& json, const char* name) {
    const auto found = json.find(name);
    return found == json.end() || found->is_null() ? "" : found->get<std::string>();
}

// `which`: "start" or "end".
Refusal ReadTime(const Json& whole, const std::string& which, const Calendar& calendar,
                 When& when) {
    const Json time = whole.value(which, Json());
    if (!time.is_object()) return Required("Missing " + which + " time.");
    const std::string date = TextOf(time, "date");
    const std::string date_time = TextOf(time, "dateTime");
    const std::string zone = TextOf(time, "timeZone");
    if (date.empty() == date_time.empty()) return Invalid("Invalid " + which + " time.");
    if (!zone.empty() && !IsZone(zone))
        return Invalid("Invalid time zone definition for " + which + " time.");
    const auto read = date.empty() ? ReadDateTime(date_time, zone, calendar.zone)
                                   : ParseWhen(date, calendar.zone);
    if (!read || (read->all_day == date.empty())) return Invalid("Invalid " + which + " time.");
    when = *read;
    return std::nullopt;
}

Refusal ReadTimes(const Json& whole, const Calendar& calendar, SimEvent& event) {
    if (auto refused = ReadTime(whole, "start", calendar, event.start)) return refused;
    if (auto refused = ReadTime(whole, "end", calendar, event.end)) return refused;
    if (event.start.all_day != event.end.all_day)
        return Invalid("The start and end times must either both be date or both be dateTime.");
    const bool empty = event.start.all_day ? event.end.wall <= event.start.wall
                                           : ToUtc(event.end) < ToUtc(event.start);
    if (empty)
        return GoogleError(400, "calendar", "timeRangeEmpty", "The specified time range is empty.");
    return std::nullopt;
}

Refusal ReadRecurrence(const Json& whole, SimEvent& event) {
    const Json lines = whole.value("recurrence", Json::array());
    if (lines.empty()) {
        SetRecurrence(event, {});
        return std::nullopt;
    }
    if (!event.series.empty()) return Invalid("An instance cannot recur.");
    if (!event.start.all_day)
        for (const char* which : {"start", "end"})
            if (TextOf(whole[which], "timeZone").empty())
                return Required(std::string("Missing time zone definition for ") + which +
                                " time.");
    if (!SetRecurrence(event, lines.get<std::vector<std::string>>()))
        return Invalid("Invalid recurrence rule.");
    return std::nullopt;
}

Refusal ReadGuests(const Json& whole, const Person& person, SimEvent& event) {
    event.guests.clear();
    for (const Json& one : whole.value("attendees", Json::array())) {
        Guest guest{.name = TextOf(one, "displayName"),
                    .address = TextOf(one, "email"),
                    .answer = AnswerOf(TextOf(one, "responseStatus")),
                    .optional = one.value("optional", false),
                    .resource = one.value("resource", false)};
        if (guest.address.find('@') == std::string::npos) return Invalid("Invalid attendee email.");
        guest.self = guest.address == person.address;
        if (guest.self) event.answer = guest.answer;
        event.guests.push_back(std::move(guest));
    }
    return std::nullopt;
}

Refusal CheckReminders(const Json& whole) {
    const Json reminders = whole.value("reminders", Json::object());
    for (const Json& one : reminders.value("overrides", Json::array())) {
        if (!one.contains("minutes")) return Required("Missing override reminder minutes.");
        const int minutes = one["minutes"].get<int>();
        if (minutes < 0 || minutes > 40'320) return Invalid("Invalid override reminder minutes.");
    }
    return std::nullopt;
}

void Keep(const Json& whole, std::string_view name, SimEvent& event) {
    const std::string key(name);
    if (whole.contains(key) && !whole[key].is_null())
        event.kept[key] = whole[key].dump();
    else
        event.kept.erase(key);
}

void ReadConference(const Json& whole, SimEvent& event) {
    const Json data = whole.value("conferenceData", Json::object());
    if (data.contains("createRequest") && event.conference.empty()) {
        Dice dice(HashText(event.id + data["createRequest"].value("requestId", "")));
        event.conference = "https://meet.example.net/" + dice.Token(10);
    }
    if (data.empty()) event.conference.clear();
}

void ReadTexts(const Json& whole, SimEvent& event) {
    event.title = TextOf(whole, "summary");
    event.description = TextOf(whole, "description");
    event.location = TextOf(whole, "location");
    event.color = TextOf(whole, "colorId");
    event.visibility = TextOf(whole, "visibility");
    if (event.visibility == "default") event.visibility.clear();
    if (TextOf(whole, "transparency") == "transparent")
        event.show_as = "free";
    else if (event.show_as == "free")
        event.show_as = "busy";
    event.life = TextOf(whole, "status") == "tentative" ? Life::kTentative : Life::kConfirmed;
}

Refusal CheckWords(const Json& whole, const SimEvent& event) {
    const auto fits = [&whole](const char* name, const std::vector<std::string>& words) {
        const std::string text = TextOf(whole, name);
        return text.empty() || std::find(words.begin(), words.end(), text) != words.end();
    };
    if (!fits("status", {"confirmed", "tentative", "cancelled"})) return Invalid("Invalid status.");
    if (!fits("visibility", {"default", "public", "private", "confidential"}))
        return Invalid("Invalid visibility.");
    if (!fits("transparency", {"opaque", "transparent"})) return Invalid("Invalid transparency.");
    if (!fits("eventType", {event.type})) return Invalid("Event type cannot be changed.");
    if (whole.value("sequence", event.sequence) < event.sequence)
        return Invalid(
            "Invalid sequence value. The specified sequence number is below the current sequence "
            "number of the resource.");
    return std::nullopt;
}

}  // namespace

std::optional<SimReply> ReadGoogleEvent(const Json& whole, const GoogleWriteOptions& options,
                                        const Person& person, const Calendar& calendar,
                                        SimEvent& event) {
    if (auto refused = CheckWords(whole, event)) return refused;
    if (auto refused = ReadTimes(whole, calendar, event)) return refused;
    if (auto refused = ReadRecurrence(whole, event)) return refused;
    if (auto refused = ReadGuests(whole, person, event)) return refused;
    if (auto refused = CheckReminders(whole)) return refused;
    ReadTexts(whole, event);
    event.end_unspecified = whole.value("endTimeUnspecified", false);
    event.sequence = whole.value("sequence", event.sequence);
    for (const std::string_view name : kKept) Keep(whole, name, event);
    if (options.attachments) Keep(whole, "attachments", event);
    if (options.conference) ReadConference(whole, event);
    return std::nullopt;
}

void AnswerForSelf(const Json& body, const Person& person, SimEvent& event) {
    for (const Json& one : body.value("attendees", Json::array())) {
        if (TextOf(one, "email") != person.address) continue;
        event.answer = AnswerOf(TextOf(one, "responseStatus"));
        for (Guest& guest : event.guests)
            if (guest.self) guest.answer = event.answer;
    }
}

std::set<std::string> ChangedMembers(const Json& before, const Json& after) {
    std::set<std::string> changed;
    for (const auto& [name, value] : before.items())
        if (!after.contains(name) || after[name] != value) changed.insert(name);
    for (const auto& [name, value] : after.items())
        if (!before.contains(name)) changed.insert(name);
    for (const char* name : {"etag", "updated", "sequence"}) changed.erase(name);
    return changed;
}

}  // namespace kamili::simulator
