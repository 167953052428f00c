#include <algorithm>

#include "tests/simulator/graph_api.h"
#include "tests/simulator/graph_select.h"

namespace kamili::simulator {
namespace {

SimReply UnknownProperty(const GraphRequest& request, const std::string& name) {
    return GraphError(
        request.call, 400, "RequestBroker--ParseUri",
        "Could not find a property named '" + name + "' on type 'microsoft.graph.event'.");
}

Json ShowOccurrence(const GraphRequest& request, const Calendar& calendar, const Occurrence& one) {
    const Person& person = *request.grant.person;
    if (one.original && one.event->series.empty())
        return GraphInstance(person, calendar, *one.event, one.start, request.view);
    return GraphEvent(person, calendar, *one.event, request.view);
}

// A page of occurrences by $top and $skip, as plain views are paged.
SimReply OccurrencePage(const GraphRequest& request, const Calendar& calendar,
                        std::vector<Occurrence> found) {
    const Query& query = request.call.query;
    std::string unknown;
    const auto selection = ReadSelection(query, unknown);
    if (!selection) return UnknownProperty(request, unknown);
    std::sort(found.begin(), found.end(), [](const Occurrence& a, const Occurrence& b) {
        return std::pair(ToUtc(a.start), a.event->id) < std::pair(ToUtc(b.start), b.event->id);
    });
    const int top =
        std::clamp(query.Number("$top").value_or(request.page_size.value_or(10)), 1, 1000);
    const auto skip = std::size_t(std::max(0, query.Number("$skip").value_or(0)));
    const std::size_t end = std::min(found.size(), skip + std::size_t(top));
    Json items = Json::array();
    for (std::size_t i = skip; i < end; ++i)
        items.push_back(Selected(ShowOccurrence(request, calendar, found[i]), selection->select));
    Json body{{"@odata.context", GraphRoot(request.state) + "/$metadata#Collection(event)"},
              {"value", items}};
    if (end < found.size()) {
        std::string link = request.state.base_url + request.call.raw_path + "?";
        for (const auto& [name, value] : query.pairs())
            if (name != "$skip") link += Encode(name) + "=" + Encode(value) + "&";
        body["@odata.nextLink"] = link + "%24skip=" + std::to_string(end);
    }
    return JsonReply(200, body);
}

SimReply NoWindow(const GraphRequest& request) {
    return GraphError(request.call, 400, "ErrorInvalidParameter",
                      "This request requires a time window: startDateTime and endDateTime.");
}

// The deleted occurrences of a master and what replaced others.
void AddMembers(const GraphRequest& request, const Calendar& calendar, const SimEvent& master,
                const GraphSelection& selection, Json& item) {
    const std::string id = GraphId(master.id, request.view.ids, master.moves);
    Json cancelled = Json::array();
    Json exceptions = Json::array();
    for (const SimEvent* member : calendar.MembersOf(master.id)) {
        if (member->removed_occurrence)
            cancelled.push_back(OccurrenceOid(id, *member->original));
        else
            exceptions.push_back(
                Selected(GraphEvent(*request.grant.person, calendar, *member, request.view),
                         selection.expand_select));
    }
    if (selection.Selects("cancelledOccurrences")) item["cancelledOccurrences"] = cancelled;
    if (selection.Expands("exceptionOccurrences")) item["exceptionOccurrences"] = exceptions;
}

std::optional<Occurrence> FindOccurrence(const Calendar& calendar, const std::string& core) {
    const SimEvent* master = calendar.Find(core.substr(0, core.find('.')));
    if (master == nullptr || master->deleted || !master->IsSeries()) return std::nullopt;
    for (const When& start : Starts(*master, ToUtc(master->start) + std::chrono::hours(24 * 3650)))
        if (OccurrenceId(Service::kMicrosoft, *master, start) == core)
            return Occurrence{master, start, EndOf(*master, start), start};
    return std::nullopt;
}

}  // namespace

std::optional<SimEvent> GraphRow(const Calendar& calendar, const std::string& core) {
    if (const SimEvent* event = calendar.Find(core)) {
        if (event->deleted || event->removed_occurrence) return std::nullopt;
        return *event;
    }
    const auto one = FindOccurrence(calendar, core);
    if (!one) return std::nullopt;
    return AsOccurrence(Service::kMicrosoft, *one->event, one->start);
}

SimReply GraphCalendarView(const GraphRequest& request, const Calendar& calendar) {
    const auto window = ReadWindow(request.call.query);
    if (!window) return NoWindow(request);
    return OccurrencePage(request, calendar, AllOccurrences(calendar, *window));
}

SimReply GraphInstances(const GraphRequest& request, const Calendar& calendar,
                        const std::string& core) {
    const auto window = ReadWindow(request.call.query);
    if (!window) return NoWindow(request);
    const SimEvent* master = calendar.Find(core);
    if (master == nullptr || master->deleted || !master->IsSeries())
        return GraphError(request.call, 400, "ErrorInvalidRequest",
                          "Your request can't be completed: not a recurring master.");
    return OccurrencePage(request, calendar, OccurrencesOf(calendar, *master, *window));
}

SimReply GraphItem(const GraphRequest& request, const Calendar& calendar, const std::string& core) {
    std::string unknown;
    const auto selection = ReadSelection(request.call.query, unknown);
    if (!selection) return UnknownProperty(request, unknown);
    const bool members = selection->Selects("cancelledOccurrences") ||
                         selection->Selects("exceptionOccurrences") ||
                         selection->Expands("exceptionOccurrences");
    if (members && !request.state.settings.graph_members)
        return UnknownProperty(request, "exceptionOccurrences");
    const SimEvent* event = calendar.Find(core);
    const bool alive = event != nullptr && !event->deleted && !event->removed_occurrence;
    Json item;
    if (alive) {
        item = Selected(GraphEvent(*request.grant.person, calendar, *event, request.view),
                        selection->select);
        if (event->IsSeries()) AddMembers(request, calendar, *event, *selection, item);
    } else {
        const auto one = event == nullptr ? FindOccurrence(calendar, core) : std::nullopt;
        if (!one)
            return GraphError(request.call, 404, "ErrorItemNotFound",
                              "The specified object was not found in the store.");
        item = Selected(ShowOccurrence(request, calendar, *one), selection->select);
    }
    item["@odata.context"] = GraphRoot(request.state) + "/$metadata#users/events/$entity";
    return JsonReply(200, item);
}

SimReply GraphListCalendars(const GraphRequest& request) {
    const Query& query = request.call.query;
    const auto top = std::size_t(std::clamp(query.Number("$top").value_or(10), 1, 100));
    const auto skip = std::size_t(std::max(0, query.Number("$skip").value_or(0)));
    std::vector<const Calendar*> all;
    for (const auto& calendar : request.grant.person->calendars)
        if (!calendar->deleted) all.push_back(calendar.get());
    Json items = Json::array();
    for (std::size_t i = skip; i < std::min(all.size(), skip + top); ++i)
        items.push_back(GraphCalendar(*request.grant.person, *all[i]));
    Json body{{"@odata.context", GraphRoot(request.state) + "/$metadata#users/calendars"},
              {"value", items}};
    if (skip + top < all.size())
        body["@odata.nextLink"] = GraphRoot(request.state) +
                                  "/me/calendars?%24top=" + std::to_string(top) +
                                  "&%24skip=" + std::to_string(skip + top);
    return JsonReply(200, body);
}

}  // namespace kamili::simulator
