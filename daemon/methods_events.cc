#include <algorithm>
#include <nlohmann/json.hpp>

#include "daemon/agenda_rows.h"
#include "daemon/methods.h"
#include "daemon/parameters.h"
#include "daemon/parts.h"
#include "daemon/range_parameters.h"
#include "formats/icalendar.h"
#include "formats/jscalendar.h"
#include "storage/calendars.h"
#include "storage/events.h"

namespace kamili::daemon {
namespace {

using nlohmann::json;

constexpr std::int64_t kSearchDefault = 50;
constexpr std::int64_t kSearchMax = 1000;
// Where search looks for an event's next occurrence, and then for its last.
constexpr std::chrono::hours kAhead{24 * 400};
constexpr std::chrono::hours kBack{24 * 366 * 20};

struct Search {
    storage::SearchQuestion question;
    std::optional<UtcTime> from;
    std::optional<UtcTime> to;
    UtcTime now;
    model::Zone zone = model::Zone::Utc();
};

// The occurrence that stands for an event that matched: the first in the range asked for; without
// one the next from now on, else the last there was.
std::optional<model::Occurrence> Pick(const storage::SeriesRows& series, const Search& search) {
    std::vector<const model::Event*> exceptions;
    for (const auto& exception : series.exceptions) exceptions.push_back(&exception);
    const auto expand = [&](UtcTime from, UtcTime to) {
        std::vector<model::Occurrence> out;
        model::ExpandInto(series.master, exceptions, model::TimeRange::Of(from, to, search.zone),
                          out);
        std::erase_if(out, [&](const auto& one) { return one.event != &series.master; });
        std::sort(out.begin(), out.end(), [&](const auto& a, const auto& b) {
            return model::OccursBefore(a, b, search.zone);
        });
        return out;
    };
    if (search.from || search.to) {
        const auto in_range = expand(search.from.value_or(search.now - kBack),
                                     search.to.value_or(search.now + kAhead));
        return in_range.empty() ? std::nullopt : std::optional(in_range.front());
    }
    const auto ahead = expand(search.now, search.now + kAhead);
    if (!ahead.empty()) return ahead.front();
    const auto back = expand(search.now - kBack, search.now);
    if (!back.empty()) return back.back();
    return model::Occurrence{.event = &series.master,
                             .start = series.master.start,
                             .end = series.master.end,
                             .recurrence_id = {}};
}

Result<WrittenRows> RunSearch(const storage::ReadView& view, const Search& search) {
    const auto hits = storage::SearchEvents(view, search.question);
    if (!hits) return hits.error();
    auto accounts = ReadAccounts(view);
    if (!accounts) return std::move(accounts).error();
    AgendaRows rows(std::move(*accounts), search.zone);
    for (const auto& hit : *hits) {
        const auto series = storage::FindSeries(view, hit.event.id);
        if (!series) return series.error();
        if (!*series) continue;
        const auto picked = Pick(**series, search);
        if (!picked) continue;
        const storage::OccurrenceRow row = storage::RowOf(*picked);
        rows.Add(storage::ViewOf(row));
        rows.AddField("snippet", hit.snippet);
    }
    return rows.AsAdded();
}

void SearchEvents(Context& context, Engine& engine, const CallPointer& call) {
    Parameters parameters(*call);
    const auto limit = parameters.OptionalNumber("limit").value_or(kSearchDefault);
    Search search{.question = {.text = parameters.Text("text"),
                               .person = parameters.OptionalText("person").value_or(""),
                               .calendars = parameters.Calendars("calendars"),
                               .limit = static_cast<std::size_t>(
                                   std::clamp<std::int64_t>(limit, 1, kSearchMax))},
                  .from = parameters.OptionalTime("from"),
                  .to = parameters.OptionalTime("to"),
                  .now = context.clock.UtcNow(),
                  .zone = parameters.ZoneOrUtc("time_zone")};
    if (parameters.Refuse()) return;
    engine.store().ReadFor<WrittenRows>(
        [search](const storage::ReadView& view) { return RunSearch(view, search); },
        [call, frame = Freshness(context, search.question.calendars)](Result<WrittenRows> rows) {
            if (!rows) return call->Fail(rows.error());
            ReplyInParts(call, frame, "occurrences", std::move(*rows));
        });
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
                     .hint = "kamilictl agenda --json shows ids"};
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
