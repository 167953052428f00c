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
        });
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

UtcTime TimeOf(bool all_day, std::int64_t ms, const model::Zone& asker) {
    const std::chrono::milliseconds time(ms);
    if (!all_day) return UtcTime(time);
    return asker.ToUtc(std::chrono::local_seconds(std::chrono::floor<std::chrono::seconds>(time)));
}

// Which of the same meeting's rows says whether it is busy matters only where several accounts are
// asked at once.
Result<bool> IsPlain(const ReadView& view, const RangeQuestion& range) {
    if (!range.calendars.empty()) return true;
    const auto accounts = ReadAccounts(view);
    if (!accounts) return accounts.error();
    for (const auto& [calendar, account] : *accounts)
        if (account != accounts->begin()->second) return false;
    return true;
}

struct Periods {
    std::vector<BusyPeriod> list;
    bool complete = true;
};

Result<Periods> FindBusy(const ReadView& view, const RangeQuestion& range) {
    const auto plain = IsPlain(view, range);
    if (!plain) return plain.error();
    Periods out;
    if (*plain) {
        const auto times = storage::BusyInRange(view, range.Times(), range.calendars);
        if (!times) return times.error();
        if (*times) {
            for (const auto& [all_day, start, end] : **times)
                out.list.push_back({.start = TimeOf(all_day, start, range.zone),
                                    .end = TimeOf(all_day, end, range.zone)});
            return out;
        }
    }
    const auto found = Collect(view, range, AgendaRows::Purpose::kBusyTimes);
    if (!found) return found.error();
    out.complete = found->complete;
    const bool merge = range.calendars.empty();
    for (const auto& [start, end] : found->rows.BusyTimes(merge))
        out.list.push_back({.start = start, .end = end});
    return out;
}

Result<Answer> MakeFreeBusy(const ReadView& view, const RangeQuestion& range) {
    auto found = FindBusy(view, range);
    if (!found) return std::move(found).error();
    Answer answer{.rows = {}, .complete = found->complete};
    for (const auto& busy : model::MergePeriods(std::move(found->list), range.from, range.to)) {
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
