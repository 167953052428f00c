#include <algorithm>
#include <array>
#include <map>

#include "tests/simulator/google_api.h"

namespace kamili::simulator {
namespace {

constexpr std::array<std::string_view, 24> kEventParameters{"alwaysIncludeEmail",
                                                            "eventTypes",
                                                            "iCalUID",
                                                            "maxAttendees",
                                                            "maxResults",
                                                            "orderBy",
                                                            "pageToken",
                                                            "privateExtendedProperty",
                                                            "q",
                                                            "sharedExtendedProperty",
                                                            "showDeleted",
                                                            "showHiddenInvitations",
                                                            "singleEvents",
                                                            "syncToken",
                                                            "timeMax",
                                                            "timeMin",
                                                            "timeZone",
                                                            "updatedMin",
                                                            "alt",
                                                            "fields",
                                                            "key",
                                                            "prettyPrint",
                                                            "quotaUser",
                                                            "userIp"};
constexpr std::array<std::string_view, 12> kListParameters{
    "maxResults", "minAccessRole", "pageToken", "showDeleted", "showHidden", "syncToken",
    "alt",        "fields",        "key",       "prettyPrint", "quotaUser",  "userIp"};
constexpr std::array<std::string_view, 8> kNotWithToken{
    "iCalUID", "orderBy",   "privateExtendedProperty", "q", "sharedExtendedProperty", "timeMin",
    "timeMax", "updatedMin"};
constexpr std::array<std::string_view, 4> kNotModelled{"privateExtendedProperty",
                                                       "sharedExtendedProperty", "updatedMin", "q"};

SimReply Invalid(const std::string& message, const std::string& where) {
    return GoogleError(400, "global", "invalid", message, where);
}

SimReply Gone() {
    return GoogleError(410, "calendar", "fullSyncRequired",
                       "Sync token is no longer valid, a full sync is required.", "syncToken");
}

template <typename Names>
bool IsIn(const Names& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// What must stay the same from page to page: everything but the page token.
std::string PageFingerprint(const Query& query) {
    std::multimap<std::string, std::string> sorted;
    for (const auto& [name, value] : query.pairs())
        if (name != "pageToken") sorted.emplace(name, value);
    std::string text;
    for (const auto& [name, value] : sorted) text += name + "=" + value + "&";
    return text;
}

// What a sync token is bound to.
std::string TokenFingerprint(const Query& query) {
    std::multimap<std::string, std::string> sorted;
    for (const auto& [name, value] : query.pairs())
        if (name == "singleEvents" || name == "eventTypes" || name == "maxAttendees" ||
            name == "showHiddenInvitations")
            if (value != "false") sorted.emplace(name, value);
    std::string text;
    for (const auto& [name, value] : sorted) text += name + "=" + value + "&";
    return text;
}

std::optional<SimReply> RefuseToken(const State& state, const Cursor& cursor, const Grant& grant,
                                    const Calendar* calendar) {
    if (cursor.person != grant.person || cursor.calendar != calendar)
        return Invalid("Invalid sync token value.", "syncToken");
    const bool generated = calendar != nullptr &&
                           calendar->id.find("@group.v.calendar") != std::string::npos &&
                           state.settings.google_generated_410;
    if (generated || cursor.change < grant.person->cursors_dead_before) return Gone();
    return std::nullopt;
}

// The event parameters that contradict each other.
std::optional<SimReply> RefuseParameters(const Query& query) {
    for (const auto& [name, value] : query.pairs()) {
        if (!IsIn(kEventParameters, name))
            return GoogleError(400, "global", "badRequest", "Unknown name \"" + name + "\"", name);
        if (IsIn(kNotModelled, name)) return Invalid("Not part of this simulator.", name);
        if (query.Has("syncToken") && IsIn(kNotWithToken, name))
            return GoogleError(400, "global", "badRequest",
                               "Sync token cannot be used with other query restrictions.", name);
    }
    if (query.Has("syncToken") && query.Get("showDeleted") == "false")
        return Invalid("showDeleted must not be false with a sync token.", "showDeleted");
    const std::string order = query.Get("orderBy");
    if (!order.empty() && order != "updated" && order != "startTime")
        return Invalid("Invalid value for orderBy.", "orderBy");
    if (order == "startTime" && query.Get("singleEvents") != "true")
        return Invalid("The requested ordering is not available for the particular query.",
                       "orderBy");
    if (query.Has("maxResults") && query.Number("maxResults").value_or(0) < 1)
        return Invalid("Invalid value for maxResults.", "maxResults");
    for (const char* bound : {"timeMin", "timeMax"})
        if (query.Has(bound) && !ParseRfc3339(query.Get(bound)))
            return GoogleError(400, "global", "badRequest", "Bad Request", bound);
    const auto from = ParseRfc3339(query.Get("timeMin"));
    const auto to = ParseRfc3339(query.Get("timeMax"));
    if (from && to && *from >= *to)
        return GoogleError(400, "calendar", "timeRangeEmpty", "The specified time range is empty.",
                           "timeMax");
    return std::nullopt;
}

void CutAttendees(Json& event, const Query& query) {
    const auto most = query.Number("maxAttendees");
    if (!most || !event.contains("attendees") || int(event["attendees"].size()) <= *most) return;
    Json self = Json::array();
    for (const Json& attendee : event["attendees"])
        if (attendee.value("self", false)) self.push_back(attendee);
    event["attendees"] = self;
    event["attendeesOmitted"] = true;
}

GoogleView ViewInListing(const SimEvent& event, GoogleView view, std::uint64_t since) {
    const std::uint64_t hash = HashText(event.id);
    if (event.deleted && hash % 3 != 1) return GoogleView::kSparse;
    if (event.removed_occurrence && since > 0 && hash % 4 == 1) return GoogleView::kSparse;
    return view;
}

Json EventPage(State& state, const Call& call, const Grant& grant, const Calendar& calendar,
               const Cursor& at) {
    const int asked = call.query.Number("maxResults").value_or(250);
    const GooglePage page = NextPage(state, at, std::min(asked, state.settings.google_page_max));
    const GoogleView view = ViewOf(grant, calendar);
    Json items = Json::array();
    for (const std::string& id : page.ids) {
        const auto event = GoogleRow(calendar, id);
        // Deleted while the listing is read: the next increment says so.
        if (!event) continue;
        if (event->deleted && at.listing->since == 0 && call.query.Get("showDeleted") != "true")
            continue;
        Json item =
            GoogleEvent(*grant.person, *event, ViewInListing(*event, view, at.listing->since));
        CutAttendees(item, call.query);
        items.push_back(std::move(item));
    }
    Json body{{"kind", "calendar#events"},         {"etag", QuotedEtag(calendar.change)},
              {"summary", calendar.name},          {"updated", MillisText(call.now)},
              {"timeZone", calendar.zone},         {"accessRole", calendar.role},
              {"defaultReminders", Json::array()}, {"items", std::move(items)}};
    if (!page.next_page.empty()) {
        body["nextPageToken"] = page.next_page;
    } else if (!call.query.Has("orderBy")) {
        body["nextSyncToken"] = NewGoogleToken(state, {.person = grant.person,
                                                       .calendar = &calendar,
                                                       .parameters = TokenFingerprint(call.query),
                                                       .change = at.listing->until});
    }
    return body;
}

// Where the request wants to go on: a page token's place, or the beginning of a new listing.
struct Place {
    std::optional<Cursor> cursor;
    std::optional<SimReply> refused;
};

Place FindPage(const State& state, const Call& call, const Grant& grant, const Calendar* calendar) {
    const auto found = state.cursors.find(call.query.Get("pageToken"));
    if (found == state.cursors.end() || found->second.listing == nullptr ||
        found->second.person != grant.person || found->second.calendar != calendar)
        return {std::nullopt, Invalid("Invalid page token value.", "pageToken")};
    if (found->second.parameters != PageFingerprint(call.query))
        return {std::nullopt, Invalid("The parameters changed between pages.", "pageToken")};
    if (found->second.listing->until < grant.person->cursors_dead_before)
        return {std::nullopt, Gone()};
    return {found->second, std::nullopt};
}

Place FindSince(const State& state, const Call& call, const Grant& grant, const Calendar* calendar,
                const std::string& parameters) {
    if (!call.query.Has("syncToken")) return {Cursor{}, std::nullopt};
    const auto found = state.cursors.find(call.query.Get("syncToken"));
    if (found == state.cursors.end() || found->second.listing != nullptr)
        return {std::nullopt, Invalid("Invalid sync token value.", "syncToken")};
    if (auto refused = RefuseToken(state, found->second, grant, calendar))
        return {std::nullopt, refused};
    if (found->second.parameters != parameters)
        return {std::nullopt, Invalid("The sync token belongs to other parameters.", "syncToken")};
    return {found->second, std::nullopt};
}

Json CalendarPage(State& state, const Call& call, const Grant& grant, const Cursor& at) {
    const int asked = std::clamp(call.query.Number("maxResults").value_or(100), 1, 250);
    const GooglePage page = NextPage(state, at, std::min(asked, state.settings.google_page_max));
    Json items = Json::array();
    for (const std::string& id : page.ids)
        for (const auto& calendar : grant.person->calendars)
            if (calendar->id == id) items.push_back(GoogleCalendar(*calendar));
    Json body{{"kind", "calendar#calendarList"},
              {"etag", QuotedEtag(at.listing->until)},
              {"items", std::move(items)}};
    if (!page.next_page.empty())
        body["nextPageToken"] = page.next_page;
    else
        body["nextSyncToken"] =
            NewGoogleToken(state, {.person = grant.person, .change = at.listing->until});
    return body;
}

bool Listed(const Calendar& calendar, const Query& query, std::uint64_t since) {
    if (since > 0) return calendar.listed > since;
    if (calendar.deleted) return query.Get("showDeleted") == "true";
    return !calendar.hidden || query.Get("showHidden") == "true";
}

std::optional<SimReply> RefuseListParameters(const Query& query) {
    for (const auto& [name, value] : query.pairs()) {
        if (!IsIn(kListParameters, name))
            return GoogleError(400, "global", "badRequest", "Unknown name \"" + name + "\"", name);
        const bool off = (name == "showHidden" || name == "showDeleted") && value == "false";
        if (query.Has("syncToken") && (off || name == "minAccessRole"))
            return GoogleError(400, "global", "badRequest",
                               "Sync token cannot be used with other query restrictions.", name);
    }
    return std::nullopt;
}

}  // namespace

SimReply GoogleListEvents(State& state, const Call& call, const Grant& grant, Calendar& calendar) {
    if (auto refused = RefuseParameters(call.query)) return *refused;
    if (call.query.Has("pageToken")) {
        const Place place = FindPage(state, call, grant, &calendar);
        if (place.refused) return *place.refused;
        return JsonReply(200, EventPage(state, call, grant, calendar, *place.cursor));
    }
    const Place since = FindSince(state, call, grant, &calendar, TokenFingerprint(call.query));
    if (since.refused) return *since.refused;
    const Cursor first{.person = grant.person,
                       .calendar = &calendar,
                       .parameters = PageFingerprint(call.query),
                       .listing = GoogleListing(state, calendar, call.query, since.cursor->change)};
    return JsonReply(200, EventPage(state, call, grant, calendar, first));
}

SimReply GoogleListCalendars(State& state, const Call& call, const Grant& grant) {
    if (auto refused = RefuseListParameters(call.query)) return *refused;
    if (call.query.Has("pageToken")) {
        const Place place = FindPage(state, call, grant, nullptr);
        if (place.refused) return *place.refused;
        return JsonReply(200, CalendarPage(state, call, grant, *place.cursor));
    }
    const Place since = FindSince(state, call, grant, nullptr, "");
    if (since.refused) return *since.refused;
    auto listing = std::make_shared<Listing>();
    listing->since = since.cursor->change;
    listing->until = state.world.changes;
    for (const auto& calendar : grant.person->calendars)
        if (Listed(*calendar, call.query, listing->since)) listing->ids.push_back(calendar->id);
    const Cursor first{
        .person = grant.person, .parameters = PageFingerprint(call.query), .listing = listing};
    return JsonReply(200, CalendarPage(state, call, grant, first));
}

}  // namespace kamili::simulator
