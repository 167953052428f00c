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
// A matching series is read and expanded to see whether it has something in the range.
constexpr std::size_t kLookedAtMax = 5000;
// Where search looks for an event's next occurrence, and then for its last.
constexpr std::chrono::hours kAhead{24 * 400};
constexpr std::chrono::hours kBack{24 * 366 * 20};

struct Search {
    storage::SearchQuestion question;
    std::size_t limit = 0;
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
    const auto& [from, to, now] =
        std::tie(search.question.from, search.question.to, search.question.now);
    if (from || to) {
        const auto in_range = expand(from.value_or(now - kBack), to.value_or(now + kAhead));
        return in_range.empty() ? std::nullopt : std::optional(in_range.front());
    }
    const auto ahead = expand(now, now + kAhead);
    if (!ahead.empty()) return ahead.front();
    const auto back = expand(now - kBack, now);
    if (!back.empty()) return back.back();
    return model::Occurrence{.event = &series.master,
                             .start = series.master.start,
                             .end = series.master.end,
                             .recurrence_id = {}};
}

// An event that matched, as the occurrence that stands for it.
struct Found {
    storage::OccurrenceRow row;
    model::EventId id;
};

// `complete` is false when so many series had nothing in the range that the rest was not looked at.
Result<std::vector<Found>> FindAll(const storage::ReadView& view, const Search& search,
                                   bool& complete) {
    const auto matches = storage::SearchEvents(view, search.question);
    if (!matches) return matches.error();
    std::vector<Found> out;
    std::size_t looked_at = 0;
    for (const model::EventId id : *matches) {
        if (out.size() == search.limit) break;
        complete = ++looked_at <= kLookedAtMax;
        if (!complete) break;
        const auto series = storage::FindSeries(view, id);
        if (!series) return series.error();
        if (!*series) continue;
        if (const auto picked = Pick(**series, search))
            out.push_back({.row = storage::RowOf(*picked), .id = id});
    }
    return out;
}

// Among those that were chosen the order is that of their occurrences.
void Sort(std::vector<Found>& found, const Search& search) {
    const std::int64_t now = search.question.now.time_since_epoch().count();
    const auto key = [&](const Found& one) {
        return search.question.order == storage::SearchOrder::kNewest
                   ? -one.row.start_ms
                   : std::abs(one.row.start_ms - now);
    };
    if (search.question.order != storage::SearchOrder::kBest)
        std::stable_sort(found.begin(), found.end(),
                         [&](const Found& a, const Found& b) { return key(a) < key(b); });
}

struct SearchAnswer {
    WrittenRows rows;
    bool complete = true;
};

Result<SearchAnswer> RunSearch(const storage::ReadView& view, const Search& search) {
    bool complete = true;
    auto found = FindAll(view, search, complete);
    if (!found) return std::move(found).error();
    Sort(*found, search);
    auto accounts = ReadAccounts(view);
    if (!accounts) return std::move(accounts).error();
    AgendaRows rows(std::move(*accounts), search.zone);
    for (const Found& one : *found) {
        const auto snippet = storage::SearchSnippet(view, search.question, one.id);
        if (!snippet) return snippet.error();
        rows.Add(storage::ViewOf(one.row));
        rows.AddField("snippet", *snippet);
    }
    return SearchAnswer{.rows = rows.AsAdded(), .complete = complete};
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
    Search search{.question = {.text = parameters.Text("text"),
                               .person = parameters.OptionalText("person").value_or(""),
                               .calendars = parameters.Calendars("calendars"),
                               .from = parameters.OptionalTime("from"),
                               .to = parameters.OptionalTime("to"),
                               .order = OrderOf(parameters),
                               .now = context.clock.UtcNow()},
                  .limit = static_cast<std::size_t>(std::clamp<std::int64_t>(limit, 1, kSearchMax)),
                  .zone = parameters.ZoneOrUtc("time_zone")};
    if (parameters.Refuse()) return;
    engine.store().ReadFor<SearchAnswer>(
        [search](const storage::ReadView& view) { return RunSearch(view, search); },
        [call, frame = Freshness(context, search.question.calendars)](
            Result<SearchAnswer> answer) mutable {
            if (!answer) return call->Fail(answer.error());
            if (!answer->complete) frame["complete"] = false;
            ReplyInParts(call, frame, "occurrences", std::move(answer->rows));
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
