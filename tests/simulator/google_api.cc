#include "tests/simulator/google_api.h"

#include <algorithm>
#include <array>

#include "tests/simulator/fields_mask.h"
#include "tests/simulator/google_resources.h"
#include "tests/simulator/oauth.h"
#include "tests/simulator/occurrences.h"

namespace kamili::simulator {
namespace {

using ScopeList = std::vector<std::string_view>;

constexpr std::string_view kScopePrefix = "https://www.googleapis.com/auth/calendar";

// Methods and the scopes that they accept, "" being the full calendar scope.
struct Method {
    std::string_view name;
    std::string_view id;  // in error details
    ScopeList scopes;
};

const Method& ListCalendars() {
    static const Method method{"calendarList.list",
                               "calendar.v3.CalendarList.List",
                               {"", ".calendarlist", ".calendarlist.readonly", ".readonly"}};
    return method;
}

const Method& GetCalendar() {
    static const Method method{
        "calendarList.get",
        "calendar.v3.CalendarList.Get",
        {"", ".app.created", ".calendarlist", ".calendarlist.readonly", ".readonly"}};
    return method;
}

const Method& ReadEvents() {
    static const Method method{
        "events.list",
        "calendar.v3.Events.List",
        {"", ".app.created", ".events", ".events.freebusy", ".events.owned",
         ".events.owned.readonly", ".events.public.readonly", ".events.readonly", ".readonly"}};
    return method;
}

std::optional<SimReply> RefuseScope(const Grant& grant, const Method& method) {
    std::string accepted;
    for (const std::string_view scope : method.scopes) {
        const std::string full = std::string(kScopePrefix) + std::string(scope);
        if (std::find(grant.scopes.begin(), grant.scopes.end(), full) != grant.scopes.end())
            return std::nullopt;
        accepted += (accepted.empty() ? "" : " ") + full;
    }
    SimReply reply = JsonReply(
        403, {{"error",
               {{"code", 403},
                {"message", "Request had insufficient authentication scopes."},
                {"errors", Json::array({{{"message", "Insufficient Permission"},
                                         {"domain", "global"},
                                         {"reason", "insufficientPermissions"}}})},
                {"status", "PERMISSION_DENIED"},
                {"details", Json::array({{{"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
                                          {"reason", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"},
                                          {"domain", "googleapis.com"},
                                          {"metadata",
                                           {{"service", "calendar-json.googleapis.com"},
                                            {"method", std::string(method.id)}}}}})}}}});
    reply.headers.push_back({"WWW-Authenticate",
                             "Bearer realm=\"https://accounts.google.com/\", "
                             "error=\"insufficient_scope\", scope=\"" +
                                 accepted + "\""});
    return reply;
}

SimReply NotFound() { return GoogleError(404, "global", "notFound", "Not Found"); }

Calendar* FindCalendar(const Grant& grant, const std::string& id) {
    return id == "primary" ? &grant.person->Primary() : grant.person->Find(id);
}

GoogleView ViewOf(const Grant& grant, const Calendar& calendar) {
    const bool details =
        HasScope(grant, {"", ".app.created", ".events", ".events.owned", ".events.owned.readonly",
                         ".events.public.readonly", ".events.readonly", ".readonly"});
    return details && calendar.role != "freeBusyReader" ? GoogleView::kFull : GoogleView::kFreeBusy;
}

// How long a deleted event can still be fetched by its id.
constexpr std::chrono::hours kTombstoneLife{24 * 30};

std::optional<Json> FindEvent(const Grant& grant, const Calendar& calendar, const std::string& id,
                              UtcTime now) {
    const GoogleView view = ViewOf(grant, calendar);
    if (const SimEvent* event = calendar.Find(id)) {
        if (event->deleted && event->updated + kTombstoneLife < now) return std::nullopt;
        return GoogleEvent(*grant.person, *event, view);
    }
    // An occurrence that is not changed has an id that follows from its start.
    const std::size_t mark = id.rfind('_');
    if (mark == std::string::npos) return std::nullopt;
    const SimEvent* master = calendar.Find(id.substr(0, mark));
    if (master == nullptr || master->deleted || !master->IsSeries()) return std::nullopt;
    for (const When& start : Starts(*master, now + std::chrono::hours(24 * 1000)))
        if (OccurrenceId(Service::kGoogle, master->id, start) == id)
            return GoogleInstance(*grant.person, *master, start, view);
    return std::nullopt;
}

SimReply GetEvent(const Call& call, const Grant& grant, const Calendar& calendar) {
    const auto event = FindEvent(grant, calendar, call.path.back(), call.now);
    return event ? JsonReply(200, *event) : NotFound();
}

SimReply Instances(State& state, const Call& call, const Grant& grant, const Calendar& calendar) {
    const SimEvent* master = calendar.Find(call.path[call.path.size() - 2]);
    if (master == nullptr || master->deleted || !master->IsSeries()) return NotFound();
    Span span{call.now - std::chrono::hours(24 * 10000), call.now + std::chrono::hours(24 * 1000),
              "UTC"};
    if (const auto from = ParseRfc3339(call.query.Get("timeMin"))) span.from = *from;
    if (const auto to = ParseRfc3339(call.query.Get("timeMax"))) span.to = *to;
    const auto found = OccurrencesOf(calendar, *master, span);
    std::size_t at = 0;
    const auto page = state.cursors.find(call.query.Get("pageToken"));
    if (page != state.cursors.end()) at = page->second.position;
    const auto size =
        std::size_t(std::clamp(call.query.Number("maxResults").value_or(250), 1, 2500));
    Json items = Json::array();
    for (std::size_t i = at; i < std::min(found.size(), at + size); ++i) {
        const Occurrence& one = found[i];
        items.push_back(
            one.event == master
                ? GoogleInstance(*grant.person, *master, one.start, ViewOf(grant, calendar))
                : GoogleEvent(*grant.person, *one.event, ViewOf(grant, calendar)));
    }
    Json body{{"kind", "calendar#events"},
              {"summary", calendar.name},
              {"timeZone", calendar.zone},
              {"accessRole", calendar.role},
              {"items", items}};
    if (at + size < found.size())
        body["nextPageToken"] =
            NewGoogleToken(state, {.person = grant.person, .position = at + size});
    return JsonReply(200, body);
}

SimReply Events(State& state, const Call& call, const Grant& grant) {
    if (auto refused = RefuseScope(grant, ReadEvents())) return *refused;
    Calendar* calendar = FindCalendar(grant, call.path[4]);
    if (calendar == nullptr) return NotFound();
    if (call.PathIs("events", 5)) return GoogleListEvents(state, call, grant, *calendar);
    if (call.PathIs("events/*", 5)) return GetEvent(call, grant, *calendar);
    if (call.PathIs("events/*/instances", 5)) return Instances(state, call, grant, *calendar);
    return NotFound();
}

SimReply CalendarEntry(const Call& call, const Grant& grant) {
    if (auto refused = RefuseScope(grant, GetCalendar())) return *refused;
    const Calendar* calendar = FindCalendar(grant, call.path.back());
    return calendar == nullptr ? NotFound() : JsonReply(200, GoogleCalendar(*calendar));
}

SimReply Dispatch(State& state, const Call& call, const Grant& grant) {
    if (call.request.method != "GET")
        return GoogleError(403, "global", "forbidden", "The simulator does not take changes.");
    if (call.PathIs("users/me/calendarList", 3)) {
        if (auto refused = RefuseScope(grant, ListCalendars())) return *refused;
        return GoogleListCalendars(state, call, grant);
    }
    if (call.PathIs("users/me/calendarList/*", 3)) return CalendarEntry(call, grant);
    if (call.path.size() >= 6 && call.path[3] == "calendars") return Events(state, call, grant);
    return HtmlReply(404, "<p>The requested URL was not found on this server.</p>");
}

SimReply Finish(const Call& call, SimReply reply) {
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
    if (state.IsOverLimit(*grant->person, state.settings.google_limit, std::chrono::minutes(1),
                          call.now))
        return GoogleError(403, "usageLimits", "userRateLimitExceeded", "Rate Limit Exceeded");
    return Finish(call, Dispatch(state, call, *grant));
}

}  // namespace kamili::simulator
