#include "storage/events.h"

#include <fmt/format.h>

#include "storage/event_body.h"
#include "storage/event_rows.h"
#include "storage/range_index.h"
#include "storage/search_rows.h"
#include "storage/view.h"

namespace kamili::storage {
namespace {

using model::Event;

constexpr char kFindSql[] = "SELECT " KAMILI_EVENT_COLUMNS ",e.raw FROM events e WHERE e.id=?";
constexpr char kFindRemoteSql[] =
    "SELECT " KAMILI_EVENT_COLUMNS ",e.raw FROM events e WHERE e.calendar_id=? AND e.remote_id=?";
constexpr char kKeysOfSeriesSql[] =
    "SELECT id,remote_id,series_remote_id,kind,held FROM events "
    "WHERE calendar_id=? AND series_remote_id=? AND series_remote_id<>'' ORDER BY id";
constexpr char kNotListedSql[] =
    "SELECT id,remote_id,series_remote_id,kind,held FROM events "
    "WHERE calendar_id=? AND listing<? ORDER BY id";
constexpr char kLooseSql[] =
    "SELECT e.id,e.remote_id,e.series_remote_id,e.kind,e.held FROM events e "
    "INDEXED BY events_cancelled WHERE e.calendar_id=? AND e.kind='cancelled_exception' "
    "AND NOT EXISTS (SELECT 1 FROM events m WHERE m.calendar_id=e.calendar_id "
    "AND m.remote_id=e.series_remote_id AND m.kind='series') ORDER BY e.id";
constexpr char kInsertSql[] =
    "INSERT INTO events (calendar_id,remote_id,uid,kind,series_remote_id,span_from_ms,span_to_ms,"
    "listing,held,body,raw) VALUES (?,?,?,?,?,?,?,?,0,?,?)";
constexpr char kUpdateSql[] =
    "UPDATE events SET calendar_id=?,remote_id=?,uid=?,kind=?,series_remote_id=?,span_from_ms=?,"
    "span_to_ms=?,listing=?,held=0,body=?,raw=? WHERE id=?";
constexpr char kByUidSql[] =
    "SELECT " KAMILI_EVENT_COLUMNS " FROM events e WHERE e.uid=? AND e.uid<>'' ORDER BY e.id";

Result<std::optional<EventRow>> ReadWithRaw(Statement& statement) {
    auto row = NextEventRow(statement);
    if (row && *row) (*row)->event.raw = statement.Text(9);
    return row;
}

Result<std::vector<EventKey>> ReadKeys(Statement& statement) {
    std::vector<EventKey> out;
    for (;;) {
        const auto row = statement.Step();
        if (!row) return row.error();
        if (!*row) return out;
        out.push_back({.id = model::EventId(statement.Int(0)),
                       .remote_id = statement.Text(1),
                       .series_remote_id = statement.Text(2),
                       .kind = model::EventKindFromText(statement.TextView(3))
                                   .value_or(model::EventKind::kSingle),
                       .held = statement.Int(4) != 0});
    }
}

void BindRow(Statement& statement, const Event& event, const Span& span, std::int64_t listing,
             const std::string& body) {
    statement.Bind(1, event.calendar_id.row())
        .BindBorrowed(2, event.remote_id)
        .BindBorrowed(3, event.uid)
        .Bind(4, Text(event.kind))
        .BindBorrowed(5, event.series_remote_id)
        .Bind(6, span.from_ms)
        .Bind(7, span.to_ms)
        .Bind(8, listing)
        .BindBorrowed(9, body)
        .BindBorrowed(10, event.raw);
}

Status RunWithId(Txn& txn, const char* sql, model::EventId id) {
    auto statement = txn.connection().Prepare(sql);
    if (!statement) return std::move(statement).error();
    return statement->Bind(1, id.row()).Run();
}

Error Gone() { return {.kind = ErrorKind::kNotFound, .message = "the event is gone"}; }

}  // namespace

Result<EventRow> ReadEventRow(const Statement& row) {
    EventRow out;
    Event& event = out.event;
    event.id = model::EventId(row.Int(0));
    event.calendar_id = model::CalendarId(row.Int(1));
    event.remote_id = row.Text(2);
    event.uid = row.Text(3);
    event.kind = model::EventKindFromText(row.TextView(4)).value_or(model::EventKind::kSingle);
    event.series_remote_id = row.Text(5);
    out.listing = row.Int(6);
    out.held = row.Int(7) != 0;
    if (!ReadEventBody(row.TextView(8), event))
        return Error{.kind = ErrorKind::kStoreDamaged,
                     .message = fmt::format("event row {} cannot be read", event.id.row())};
    return out;
}

Result<std::optional<EventRow>> NextEventRow(Statement& statement) {
    const auto row = statement.Step();
    if (!row) return row.error();
    if (!*row) return std::optional<EventRow>();
    auto read = ReadEventRow(statement);
    if (!read) return std::move(read).error();
    return std::optional(std::move(*read));
}

Result<std::optional<EventRow>> FindEvent(const ReadView& view, model::EventId id) {
    auto statement = view.connection().Prepare(kFindSql);
    if (!statement) return std::move(statement).error();
    statement->Bind(1, id.row());
    return ReadWithRaw(*statement);
}

Result<std::optional<EventRow>> FindEventByRemoteId(const ReadView& view,
                                                    model::CalendarId calendar,
                                                    std::string_view remote_id) {
    auto statement = view.connection().Prepare(kFindRemoteSql);
    if (!statement) return std::move(statement).error();
    statement->Bind(1, calendar.row()).Bind(2, remote_id);
    return ReadWithRaw(*statement);
}

Result<std::vector<model::Event>> FindEventsByUid(const ReadView& view, std::string_view uid) {
    auto statement = view.connection().Prepare(kByUidSql);
    if (!statement) return std::move(statement).error();
    statement->Bind(1, uid);
    std::vector<model::Event> out;
    for (;;) {
        auto row = NextEventRow(*statement);
        if (!row) return std::move(row).error();
        if (!*row) return out;
        out.push_back(std::move((*row)->event));
    }
}

Result<std::vector<EventKey>> EventsOfSeries(const ReadView& view, model::CalendarId calendar,
                                             std::string_view series_remote_id) {
    auto statement = view.connection().Prepare(kKeysOfSeriesSql);
    if (!statement) return std::move(statement).error();
    statement->Bind(1, calendar.row()).Bind(2, series_remote_id);
    return ReadKeys(*statement);
}

Result<std::vector<EventKey>> EventsNotListed(const ReadView& view, model::CalendarId calendar,
                                              std::int64_t listing) {
    auto statement = view.connection().Prepare(kNotListedSql);
    if (!statement) return std::move(statement).error();
    statement->Bind(1, calendar.row()).Bind(2, listing);
    return ReadKeys(*statement);
}

Result<std::vector<EventKey>> LooseCancellations(const ReadView& view, model::CalendarId calendar) {
    auto statement = view.connection().Prepare(kLooseSql);
    if (!statement) return std::move(statement).error();
    statement->Bind(1, calendar.row());
    return ReadKeys(*statement);
}

Result<std::int64_t> CountEvents(const ReadView& view, model::CalendarId calendar) {
    auto statement = view.connection().Prepare("SELECT count(*) FROM events WHERE calendar_id=?");
    if (!statement) return std::move(statement).error();
    const auto row = statement->Bind(1, calendar.row()).Step();
    if (!row) return row.error();
    return statement->Int(0);
}

Result<model::EventId> InsertEvent(Txn& txn, const Event& event, std::int64_t listing) {
    auto statement = txn.connection().Prepare(kInsertSql);
    if (!statement) return std::move(statement).error();
    const std::string body = EventBody(event);
    const Span span = SpanOf(event);
    BindRow(*statement, event, span, listing, body);
    if (auto done = statement->Run(); !done) return std::move(done).error();
    const model::EventId id(txn.connection().last_row());
    if (!txn.pending().first_new) txn.pending().first_new = id;
    if (auto done = PutText(txn, id, event, span); !done) return std::move(done).error();
    if (auto done = PlaceEvent(txn, id, event); !done) return std::move(done).error();
    return id;
}

Status UpdateEvent(Txn& txn, const Event& event, std::int64_t listing) {
    if (auto done = NoteSeriesOf(txn, event.id); !done) return done;
    if (auto done = RemoveText(txn, event.id); !done) return done;
    auto statement = txn.connection().Prepare(kUpdateSql);
    if (!statement) return std::move(statement).error();
    const std::string body = EventBody(event);
    const Span span = SpanOf(event);
    BindRow(*statement, event, span, listing, body);
    if (auto done = statement->Bind(11, event.id.row()).Run(); !done) return done;
    if (txn.connection().changes() == 0) return Gone();
    if (auto done = PutText(txn, event.id, event, span); !done) return done;
    return PlaceEvent(txn, event.id, event);
}

Status MarkListed(Txn& txn, model::EventId id, std::int64_t listing) {
    auto statement = txn.connection().Prepare("UPDATE events SET listing=?,held=0 WHERE id=?");
    if (!statement) return std::move(statement).error();
    return statement->Bind(1, listing).Bind(2, id.row()).Run();
}

Status HoldEvent(Txn& txn, model::EventId id) {
    return RunWithId(txn, "UPDATE events SET held=1 WHERE id=?", id);
}

Status RemoveEvent(Txn& txn, model::EventId id) {
    if (auto done = RemoveText(txn, id); !done) return done;
    if (auto done = NoteSeriesOf(txn, id); !done) return done;
    if (auto done = UnplaceEvent(txn, id); !done) return done;
    return RunWithId(txn, "DELETE FROM events WHERE id=?", id);
}

}  // namespace kamili::storage
