#include <nlohmann/json.hpp>

#include "daemon/agenda_rows.h"
#include "daemon/methods.h"
#include "daemon/parts.h"
#include "daemon/range_parameters.h"
#include "model/busy.h"
#include "storage/range_index.h"

namespace kamili::daemon {
namespace {

using model::BusyPeriod;
using nlohmann::json;
using storage::ReadView;

// Rows of an answer made on a reader's thread.
struct Answer {
    WrittenRows rows;
    bool complete = true;
};

// Makes rows from a range on a reader's thread and sends them under `field`.
void AnswerRange(Context& context, Engine& engine, const CallPointer& call, const char* field,
                 Result<Answer> (*make)(const ReadView&, const RangeQuestion&)) {
    const auto range = ReadRange(engine, call);
    if (!range) return;
    engine.store().ReadFor<Answer>(
        [range = *range, make](const ReadView& view) { return make(view, range); },
        [call, field, frame = Freshness(context, range->calendars)](Result<Answer> answer) mutable {
            if (!answer) return call->Fail(answer.error());
            if (!answer->complete) frame["complete"] = false;
            ReplyInParts(call, frame, field, std::move(answer->rows));
        },
        storage::Store::Length::kLong);
}

struct Collected {
    AgendaRows rows;
    bool complete = true;
};

Result<Collected> Collect(const ReadView& view, const RangeQuestion& range,
                          AgendaRows::Purpose purpose) {
    auto accounts = ReadAccounts(view);
    if (!accounts) return std::move(accounts).error();
    Collected out{.rows = AgendaRows(std::move(*accounts), range.zone, purpose)};
    const auto complete = storage::OccurrencesInRange(
        view, range.Times(), range.calendars, [&out](const auto& row) { out.rows.Add(row); });
    if (!complete) return complete.error();
    out.complete = *complete;
    return out;
}

Result<Answer> MakeAgenda(const ReadView& view, const RangeQuestion& range) {
    const auto found = Collect(view, range, AgendaRows::Purpose::kRows);
    if (!found) return found.error();
    return Answer{.rows = range.calendars.empty() ? found->rows.Merged() : found->rows.Sorted(),
                  .complete = found->complete};
}

// From the index alone if it can say, else from the rows.
Result<storage::BusyAnswer> FindBusy(const ReadView& view, const RangeQuestion& range) {
    auto indexed = storage::BusyInRange(
        view, {.range = range.Times(), .asker = range.zone, .calendars = range.calendars});
    if (!indexed) return std::move(indexed).error();
    if (*indexed) return std::move(**indexed);
    const auto found = Collect(view, range, AgendaRows::Purpose::kBusyTimes);
    if (!found) return found.error();
    std::vector<BusyPeriod> periods;
    for (const auto& [start, end] : found->rows.BusyTimes(range.calendars.empty()))
        periods.push_back({.start = start, .end = end});
    return storage::BusyAnswer{
        .periods = model::MergePeriods(std::move(periods), range.from, range.to),
        .complete = found->complete};
}

Result<Answer> MakeFreeBusy(const ReadView& view, const RangeQuestion& range) {
    const auto found = FindBusy(view, range);
    if (!found) return found.error();
    Answer answer{.rows = {}, .complete = found->complete};
    for (const auto& busy : found->periods) {
        std::string& text = answer.rows.text;
        text += "{\"start\":";
        AppendJson(text, FormatUtc(busy.start));
        text += ",\"end\":";
        AppendJson(text, FormatUtc(busy.end));
        text += '}';
        answer.rows.EndRow();
    }
    return answer;
}

void ListOccurrences(Context& context, Engine& engine, const CallPointer& call) {
    AnswerRange(context, engine, call, "occurrences", MakeAgenda);
}

void FreeBusy(Context& context, Engine& engine, const CallPointer& call) {
    AnswerRange(context, engine, call, "busy", MakeFreeBusy);
}

}  // namespace

void AddQueryMethods(MethodTable& table) {
    table.AddWithEngine("ListOccurrences", ListOccurrences);
    table.AddWithEngine("FreeBusy", FreeBusy);
}

}  // namespace kamili::daemon
