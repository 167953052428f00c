#include "tests/simulator/graph_body.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "tests/simulator/graph_recurrence.h"

namespace kamili::simulator {
namespace {

using Refusal = std::optional<SimReply>;

constexpr std::array<std::string_view, 22> kReadOnly{"id",
                                                     "createdDateTime",
                                                     "lastModifiedDateTime",
                                                     "changeKey",
                                                     "bodyPreview",
                                                     "hasAttachments",
                                                     "iCalUId",
                                                     "isCancelled",
                                                     "isOrganizer",
                                                     "isDraft",
                                                     "onlineMeeting",
                                                     "onlineMeetingUrl",
                                                     "onlineMeetingProvider",
                                                     "organizer",
                                                     "originalStart",
                                                     "originalStartTimeZone",
                                                     "originalEndTimeZone",
                                                     "responseStatus",
                                                     "seriesMasterId",
                                                     "type",
                                                     "webLink",
                                                     "cancelledOccurrences"};
// Of the account's own copy alone: nobody gets a mail about them.
constexpr std::array<std::string_view, 4> kPersonal{"isReminderOn", "reminderMinutesBeforeStart",
                                                    "categories", "showAs"};
constexpr std::array<std::string_view, 4> kFlags{"isReminderOn", "responseRequested",
                                                 "allowNewTimeProposals", "hideAttendees"};
constexpr std::array<std::string_view, 15> kOthers{
    "subject",   "body",       "importance", "sensitivity",     "showAs",
    "isAllDay",  "start",      "end",        "location",        "locations",
    "attendees", "recurrence", "categories", "isOnlineMeeting", "reminderMinutesBeforeStart"};

template <typename Names>
bool IsIn(const Names& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// Lays one body over one event.
class Reader {
  public:
    Reader(const GraphRequest& request, const Json& body, SimEvent& event)
        : request_(request), body_(body), event_(event) {}

    Refusal Read() {
        if (auto refused = CheckNames()) return refused;
        for (const char* which : {"start", "end"})
            if (auto refused = ReadTime(which)) return refused;
        if (auto refused = CheckTimes()) return refused;
        if (auto refused = ReadWords()) return refused;
        if (auto refused = ReadGuests()) return refused;
        ReadTexts();
        ReadFlags();
        return ReadRecurrence();
    }

  private:
    Refusal Invalid(const std::string& message) const {
        return GraphError(request_.call, 400, "ErrorPropertyValidationFailure", message);
    }

    bool Has(const char* name) const { return body_.contains(name) && !body_[name].is_null(); }

    Refusal CheckNames() const {
        for (const auto& [name, value] : body_.items()) {
            if (name.front() == '@' || name == "transactionId" || IsIn(kFlags, name) ||
                IsIn(kOthers, name))
                continue;
            if (!IsIn(kReadOnly, name))
                return GraphError(
                    request_.call, 400, "RequestBodyRead",
                    "The property '" + name + "' does not exist on type 'microsoft.graph.event'.");
            if (!request_.state.settings.graph_read_only_ignored)
                return GraphError(request_.call, 400, "ErrorInvalidPropertySet",
                                  "Set action is invalid for property '" + name + "'.");
        }
        return std::nullopt;
    }

    Refusal ReadTime(const char* which) {
        if (!Has(which)) return std::nullopt;
        const std::string name = body_[which].value("timeZone", "UTC");
        const std::string zone = IanaZone(name);
        const bool windows = name == "UTC" || WindowsZone(name).empty();
        if (zone.empty() || (!windows && !request_.state.settings.graph_iana_names))
            return GraphError(request_.call, 400, "TimeZoneNotSupportedException",
                              "A valid TimeZone value must be specified. The following TimeZone "
                              "value is not supported: '" +
                                  name + "'.");
        // Up to seven digits of a second, sometimes with a Z that means nothing.
        const std::string text = body_[which].value("dateTime", "").substr(0, 19);
        const auto wall = ParseRfc3339((text.size() == 10 ? text + "T00:00:00" : text) + "Z");
        if (!wall) return Invalid("At least one property failed validation.");
        When& when = std::string_view(which) == "start" ? event_.start : event_.end;
        when = {.all_day = false, .wall = WallAt(*wall, "UTC"), .zone = zone};
        return std::nullopt;
    }

    Refusal CheckTimes() {
        const bool all_day = body_.value("isAllDay", all_day_before_);
        event_.start.all_day = event_.end.all_day = all_day;
        if (!all_day) {
            if (ToUtc(event_.end) < ToUtc(event_.start))
                return Invalid("At least one property failed validation.");
            return std::nullopt;
        }
        for (const When* when : {&event_.start, &event_.end})
            if (when->wall != Wall(when->day()))
                return Invalid(
                    "The Event.Start and Event.End properties of an all-day event need to be set "
                    "to midnight.");
        if (event_.start.zone != event_.end.zone || event_.end.wall <= event_.start.wall)
            return Invalid("The duration of an all-day event is a day at least, in one zone.");
        return std::nullopt;
    }

    // The word if it is one of those; `event_` is untouched without it.
    bool Word(const char* name, const std::vector<std::string>& words, std::string& word) const {
        if (!Has(name)) return true;
        word = body_[name].get<std::string>();
        return IsIn(words, word);
    }

    Refusal ReadWords() {
        std::string importance = "normal";
        std::string sensitivity = event_.visibility.empty() ? "normal" : event_.visibility;
        if (!Word("importance", {"low", "normal", "high"}, importance) ||
            !Word("sensitivity", {"normal", "personal", "private", "confidential"}, sensitivity) ||
            !Word("showAs", {"free", "tentative", "busy", "oof", "workingElsewhere", "unknown"},
                  event_.show_as))
            return GraphError(request_.call, 400, "RequestBodyRead",
                              "The requested value was not found in the enumeration.");
        if (Has("importance")) event_.kept["importance"] = Json(importance).dump();
        event_.visibility = sensitivity == "normal" ? "" : sensitivity;
        return std::nullopt;
    }

    Answer AnswerBefore(const std::string& address) const {
        for (const Guest& guest : event_.guests)
            if (guest.address == address) return guest.answer;
        return Answer::kNone;
    }

    Refusal ReadGuests() {
        if (!body_.contains("attendees")) return std::nullopt;
        std::vector<Guest> guests;
        for (const Json& one : body_["attendees"]) {
            const Json address = one.value("emailAddress", Json::object());
            const std::string type = one.value("type", "required");
            Guest guest{.name = address.value("name", ""),
                        .address = address.value("address", ""),
                        .optional = type == "optional",
                        .resource = type == "resource"};
            if (guest.address.find('@') == std::string::npos)
                return Invalid("At least one property failed validation.");
            guest.self = guest.address == request_.grant.person->address;
            guest.answer = AnswerBefore(guest.address);
            guests.push_back(std::move(guest));
        }
        if (guests.size() > 500) return Invalid("At most 500 attendees.");
        event_.guests = std::move(guests);
        return std::nullopt;
    }

    // The text of an HTML body: without tags, and with the entities that EscapeHtml makes undone.
    static std::string TextOfHtml(const std::string& html) {
        std::string text;
        bool inside = false;
        for (const char c : html) {
            if (c == '<') inside = true;
            if (!inside) text += c;
            if (c == '>') inside = false;
        }
        constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kEntities{
            {{"&nbsp;", " "},
             {"&lt;", "<"},
             {"&gt;", ">"},
             {"&quot;", "\""},
             {"&#39;", "'"},
             {"&amp;", "&"}}};
        for (const auto& entity : kEntities)
            for (std::size_t at = text.find(entity.first); at != std::string::npos;
                 at = text.find(entity.first, at + 1))
                text.replace(at, entity.first.size(), entity.second);
        return text;
    }

    void ReadBody() {
        const std::string content = body_["body"].value("content", "");
        const bool html = body_["body"].value("contentType", "text") != "text";
        event_.kept.erase("body");
        event_.description = content;
        if (!html) return;
        event_.kept["body"] = Json(content).dump();
        event_.description = TextOfHtml(content);
    }

    void ReadTexts() {
        if (body_.contains("subject"))
            event_.title = Has("subject") ? body_["subject"].get<std::string>() : "";
        if (Has("body")) ReadBody();
        if (Has("locations")) {
            event_.kept["locations"] = body_["locations"].dump();
            event_.location =
                body_["locations"].empty() ? "" : body_["locations"][0].value("displayName", "");
        }
        // One place replaces all of them.
        if (body_.contains("location")) {
            event_.kept.erase("locations");
            event_.location = Has("location") ? body_["location"].value("displayName", "") : "";
        }
    }

    void ReadFlags() {
        for (const std::string_view name : kFlags) {
            const std::string key(name);
            if (Has(key.c_str())) event_.kept[key] = Json(body_[key].get<bool>()).dump();
        }
        if (Has("categories"))
            event_.kept["categories"] =
                Json(body_["categories"].get<std::vector<std::string>>()).dump();
        if (Has("reminderMinutesBeforeStart"))
            event_.kept["reminderMinutesBeforeStart"] =
                Json(body_["reminderMinutesBeforeStart"].get<int>()).dump();
        // Once a meeting is online it stays so.
        if (Has("isOnlineMeeting") && body_["isOnlineMeeting"].get<bool>() &&
            event_.conference.empty())
            event_.conference =
                "https://teams.example.net/l/meetup-join/" + std::to_string(HashText(event_.id));
    }

    // The first occurrence is the first day of the pattern from the start on.
    Refusal ReadRecurrence() {
        if (!body_.contains("recurrence")) return std::nullopt;
        event_.rule.reset();
        if (!Has("recurrence")) return std::nullopt;
        if (!event_.series.empty())
            return GraphError(request_.call, 400, "ErrorInvalidRequest",
                              "An occurrence cannot have a recurrence of its own.");
        event_.rule = ReadGraphRecurrence(body_["recurrence"], event_.start);
        if (!event_.rule) return Invalid("The recurrence pattern or range is not valid.");
        const auto first = FirstRuleDay(*event_.rule, event_.start.day());
        if (!first) return Invalid("The recurrence has no occurrence.");
        const auto shift = *first - event_.start.day();
        event_.start.wall += shift;
        event_.end.wall += shift;
        return std::nullopt;
    }

    const GraphRequest& request_;
    const Json& body_;
    SimEvent& event_;
    const bool all_day_before_ = event_.start.all_day;
};

}  // namespace

std::optional<SimReply> ReadGraphEvent(const GraphRequest& request, const Json& body,
                                       SimEvent& event) {
    return Reader(request, body, event).Read();
}

bool ConcernsOthers(const Json& body) {
    for (const auto& [name, value] : body.items())
        if (!IsIn(kPersonal, name) && !IsIn(kReadOnly, name) && name != "attendees" &&
            name.front() != '@')
            return true;
    return false;
}

}  // namespace kamili::simulator
