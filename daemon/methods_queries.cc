#include <nlohmann/json.hpp>

#include "daemon/agenda.h"
#include "daemon/agenda_rows.h"
#include "daemon/methods.h"
#include "daemon/parts.h"
#include "daemon/range_parameters.h"
#include "daemon/row_stream.h"
#include "model/busy.h"
#include "storage/range_index.h"

namespace kamili::daemon {
namespace {

using model::BusyPeriod;
using nlohmann::json;
using storage::ReadView;

// Makes rows from a range on a reader's thread and sends them under `field`.
void AnswerRange(Context& context, Engine& engine, const CallPointer& call, const char* field,
                 Result<Agenda> (*make)(const ReadView&, const RangeQuestion&)) {
    const auto range = ReadRange(engine, call);
    if (!range) return;
    engine.memory().Later();
    engine.store().ReadFor<Agenda>(
        [range = *range, make](const ReadView& view) { return make(view, range); },
        [call, field, frame = Freshness(context, range->calendars)](Result<Agenda> answer) mutable {
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

Result<Collected> Collect(const ReadView& view, const RangeQuestion& range) {
    auto accounts = ReadAccounts(view);
    if (!accounts) return std::move(accounts).error();
    Collected out{
        .rows = AgendaRows(std::move(*accounts), range.zone, AgendaRows::Purpose::kBusyTimes)};
    const auto complete = storage::OccurrencesInRange(
        view, range.Times(), range.calendars, [&out](const auto& row) { out.rows.Add(row); });
    if (!complete) return complete.error();
    out.complete = *complete;
    return out;
}

// From the index alone if it can say, else from the rows.
Result<storage::BusyAnswer> FindBusy(const ReadView& view, const RangeQuestion& range) {
    auto indexed = storage::BusyInRange(
        view, {.range = range.Times(), .asker = range.zone, .calendars = range.calendars});
    if (!indexed) return std::move(indexed).error();
    if (*indexed) return std::move(**indexed);
    const auto found = Collect(view, range);
    if (!found) return found.error();
    std::vector<BusyPeriod> periods;
    for (const auto& [start, end] : found->rows.BusyTimes(range.calendars.empty()))
        periods.push_back({.start = start, .end = end});
    return storage::BusyAnswer{
        .periods = model::MergePeriods(std::move(periods), range.from, range.to),
        .complete = found->complete};
}

Result<Agenda> MakeFreeBusy(const ReadView& view, const RangeQuestion& range) {
    const auto found = FindBusy(view, range);
    if (!found) return found.error();
    Agenda answer{.rows = {}, .complete = found->complete};
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
    constexpr const char* kField = "occurrences";
    if (!call->more()) return AnswerRange(context, engine, call, kField, MakeAgenda);
    const auto range = ReadRange(engine, call);
    if (!range) return;
    engine.memory().Later();
    // It ends on the loop: the last to hold it is what is done in the end.
    const auto stream =
        std::make_shared<RowStream>(call, Freshness(context, range->calendars), kField);
    engine.store().ReadFor<Agenda>(
        [range = *range, &loop = context.loop, stream](const ReadView& view) {
            return StreamAgenda(view, range, [&](WrittenRows rows, bool complete) {
                loop.Post([stream, rows = std::move(rows), complete]() mutable {
                    stream->Push(std::move(rows), complete);
                });
                return stream->wanted();
            });
        },
        [stream](Result<Agenda> rest) {
            if (!rest) return stream->End(rest.error(), true);
            stream->End(std::move(rest->rows), rest->complete);
        },
        storage::Store::Length::kLong);
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
