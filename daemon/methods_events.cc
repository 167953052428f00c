#include <algorithm>
#include <nlohmann/json.hpp>

#include "daemon/agenda_rows.h"
#include "daemon/methods.h"
#include "daemon/parameters.h"
#include "daemon/parts.h"
#include "daemon/range_parameters.h"
#include "daemon/search_hits.h"
#include "formats/icalendar.h"
#include "formats/jscalendar.h"
#include "storage/calendars.h"
#include "storage/events.h"

namespace kamili::daemon {
namespace {

using nlohmann::json;

constexpr std::int64_t kSearchDefault = 50;
constexpr std::int64_t kSearchMax = 1000;

struct SearchAnswer {
    WrittenRows rows;
    bool complete = true;
};

Result<SearchAnswer> RunSearch(const storage::ReadView& view, const SearchRequest& search) {
    const auto found = FindHits(view, search);
    if (!found) return found.error();
    std::vector<model::EventId> ids;
    for (const auto& row : found->rows) ids.push_back(row.event_id);
    const auto snippets = storage::SearchSnippets(view, search.question, ids);
    if (!snippets) return snippets.error();
    auto accounts = ReadAccounts(view);
    if (!accounts) return std::move(accounts).error();
    AgendaRows rows(std::move(*accounts), search.zone);
    for (const auto& row : found->rows) {
        rows.Add(storage::ViewOf(row));
        rows.AddField("snippet", snippets->at(row.event_id));
    }
    return SearchAnswer{.rows = rows.AsAdded(), .complete = found->complete};
}

storage::SearchOrder OrderOf(Parameters& parameters) {
    const std::string word = parameters.OptionalText("order").value_or("nearest");
    if (word == "newest") return storage::SearchOrder::kNewest;
    if (word == "best") return storage::SearchOrder::kBest;
    if (word != "nearest")
        parameters.Fail({.kind = ErrorKind::kInvalidArgument,
                         .message = "order: must be nearest, newest or best"});
    return storage::SearchOrder::kNearest;
}

void SearchEvents(Context& context, Engine& engine, const CallPointer& call) {
    Parameters parameters(*call);
    const auto limit = parameters.OptionalNumber("limit").value_or(kSearchDefault);
    SearchRequest search{
        .question = {.text = parameters.Text("text"),
                     .person = parameters.OptionalText("person").value_or(""),
                     .calendars = parameters.Calendars("calendars"),
                     .from = parameters.OptionalTime("from"),
                     .to = parameters.OptionalTime("to"),
                     .order = OrderOf(parameters),
                     .now = context.clock.UtcNow()},
        .limit = static_cast<std::size_t>(std::clamp<std::int64_t>(limit, 1, kSearchMax)),
        .zone = parameters.ZoneOrUtc("time_zone")};
    if (parameters.Refuse()) return;
    engine.memory().Later();
    engine.store().ReadFor<SearchAnswer>(
        [search](const storage::ReadView& view) { return RunSearch(view, search); },
        [call, frame = Freshness(context, search.question.calendars)](
            Result<SearchAnswer> answer) mutable {
            if (!answer) return call->Fail(answer.error());
            if (!answer->complete) frame["complete"] = false;
            ReplyInParts(call, frame, "occurrences", std::move(answer->rows));
        },
        storage::Store::Length::kLong);
}

json OriginJson(model::AccountId account, const model::Event& event) {
    return {{"account_id", account.Text()},
            {"calendar_id", event.calendar_id.Text()},
            {"event_id", event.id.Text()},
            {"remote_id", event.remote_id}};
}

enum class Form { kJsCalendar, kBoth };

// The event and everywhere else the same meeting is known from.
Result<json> ReadWhole(const storage::ReadView& view, model::EventId id, Form form) {
    const auto series = storage::FindSeries(view, id);
    if (!series) return series.error();
    if (!*series)
        return Error{.kind = ErrorKind::kNotFound,
                     .message = "there is no such event",
                     .hint = "kamilictl agenda --ids shows them"};
    json origins = json::array();
    const auto add = [&](const model::Event& event) -> Status {
        const auto calendar = storage::FindCalendar(view, event.calendar_id);
        if (!calendar) return calendar.error();
        if (*calendar) origins.push_back(OriginJson((*calendar)->account_id, event));
        return {};
    };
    if (auto done = add((*series)->master); !done) return std::move(done).error();
    const auto same = storage::FindEventsByUid(view, (*series)->master.uid);
    if (!same) return same.error();
    for (const auto& event : *same) {
        if (event.id == id || event.kind != (*series)->master.kind) continue;
        if (auto done = add(event); !done) return std::move(done).error();
    }
    json whole = {{"event", formats::ToJsCalendar((*series)->master, (*series)->exceptions)},
                  {"origins", std::move(origins)}};
    if (form == Form::kBoth)
        whole["ics"] = formats::ToICalendar((*series)->master, (*series)->exceptions);
    return whole;
}

void GetEvent(Context& context, Engine& engine, const CallPointer& call) {
    Parameters parameters(*call);
    const auto id = parameters.Event("event_id");
    const Form form =
        parameters.OptionalFlag("ics").value_or(false) ? Form::kBoth : Form::kJsCalendar;
    if (parameters.Refuse()) return;
    engine.store().ReadFor<json>(
        [id, form](const storage::ReadView& view) { return ReadWhole(view, id, form); },
        [call, frame = Freshness(context, {})](Result<json> whole) mutable {
            if (!whole) return call->Fail(whole.error());
            frame.update(*whole);
            call->Reply(std::move(frame));
        });
}

}  // namespace

void AddEventMethods(MethodTable& table) {
    table.AddWithEngine("SearchEvents", SearchEvents);
    table.AddWithEngine("GetEvent", GetEvent);
}

}  // namespace kamili::daemon
