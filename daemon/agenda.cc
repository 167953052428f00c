#include "daemon/agenda.h"

#include <algorithm>

#include "daemon/agenda_rows.h"
#include "daemon/parts.h"
#include "storage/range_slices.h"

namespace kamili::daemon {
namespace {

using model::TimeRange;
using std::chrono::days;

// The first rows shall come soon; later parts are whole ones.
constexpr std::size_t kFirstRows = 100;
// A piece is made longer or shorter until it has about so many rows.
constexpr std::size_t kFewRows = 150;
constexpr std::size_t kManyRows = 600;

WrittenRows RowsOf(const AgendaRows& rows, const RangeQuestion& range) {
    return range.calendars.empty() ? rows.Merged() : rows.Sorted();
}

// Whole days of the asker, so that all-day rows have their place in the order.
TimeRange PieceFrom(std::chrono::local_days date, days length, const TimeRange& whole,
                    const model::Zone& zone) {
    const auto end = std::min(date + length, whole.to_date);
    TimeRange piece{.from = date == whole.from_date ? whole.from : zone.ToUtc(date),
                    .to = end == whole.to_date ? whole.to : zone.ToUtc(end),
                    .from_date = date,
                    .to_date = end};
    piece.to = std::min(piece.to, whole.to);
    return piece;
}

// At once, for what cannot be had in pieces.
Result<Agenda> MakeAtOnce(const storage::ReadView& view, const RangeQuestion& range) {
    auto accounts = ReadAccounts(view);
    if (!accounts) return std::move(accounts).error();
    AgendaRows rows(std::move(*accounts), range.zone);
    const auto complete = storage::OccurrencesInRange(view, range.Times(), range.calendars,
                                                      [&rows](const auto& row) { rows.Add(row); });
    if (!complete) return complete.error();
    return Agenda{.rows = RowsOf(rows, range), .complete = *complete};
}

}  // namespace

Result<Agenda> StreamAgenda(const storage::ReadView& view, const RangeQuestion& range,
                            OnRows on_rows) {
    const TimeRange whole = range.Times();
    auto slices = storage::RangeSlices::Make(view, whole, range.calendars);
    if (!slices) return std::move(slices).error();
    // A moment at midnight has no day.
    if (!*slices || whole.from_date >= whole.to_date) return MakeAtOnce(view, range);
    const auto accounts = ReadAccounts(view);
    if (!accounts) return accounts.error();
    Agenda out{.rows = {}, .complete = (*slices)->complete()};
    std::size_t enough = kFirstRows;
    days length{1};
    for (auto date = whole.from_date; date < whole.to_date;) {
        const TimeRange piece = PieceFrom(date, length, whole, range.zone);
        AgendaRows rows(*accounts, range.zone);
        const auto done = (*slices)->Read(piece, [&rows](const auto& row) { rows.Add(row); });
        if (!done) return done.error();
        out.rows.Append(RowsOf(rows, range));
        date = piece.to_date;
        if (rows.size() < kFewRows) length *= 8;
        if (rows.size() > kManyRows) length = std::max(length / 4, days(1));
        // What comes last is sent as the last part.
        if (out.rows.size() < enough || date == whole.to_date) continue;
        enough = kPartRows;
        if (!on_rows(std::exchange(out.rows, {}), out.complete)) break;
    }
    return out;
}

// Pieces here too: what they are made in stays small.
Result<Agenda> MakeAgenda(const storage::ReadView& view, const RangeQuestion& range) {
    WrittenRows all;
    auto rest = StreamAgenda(view, range, [&all](const WrittenRows& rows, bool) {
        all.Append(rows);
        return true;
    });
    if (!rest || all.size() == 0) return rest;
    all.Append(rest->rows);
    return Agenda{.rows = std::move(all), .complete = rest->complete};
}

}  // namespace kamili::daemon
