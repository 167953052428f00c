#include "storage/journal.h"

#include "storage/view.h"

namespace kamili::storage {
namespace {

std::optional<model::ChangeKind> KindFromText(std::string_view text) {
    for (const auto kind :
         {model::ChangeKind::kAdded, model::ChangeKind::kChanged, model::ChangeKind::kRemoved})
        if (Text(kind) == text) return kind;
    return std::nullopt;
}

}  // namespace

Status AppendChange(Txn& txn, model::ChangeKind kind, model::EventId event,
                    model::CalendarId calendar, UtcTime now) {
    auto statement = txn.connection().Prepare(
        "INSERT INTO journal (kind,event_id,calendar_id,time_ms) VALUES (?,?,?,?)");
    if (!statement) return std::move(statement).error();
    auto done = statement->Bind(1, Text(kind))
                    .Bind(2, event.row())
                    .Bind(3, calendar.row())
                    .Bind(4, std::int64_t{now.time_since_epoch().count()})
                    .Run();
    if (done) txn.set_last_change(txn.connection().last_row());
    return done;
}

Result<JournalBounds> FindJournalBounds(const ReadView& view) {
    // The sequence remembers the newest number ever given out, also when its entry was trimmed.
    auto statement = view.connection().Prepare(
        "SELECT coalesce((SELECT min(number) FROM journal),0),"
        "coalesce((SELECT seq FROM sqlite_sequence WHERE name='journal'),0)");
    if (!statement) return std::move(statement).error();
    const auto row = statement->Step();
    if (!row) return row.error();
    return JournalBounds{.first = statement->Int(0), .last = statement->Int(1)};
}

Result<std::vector<model::Change>> ReadChanges(const ReadView& view, std::int64_t since,
                                               std::size_t limit) {
    const auto bounds = FindJournalBounds(view);
    if (!bounds) return bounds.error();
    const std::int64_t oldest = bounds->first > 0 ? bounds->first : bounds->last + 1;
    if (since + 1 < oldest)
        return Error{.kind = ErrorKind::kJournalTruncated,
                     .message = "the journal no longer goes back that far",
                     .hint =
                         "take the newest number (store.journal of kamilictl status --json), read "
                         "everything anew, then go on from that number"};
    auto statement = view.connection().Prepare(
        "SELECT number,kind,event_id,calendar_id,time_ms FROM journal WHERE number>? "
        "ORDER BY number LIMIT ?");
    if (!statement) return std::move(statement).error();
    statement->Bind(1, since).Bind(2, static_cast<std::int64_t>(limit));
    std::vector<model::Change> out;
    for (;;) {
        const auto row = statement->Step();
        if (!row) return row.error();
        if (!*row) return out;
        out.push_back(
            {.number = statement->Int(0),
             .kind = KindFromText(statement->TextView(1)).value_or(model::ChangeKind::kChanged),
             .event_id = model::EventId(statement->Int(2)),
             .calendar_id = model::CalendarId(statement->Int(3)),
             .time = UtcTime(std::chrono::milliseconds(statement->Int(4)))});
    }
}

Status TrimJournal(Txn& txn, UtcTime before) {
    // The wall clock may have been set back; entries go from the beginning only, so that no gap
    // ever opens behind a number that a client still holds.
    auto statement = txn.connection().Prepare(
        "DELETE FROM journal WHERE number<coalesce("
        "(SELECT min(number) FROM journal WHERE time_ms>=?),9223372036854775807)");
    if (!statement) return std::move(statement).error();
    return statement->Bind(1, std::int64_t{before.time_since_epoch().count()}).Run();
}

}  // namespace kamili::storage
