#include "tests/simulator/google_api.h"

#include <algorithm>

#include "tests/simulator/fields_mask.h"
#include "tests/simulator/oauth.h"
#include "tests/simulator/occurrences.h"
#include "tests/simulator/recurrence_reader.h"

namespace kamili::simulator {
namespace {

constexpr std::string_view kScopePrefix = "https://www.googleapis.com/auth/calendar";

const GoogleMethod& ListCalendars() {
    static const GoogleMethod method{"CalendarList.List",
                                     {"", ".calendarlist", ".calendarlist.readonly", ".readonly"}};
    return method;
}

const GoogleMethod& GetCalendar() {
    static const GoogleMethod method{
        "CalendarList.Get",
        {"", ".app.created", ".calendarlist", ".calendarlist.readonly", ".readonly"}};
    return method;
}

const GoogleMethod& ReadEvents() {
    static const GoogleMethod method{
        "Events.List",
        {"", ".app.created", ".events", ".events.freebusy", ".events.owned",
         ".events.owned.readonly", ".events.public.readonly", ".events.readonly", ".readonly"}};
    return method;
}

// How long a deleted event can still be fetched by its id.
constexpr std::chrono::hours kTombstoneLife{24 * 30};

SimReply GetEvent(const Call& call, const Grant& grant, const Calendar& calendar) {
    const auto event = GoogleRow(calendar, call.path.back());
    if (!event || (event->deleted && event->updated + kTombstoneLife < call.now))
        return GoogleNotFound();
    return JsonReply(200, GoogleEvent(*grant.person, *event, ViewOf(grant, calendar)));
}

SimReply Events(State& state, const Call& call, const Grant& grant) {
    const bool reading = call.request.method == "GET";
    if (reading)
        if (auto refused = RefuseScope(grant, ReadEvents())) return *refused;
    Calendar* calendar = GoogleCalendarOf(grant, call.path[4]);
    if (!reading && calendar != nullptr) return GoogleWriteEvent(state, call, grant, *calendar);
    if (calendar == nullptr) return GoogleNotFound();
    if (call.PathIs("events", 5)) return GoogleListEvents(state, call, grant, *calendar);
    if (call.PathIs("events/*", 5)) return GetEvent(call, grant, *calendar);
    if (call.PathIs("events/*/instances", 5)) return GoogleInstances(state, call, grant, *calendar);
    return GoogleNotFound();
}

SimReply CalendarEntry(const Call& call, const Grant& grant) {
    if (auto refused = RefuseScope(grant, GetCalendar())) return *refused;
    const Calendar* calendar = GoogleCalendarOf(grant, call.path.back());
    return calendar == nullptr ? GoogleNotFound() : JsonReply(200, GoogleCalendar(*calendar));
}

SimReply Dispatch(State& state, const Call& call, const Grant& grant) {
    if (call.path.size() >= 6 && call.path[3] == "calendars") return Events(state, call, grant);
    if (call.request.method != "GET")
        return GoogleError(403, "global", "forbidden",
                           "The simulator changes events, not calendars.");
    if (call.PathIs("users/me/calendarList", 3)) {
        if (auto refused = RefuseScope(grant, ListCalendars())) return *refused;
        return GoogleListCalendars(state, call, grant);
    }
    if (call.PathIs("users/me/calendarList/*", 3)) return CalendarEntry(call, grant);
    return HtmlReply(404, "<p>The requested URL was not found on this server.</p>");
}

// Is the caller's copy the one that it would get?
bool IsUnchanged(const Call& call, const SimReply& reply) {
    const std::string known = call.request.Header("If-None-Match");
    if (known.empty() || call.request.method != "GET" || reply.status != 200) return false;
    return known == "*" || Json::parse(reply.body).value("etag", "") == known;
}

SimReply Finish(const Call& call, SimReply reply) {
    if (IsUnchanged(call, reply)) {
        SimReply same;
        same.status = 304;
        same.headers.push_back({"ETag", call.request.Header("If-None-Match")});
        return same;
    }
    const std::string mask = call.query.Get("fields");
    if (reply.status == 200 && !mask.empty()) {
        const auto kept = ApplyFields(Json::parse(reply.body), mask);
        if (!kept)
            return GoogleError(400, "global", "invalidParameter", "Invalid field selection " + mask,
                               "fields");
        reply.body = kept->dump();
    }
    // Both headers are asked for, as the performance pages say.
    reply.gzip = call.request.Header("Accept-Encoding").find("gzip") != std::string::npos &&
                 call.request.Header("User-Agent").find("gzip") != std::string::npos;
    return reply;
}

}  // namespace

bool HasScope(const Grant& grant, std::initializer_list<std::string_view> any_of) {
    for (const std::string& scope : grant.scopes)
        for (const std::string_view one : any_of)
            if (scope == std::string(kScopePrefix) + std::string(one)) return true;
    return false;
}

std::optional<SimReply> RefuseScope(const Grant& grant, const GoogleMethod& method) {
    std::string accepted;
    for (const std::string_view scope : method.scopes) {
        const std::string full = std::string(kScopePrefix) + std::string(scope);
        if (std::find(grant.scopes.begin(), grant.scopes.end(), full) != grant.scopes.end())
            return std::nullopt;
        accepted += (accepted.empty() ? "" : " ") + full;
    }
    const std::string id = "calendar.v3." + std::string(method.name);
    SimReply reply = JsonReply(
        403,
        {{"error",
          {{"code", 403},
           {"message", "Request had insufficient authentication scopes."},
           {"errors", Json::array({{{"message", "Insufficient Permission"},
                                    {"domain", "global"},
                                    {"reason", "insufficientPermissions"}}})},
           {"status", "PERMISSION_DENIED"},
           {"details",
            Json::array({{{"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
                          {"reason", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"},
                          {"domain", "googleapis.com"},
                          {"metadata",
                           {{"service", "calendar-json.googleapis.com"}, {"method", id}}}}})}}}});
    reply.headers.push_back({"WWW-Authenticate",
                             "Bearer realm=\"https://accounts.google.com/\", "
                             "error=\"insufficient_scope\", scope=\"" +
                                 accepted + "\""});
    return reply;
}

GoogleView ViewOf(const Grant& grant, const Calendar& calendar) {
    const bool details =
        HasScope(grant, {"", ".app.created", ".events", ".events.owned", ".events.owned.readonly",
                         ".events.public.readonly", ".events.readonly", ".readonly"});
    return details && calendar.role != "freeBusyReader" ? GoogleView::kFull : GoogleView::kFreeBusy;
}

Calendar* GoogleCalendarOf(const Grant& grant, const std::string& id) {
    return id == "primary" ? &grant.person->Primary() : grant.person->Find(id);
}

std::optional<SimEvent> GoogleRow(const Calendar& calendar, const std::string& id) {
    if (const SimEvent* event = calendar.Find(id)) return *event;
    // An occurrence that is not changed has an id that follows from its start.
    const std::size_t mark = id.rfind('_');
    if (mark == std::string::npos) return std::nullopt;
    const SimEvent* master = calendar.Find(id.substr(0, mark));
    if (master == nullptr || !master->IsSeries()) return std::nullopt;
    const auto starts = ReadDates("ID:" + id.substr(mark + 1), master->start);
    if (!starts || !HasStart(*master, starts->front())) return std::nullopt;
    return AsOccurrence(Service::kGoogle, *master, starts->front());
}

SimReply GoogleNotFound() { return GoogleError(404, "global", "notFound", "Not Found"); }

std::string NewGoogleToken(State& state, const Cursor& cursor) {
    // Real ones are base64, so a client must escape "+", "/" and "=".
    const std::string text = "C" +
                             state.dice.Text("ABCDEFGHIJKLMNOPabcdefghijklmnop0123456789+/", 22) +
                             "+/" + std::to_string(++state.numbers) + "=";
    state.cursors[text] = cursor;
    return text;
}

GooglePage NextPage(State& state, const Cursor& at, int size) {
    GooglePage page;
    const auto& ids = at.listing->ids;
    Cursor next = at;
    next.empty_page = false;
    if (!at.empty_page) {
        next.position = std::min(ids.size(), at.position + static_cast<std::size_t>(size));
        page.ids.assign(ids.begin() + static_cast<std::ptrdiff_t>(at.position),
                        ids.begin() + static_cast<std::ptrdiff_t>(next.position));
        // A page without items may come while more follow.
        next.empty_page = state.settings.google_empty_page && at.position == 0;
    }
    if (next.position < ids.size()) page.next_page = NewGoogleToken(state, next);
    return page;
}

SimReply GoogleApi(State& state, const Call& call) {
    const auto grant = state.GrantOf(call.Bearer(), call.now);
    if (grant == nullptr || grant->person->service != Service::kGoogle)
        return GoogleError(401, "global", "authError", "Invalid Credentials", "Authorization");
    // A PATCH counts as three.
    const int weight = call.request.method == "PATCH" ? 3 : 1;
    if (state.IsOverLimit(*grant->person, state.settings.google_limit, std::chrono::minutes(1),
                          call.now, weight))
        return GoogleError(403, "usageLimits", "userRateLimitExceeded", "Rate Limit Exceeded");
    return Finish(call, Dispatch(state, call, *grant));
}

}  // namespace kamili::simulator
