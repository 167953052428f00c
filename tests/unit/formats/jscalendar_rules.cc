// The rules of RFC 8984 as tables: type and value of each property, written from the RFC and not
// from the code under test.

#include "tests/unit/formats/jscalendar_rules.h"

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

namespace kamili::formats::test {
namespace {

using nlohmann::json;
using Check = std::function<bool(const json&)>;
using Properties = std::map<std::string, Check>;

Check Matches(const char* pattern) {
    return [compiled = std::regex(pattern)](const json& value) {
        return value.is_string() && std::regex_match(value.get<std::string>(), compiled);
    };
}
Check OneOf(std::set<std::string> words) {
    return [words = std::move(words)](const json& value) {
        return value.is_string() && words.contains(value.get<std::string>());
    };
}
Check Whole(std::int64_t min, std::int64_t max) {
    return [=](const json& value) {
        return value.is_number_integer() && value.get<std::int64_t>() >= min &&
               value.get<std::int64_t>() <= max;
    };
}
// Not zero, its size at most `max`.
Check Signed(std::int64_t max) {
    return [=](const json& value) { return Whole(-max, max)(value) && value != 0; };
}
Check ListOf(Check one) {
    return [one = std::move(one)](const json& value) {
        return value.is_array() && !value.empty() && std::all_of(value.begin(), value.end(), one);
    };
}
Check MapOf(Check key, Check value) {
    return [key = std::move(key), value = std::move(value)](const json& map) {
        if (!map.is_object()) return false;
        for (const auto& [name, one] : map.items())
            if (!key(name) || !value(one)) return false;
        return true;
    };
}
const Check kText = [](const json& value) { return value.is_string(); };
const Check kTrue = [](const json& value) { return value == true; };
const Check kBoolean = [](const json& value) { return value.is_boolean(); };

// Sections 1.4.4 to 1.4.8.
const Check kLocal = Matches(
    "\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d*[1-9])"
    "?");
const Check kUtc = Matches(
    "\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d*[1-9])"
    "?Z");
const Check kDuration =
    Matches("P(\\d+D|\\d+W)|P(\\d+D)?T(\\d+H(\\d+M(\\d+S)?)?|\\d+M(\\d+S)?|\\d+S|\\d+H\\d+S)");
const Check kId = Matches("[A-Za-z0-9_-]{1,255}");
const Check kZone = Matches("[A-Za-z]+(/[A-Za-z0-9_+-]+)*|/.+");
const Check kUri = Matches("[a-z][a-z0-9+.-]*:.+");
const Check kOffset = Matches("[+-]\\d{2}:\\d{2}");

Check Object(const char* type, const Properties& properties, std::set<std::string> required = {}) {
    return [=](const json& value) {
        if (!value.is_object() || value.value("@type", "") != type) return false;
        for (const auto& [name, one] : value.items()) {
            if (name == "@type") continue;
            const auto known = properties.find(name);
            if (known == properties.end() || !known->second(one)) return false;
        }
        return std::all_of(required.begin(), required.end(),
                           [&](const std::string& name) { return value.contains(name); });
    };
}

// Section 4.3.3.
bool IsRule(const json& value) {
    static const Check day = OneOf({"mo", "tu", "we", "th", "fr", "sa", "su"});
    static const Check shape = Object(
        "RecurrenceRule",
        {{"frequency",
          OneOf({"yearly", "monthly", "weekly", "daily", "hourly", "minutely", "secondly"})},
         {"interval", Whole(1, INT32_MAX)},
         {"firstDayOfWeek", day},
         {"byDay", ListOf(Object("NDay", {{"day", day}, {"nthOfPeriod", Signed(53)}}, {"day"}))},
         {"byMonthDay", ListOf(Signed(31))},
         {"byMonth", ListOf(Matches("([1-9]|1[0-2])L?"))},
         {"byYearDay", ListOf(Signed(366))},
         {"byWeekNo", ListOf(Signed(53))},
         {"byHour", ListOf(Whole(0, 23))},
         {"byMinute", ListOf(Whole(0, 59))},
         {"bySecond", ListOf(Whole(0, 60))},
         {"bySetPosition", ListOf(Signed(366))},
         {"count", Whole(1, INT32_MAX)},
         {"until", kLocal}},
        {"frequency"});
    return shape(value) && !(value.contains("count") && value.contains("until"));
}

const Properties& Participant() {
    static const Properties properties = {
        {"name", kText},
        {"email", Matches("[^@ ]+@[^@ ]+")},
        {"sendTo", MapOf(Matches("[A-Za-z0-9]+"), kUri)},
        {"kind", OneOf({"individual", "group", "location", "resource"})},
        {"roles",
         MapOf(OneOf({"owner", "attendee", "optional", "informational", "chair", "contact"}),
               kTrue)},
        {"participationStatus",
         OneOf({"needs-action", "accepted", "declined", "tentative", "delegated"})}};
    return properties;
}

Check ZoneObject() {
    return Object(
        "TimeZone",
        {{"tzId", kText},
         {"standard",
          ListOf(Object("TimeZoneRule",
                        {{"start", kLocal}, {"offsetFrom", kOffset}, {"offsetTo", kOffset}},
                        {"start", "offsetFrom", "offsetTo"}))}},
        {"tzId"});
}

// What an occurrence's patch may set as well.
const Properties& Patchable() {
    static const Properties properties = {
        {"start", kLocal},
        {"duration", kDuration},
        {"timeZone", kZone},
        {"showWithoutTime", kBoolean},
        {"title", kText},
        {"description", kText},
        {"descriptionContentType", Matches("text/(plain|html)")},
        {"status", OneOf({"confirmed", "cancelled", "tentative"})},
        {"freeBusyStatus", OneOf({"free", "busy"})},
        {"color", Matches("#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")},
        {"locations", MapOf(kId, Object("Location", {{"name", kText}}))},
        {"virtualLocations", MapOf(kId, Object("VirtualLocation", {{"uri", kUri}}, {"uri"}))},
        {"links", MapOf(kId, Object("Link", {{"href", kUri}}, {"href"}))},
        {"participants", MapOf(kId, Object("Participant", Participant(), {"roles"}))}};
    return properties;
}

// Section 4.3.5: pointers to what may be patched, values of its type, or null to take it away.
bool IsPatch(const json& patch) {
    if (!patch.is_object()) return false;
    if (patch.contains("excluded")) return patch == json{{"excluded", true}};
    for (const auto& [pointer, value] : patch.items()) {
        const auto known = Patchable().find(pointer);
        if (known == Patchable().end() || (!value.is_null() && !known->second(value))) return false;
        if (value.is_null() && pointer == "start") return false;
    }
    return true;
}

const Properties& EventProperties() {
    static const Properties properties = [] {
        Properties all = Patchable();
        all["@type"] = OneOf({"Event"});
        all["uid"] = Matches("[^]+");
        all["sequence"] = Whole(0, INT64_MAX);
        all["updated"] = kUtc;
        all["created"] = kUtc;
        all["privacy"] = OneOf({"public", "private", "secret"});
        all["replyTo"] = MapOf(Matches("[A-Za-z0-9]+"), kUri);
        all["recurrenceId"] = kLocal;
        all["recurrenceIdTimeZone"] = kZone;
        all["recurrenceRules"] = ListOf(IsRule);
        all["excludedRecurrenceRules"] = ListOf(IsRule);
        all["recurrenceOverrides"] = MapOf(kLocal, IsPatch);
        all["timeZones"] = MapOf(Matches("/.+"), ZoneObject());
        return all;
    }();
    return properties;
}

}  // namespace

std::vector<std::string> BrokenRules(const json& event) {
    std::vector<std::string> broken;
    if (!event.is_object()) return {"not an object"};
    for (const auto& [name, value] : event.items()) {
        const auto known = EventProperties().find(name);
        if (known == EventProperties().end())
            broken.push_back("unknown " + name);
        else if (!known->second(value))
            broken.push_back(name + " " + value.dump());
    }
    for (const char* name : {"@type", "uid", "updated", "start"})
        if (!event.contains(name)) broken.push_back(std::string("no ") + name);
    // Section 4.7.1: a zone of the event's own must be there, and no other.
    const std::string zone = event.value("timeZone", "");
    if (zone.starts_with('/') && !event.value("timeZones", json::object()).contains(zone))
        broken.push_back("timeZone is not in timeZones");
    // Sections 4.3.1 and 4.3.3: a part of a series has no series of its own.
    if (event.contains("recurrenceId") && event.contains("recurrenceRules"))
        broken.push_back("recurrenceId beside recurrenceRules");
    if (event.value("showWithoutTime", false) && !event.value("start", "").ends_with("T00:00:00"))
        broken.push_back("showWithoutTime with a time");
    return broken;
}

}  // namespace kamili::formats::test
