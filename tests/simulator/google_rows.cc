#include <algorithm>
#include <tuple>

#include "tests/simulator/google_api.h"
#include "tests/simulator/occurrences.h"

namespace kamili::simulator {
namespace {

// The window of a query; nothing without one.
std::optional<Span> WindowOf(const Calendar& calendar, const Query& query) {
    const auto from = ParseRfc3339(query.Get("timeMin"));
    const auto to = ParseRfc3339(query.Get("timeMax"));
    if (!from && !to) return std::nullopt;
    return Span{from.value_or(UtcTime{}),
                to.value_or(UtcTime{} + std::chrono::hours(24 * 365 * 100)), calendar.zone};
}

bool InWindow(const Calendar& calendar, const SimEvent& event, const Query& query) {
    const auto span = WindowOf(calendar, query);
    if (!span) return true;
    if (event.removed_occurrence) return span->Overlaps(*event.original, *event.original);
    if (!event.series.empty()) return span->Overlaps(event.start, event.end);
    return !OccurrencesOf(calendar, event, *span).empty();
}

bool IsOfType(const SimEvent& event, const Query& query) {
    if (!query.Has("eventTypes")) return true;
    const auto& pairs = query.pairs();
    return std::any_of(pairs.begin(), pairs.end(), [&](const auto& pair) {
        return pair.first == "eventTypes" && pair.second == event.type;
    });
}

bool IsExpanded(const Query& query) { return query.Get("singleEvents") == "true"; }

bool Wanted(const Calendar& calendar, const SimEvent& event, const Query& query,
            std::uint64_t since) {
    if (event.silent || event.change <= since || !IsOfType(event, query)) return false;
    if (since > 0) return true;
    const bool gone = event.deleted || (event.removed_occurrence && IsExpanded(query));
    if (gone && query.Get("showDeleted") != "true") return false;
    if (query.Has("iCalUID") && query.Get("iCalUID") != event.uid) return false;
    return event.deleted || InWindow(calendar, event, query);
}

// What singleEvents=true lists of a series: its unchanged instances. One without an end gives
// so many and no more; of a deleted one only a part is ever reported.
void AddInstances(const State& state, const Calendar& calendar, const SimEvent& master,
                  const Query& query, std::uint64_t since, std::vector<SimEvent>& rows) {
    if (!Wanted(calendar, master, query, since)) return;
    const bool endless = master.rule && !master.rule->count && !master.rule->until;
    const auto most = static_cast<std::size_t>(state.settings.google_instances_max);
    const auto span = WindowOf(calendar, query);
    std::size_t found = 0;
    const UtcTime until = span ? span->to : ToUtc(master.start) + std::chrono::hours(24 * 365 * 60);
    for (const When& start : Starts(master, until)) {
        SimEvent row = AsOccurrence(Service::kGoogle, master, start);
        if (calendar.Find(row.id) != nullptr) continue;
        if (since == 0 && !master.deleted && !InWindow(calendar, row, query)) continue;
        if (master.deleted && HashText(row.id) % 2 == 0) continue;
        if (endless && ++found > most) return;
        rows.push_back(std::move(row));
    }
}

std::vector<SimEvent> Rows(const State& state, const Calendar& calendar, const Query& query,
                           std::uint64_t since) {
    std::vector<SimEvent> rows;
    for (const auto& [id, event] : calendar.events) {
        if (IsExpanded(query) && event.IsSeries())
            AddInstances(state, calendar, event, query, since, rows);
        else if (Wanted(calendar, event, query, since))
            rows.push_back(event);
    }
    return rows;
}

// No order is promised: exceptions come before their masters and on other pages.
void SetOrder(std::vector<SimEvent>& rows, const std::string& order) {
    const auto key = [&order](const SimEvent& row) {
        if (order == "startTime") return ToUtc(row.start).time_since_epoch().count();
        return order == "updated" ? row.updated.time_since_epoch().count() : UtcTime::rep{0};
    };
    std::sort(rows.begin(), rows.end(), [&](const SimEvent& a, const SimEvent& b) {
        return std::tuple(key(a), HashText(a.id), a.id) < std::tuple(key(b), HashText(b.id), b.id);
    });
}

}  // namespace

std::shared_ptr<Listing> GoogleListing(const State& state, const Calendar& calendar,
                                       const Query& query, std::uint64_t since) {
    auto listing = std::make_shared<Listing>();
    listing->since = since;
    listing->until = state.world.changes;
    if (since > 0 && calendar.change <= since) return listing;
    auto rows = Rows(state, calendar, query, since);
    SetOrder(rows, query.Get("orderBy"));
    for (const SimEvent& row : rows) listing->ids.push_back(row.id);
    return listing;
}

SimReply GoogleInstances(State& state, const Call& call, const Grant& grant,
                         const Calendar& calendar) {
    const SimEvent* master = calendar.Find(call.path[call.path.size() - 2]);
    if (master == nullptr || master->deleted || !master->IsSeries()) return GoogleNotFound();
    Span span{call.now - std::chrono::hours(24 * 10000), call.now + std::chrono::hours(24 * 1000),
              "UTC"};
    if (const auto from = ParseRfc3339(call.query.Get("timeMin"))) span.from = *from;
    if (const auto to = ParseRfc3339(call.query.Get("timeMax"))) span.to = *to;
    auto found = OccurrencesOf(calendar, *master, span);
    if (const auto original = ParseWhen(call.query.Get("originalStart"), master->start.zone))
        found.erase(std::remove_if(found.begin(), found.end(),
                                   [&](const Occurrence& one) {
                                       return one.original->all_day != original->all_day ||
                                              ToUtc(*one.original) != ToUtc(*original);
                                   }),
                    found.end());
    std::size_t at = 0;
    const auto page = state.cursors.find(call.query.Get("pageToken"));
    if (page != state.cursors.end()) at = page->second.position;
    const auto size =
        std::size_t(std::clamp(call.query.Number("maxResults").value_or(250), 1, 2500));
    const GoogleView view = ViewOf(grant, calendar);
    Json items = Json::array();
    for (std::size_t i = at; i < std::min(found.size(), at + size); ++i)
        items.push_back(found[i].event == master
                            ? GoogleInstance(*grant.person, *master, found[i].start, view)
                            : GoogleEvent(*grant.person, *found[i].event, view));
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

}  // namespace kamili::simulator
