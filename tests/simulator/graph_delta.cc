#include <algorithm>
#include <set>

#include "tests/simulator/graph_api.h"

namespace kamili::simulator {
namespace {

SimReply Gone(const GraphRequest& request, const Cursor& cursor) {
    const std::string generation = std::to_string(cursor.generation);
    SimReply reply = GraphError(
        request.call, 410, request.state.settings.graph_gone_code,
        "The sync state generation is not found; generation=" + generation +
            ";[highest=" + std::to_string(request.state.newest_generation[cursor.stream]) + "].");
    return reply;
}

std::string NewToken(State& state, const Cursor& cursor) {
    const std::string text = state.dice.Token(120) + "." + state.dice.Token(43);
    state.cursors[text] = cursor;
    return text;
}

// A master or single event on its own: what is sent for it is decided when its page is.
std::string UnitOf(const SimEvent& event) { return event.series.empty() ? event.id : event.series; }

// Rows whose change concerns the round: everything that overlaps the window at first, later what
// changed since, by its master or itself.
std::vector<std::string> Units(const Calendar& calendar, const Cursor& cursor) {
    std::set<std::string> units;
    if (cursor.change > 0 && calendar.change <= cursor.change) return {};
    const Span window{cursor.from, cursor.to, "UTC"};
    for (const auto& [id, event] : calendar.events) {
        if (event.change > cursor.listing->until) continue;
        if (cursor.change > 0 && event.change > cursor.change) units.insert(UnitOf(event));
        if (cursor.change == 0 && !OccurrencesOf(calendar, event, window).empty()) units.insert(id);
    }
    return {units.begin(), units.end()};
}

Json ShowOccurrence(const GraphRequest& request, const Calendar& calendar, const SimEvent& master,
                    const When& start) {
    const std::string& how = request.state.settings.graph_occurrences;
    if (how == "full")
        return GraphInstance(*request.grant.person, calendar, master, start, request.view);
    Json stub = GraphStub(master, start, request.view);
    if (how == "nulls")
        for (const char* name : {"subject", "iCalUId", "body", "location", "recurrence"})
            stub[name] = nullptr;
    return stub;
}

// A series is its master, an exception is itself, everything else of it is a stub.
void AddSeries(const GraphRequest& request, const Calendar& calendar, const SimEvent& master,
               const std::vector<Occurrence>& occurrences, Json& items) {
    const Person& person = *request.grant.person;
    if (request.state.settings.graph_masters) {
        items.push_back(GraphEvent(person, calendar, master, request.view));
        items.back()["@odata.type"] = "#microsoft.graph.event";
    }
    for (const Occurrence& one : occurrences) {
        if (one.event == &master) {
            items.push_back(ShowOccurrence(request, calendar, master, one.start));
        } else {
            items.push_back(GraphEvent(person, calendar, *one.event, request.view));
            items.back()["@odata.type"] = "#microsoft.graph.event";
        }
    }
    if (!request.state.settings.graph_occurrence_tombstones) return;
    for (const SimEvent* member : calendar.MembersOf(master.id))
        if (member->removed_occurrence) items.push_back(GraphTombstone(*member, request.view));
}

void AddUnit(const GraphRequest& request, const Calendar& calendar, const std::string& id,
             const Cursor& cursor, Json& items) {
    const SimEvent* event = calendar.Find(id);
    const Span window{cursor.from, cursor.to, "UTC"};
    const auto occurrences =
        event == nullptr ? std::vector<Occurrence>{} : OccurrencesOf(calendar, *event, window);
    if (occurrences.empty()) {
        // Deleted, or out of the window: both look alike.
        SimEvent gone;
        gone.id = id;
        items.push_back(GraphTombstone(event == nullptr ? gone : *event, request.view));
    } else if (event->IsSeries()) {
        AddSeries(request, calendar, *event, occurrences, items);
    } else {
        items.push_back(GraphEvent(*request.grant.person, calendar, *event, request.view));
        items.back()["@odata.type"] = "#microsoft.graph.event";
    }
}

std::string Link(const GraphRequest& request, const Calendar& calendar, const std::string& name,
                 const Cursor& cursor) {
    return GraphRoot(request.state) + "/me/calendars/" + Encode(calendar.id) +
           "/calendarView/delta?$" + name + "=" + NewToken(request.state, cursor);
}

std::string DeltaLink(const GraphRequest& request, const Calendar& calendar, const Cursor& at) {
    Cursor next = at;
    next.change = at.listing->until;
    next.listing.reset();
    next.generation = ++request.state.newest_generation[at.stream];
    return Link(request, calendar, "deltatoken", next);
}

SimReply DeltaPage(const GraphRequest& request, const Calendar& calendar, const Cursor& at) {
    const Settings& settings = request.state.settings;
    const int size =
        std::min(request.page_size.value_or(settings.graph_page_size), settings.graph_page_max);
    const auto& units = at.listing->ids;
    Json items = Json::array();
    Cursor next = at;
    if (at.position > 0 && !settings.graph_shared_next && !calendar.owner_address.empty())
        return GraphError(request.call, 403, "ErrorAccessDenied", "Access is denied.");
    // A series is never split, so a page may be larger than the hint.
    while (next.position < units.size() && items.size() < std::size_t(size))
        AddUnit(request, calendar, units[next.position++], at, items);
    // The known fault: another link each time, the same items behind it.
    if (size <= settings.graph_loop_below) next.position = at.position;
    Json body{{"@odata.context", GraphRoot(request.state) + "/$metadata#Collection(event)"},
              {"value", items}};
    // The page with the delta link is an empty one.
    if (!items.empty())
        body["@odata.nextLink"] = Link(request, calendar, "skiptoken", next);
    else
        body["@odata.deltaLink"] = DeltaLink(request, calendar, at);
    return JsonReply(200, body);
}

// The number of the last change that the stream knows: some become visible later than others.
std::uint64_t VisibleChanges(const GraphRequest& request, const Calendar& calendar) {
    const auto late = std::chrono::seconds(request.state.settings.graph_late_s);
    std::uint64_t visible = request.state.world.changes;
    if (late.count() == 0) return visible;
    for (const auto& [id, event] : calendar.events)
        if (event.updated + late > request.call.now) visible = std::min(visible, event.change - 1);
    return visible;
}

SimReply BeginRound(const GraphRequest& request, const Calendar& calendar, Cursor cursor) {
    cursor.listing = std::make_shared<Listing>();
    cursor.listing->since = cursor.change;
    cursor.listing->until = std::max(cursor.change, VisibleChanges(request, calendar));
    cursor.listing->ids = Units(calendar, cursor);
    cursor.position = 0;
    return DeltaPage(request, calendar, cursor);
}

bool IsDead(const GraphRequest& request, const Cursor& cursor) {
    const std::uint64_t seen = cursor.listing ? cursor.listing->until : cursor.change;
    const auto keep = static_cast<std::uint64_t>(request.state.settings.graph_generations);
    return seen < request.grant.person->cursors_dead_before ||
           cursor.generation + keep <= request.state.newest_generation[cursor.stream];
}

SimReply ContinueRound(const GraphRequest& request, const Calendar& calendar,
                       const std::string& token) {
    const auto found = request.state.cursors.find(token);
    if (found == request.state.cursors.end())
        return GraphError(request.call, 400, "InvalidDeltaToken", "Badly formed token.");
    const Cursor cursor = found->second;
    if (cursor.person != request.grant.person || cursor.calendar != &calendar)
        return GraphError(request.call, 400, "InvalidDeltaToken", "Badly formed token.");
    if (IsDead(request, cursor)) return Gone(request, cursor);
    return cursor.listing ? DeltaPage(request, calendar, cursor)
                          : BeginRound(request, calendar, cursor);
}

}  // namespace

SimReply GraphDelta(const GraphRequest& request, const Calendar& calendar) {
    const Query& query = request.call.query;
    for (const char* token : {"$skiptoken", "$deltatoken"})
        if (query.Has(token)) return ContinueRound(request, calendar, query.Get(token));
    for (const auto& [name, value] : query.pairs())
        if (name != "startDateTime" && name != "endDateTime")
            return GraphError(
                request.call, 400, "ErrorInvalidParameter",
                "The parameter '" + name + "' is not supported with change tracking.");
    const auto window = ReadWindow(query);
    if (!window)
        return GraphError(request.call, 400, "ErrorInvalidParameter",
                          "This request requires a time window: startDateTime and endDateTime.");
    return BeginRound(request, calendar,
                      {.person = request.grant.person,
                       .calendar = &calendar,
                       .from = window->from,
                       .to = window->to,
                       .stream = ++request.state.numbers});
}

}  // namespace kamili::simulator
