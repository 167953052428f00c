#include "storage/range_index.h"

#include <algorithm>
#include <tuple>

#include "storage/events.h"
#include "storage/search_rows.h"
#include "storage/view.h"

namespace kamili::storage {
namespace {

using model::CalendarId;
using model::Event;
using model::EventId;
using model::EventKind;

constexpr char kStateSql[] =
    "SELECT from_day,to_day,zone_data,built_to_id,whole FROM range_index WHERE id=1";
constexpr char kInsertSql[] =
    "INSERT INTO occurrences (calendar_id,length_class,start_ms,event_id,end_ms,busy,"
    "start_offset_s,end_offset_s,original_ms,original,zone,uid,title,location,status,response,"
    "visibility,remote_id) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
constexpr char kDeleteSql[] =
    "DELETE FROM occurrences WHERE calendar_id=? AND length_class=? AND start_ms=? AND event_id=?";
constexpr char kOfEventSql[] =
    "SELECT calendar_id,length_class,start_ms,event_id,end_ms,busy,start_offset_s,end_offset_s,"
    "original_ms,original,zone,uid,title,location,status,response,visibility,remote_id "
    "FROM occurrences WHERE event_id=? ORDER BY calendar_id,length_class,start_ms";

// A row and where it stands.
struct Placed {
    std::int64_t length_class = 0;
    OccurrenceRow row;
    auto Key() const {
        return std::tuple(row.calendar_id, length_class, row.start_ms, row.event_id);
    }
};
using PlacedRows = std::vector<Placed>;

bool IsBefore(const Placed& a, const Placed& b) { return a.Key() < b.Key(); }

Status LoadDays(Txn& txn) {
    PendingRows& pending = txn.pending();
    if (pending.is_loaded) return {};
    const auto state = ReadIndexState(txn);
    if (!state) return state.error();
    if (*state) pending.days = (*state)->days;
    pending.is_loaded = true;
    return {};
}

bool IsMember(EventKind kind) {
    return kind == EventKind::kException || kind == EventKind::kCancelledException ||
           kind == EventKind::kInstance;
}

Placed ReadPlaced(const Statement& row) {
    Placed out{.length_class = row.Int(1), .row = {}};
    OccurrenceRow& one = out.row;
    one.calendar_id = CalendarId(row.Int(0));
    one.all_day = out.length_class >= LengthClassOf(true, 0);
    one.start_ms = row.Int(2);
    one.event_id = EventId(row.Int(3));
    one.end_ms = row.Int(4);
    one.busy = row.Int(5) != 0;
    one.start_offset_s = row.Int(6);
    one.end_offset_s = row.Int(7);
    one.original_ms = row.OptionalInt(8);
    one.original = row.Text(9);
    one.zone = row.Text(10);
    one.uid = row.Text(11);
    one.title = row.Text(12);
    one.location = row.Text(13);
    one.status = row.Text(14);
    one.response = row.Text(15);
    one.visibility = row.Text(16);
    one.remote_id = row.Text(17);
    return out;
}

Result<PlacedRows> ReadRowsOf(Txn& txn, EventId id) {
    auto statement = txn.connection().Prepare(kOfEventSql);
    if (!statement) return std::move(statement).error();
    statement->Bind(1, id.row());
    PlacedRows out;
    for (;;) {
        const auto row = statement->Step();
        if (!row) return row.error();
        if (!*row) return out;
        out.push_back(ReadPlaced(*statement));
    }
}

Status InsertRow(Txn& txn, const Placed& placed) {
    auto statement = txn.connection().Prepare(kInsertSql);
    if (!statement) return std::move(statement).error();
    const OccurrenceRow& row = placed.row;
    return statement->Bind(1, row.calendar_id.row())
        .Bind(2, placed.length_class)
        .Bind(3, row.start_ms)
        .Bind(4, row.event_id.row())
        .Bind(5, row.end_ms)
        .Bind(6, std::int64_t{row.busy})
        .Bind(7, row.start_offset_s)
        .Bind(8, row.end_offset_s)
        .Bind(9, row.original_ms)
        .BindBorrowed(10, row.original)
        .BindBorrowed(11, row.zone)
        .BindBorrowed(12, row.uid)
        .BindBorrowed(13, row.title)
        .BindBorrowed(14, row.location)
        .BindBorrowed(15, row.status)
        .BindBorrowed(16, row.response)
        .BindBorrowed(17, row.visibility)
        .BindBorrowed(18, row.remote_id)
        .Run();
}

Status DeleteRow(Txn& txn, const Placed& placed) {
    auto statement = txn.connection().Prepare(kDeleteSql);
    if (!statement) return std::move(statement).error();
    return statement->Bind(1, placed.row.calendar_id.row())
        .Bind(2, placed.length_class)
        .Bind(3, placed.row.start_ms)
        .Bind(4, placed.row.event_id.row())
        .Run();
}

Status RunWithId(Txn& txn, const char* sql, EventId id) {
    auto statement = txn.connection().Prepare(sql);
    if (!statement) return std::move(statement).error();
    return statement->Bind(1, id.row()).Run();
}

Status NoteExpanded(Txn& txn, CalendarId calendar, EventId id, bool expanded) {
    if (auto done = RunWithId(txn, "DELETE FROM expanded_events WHERE event_id=?", id); !done)
        return done;
    if (!expanded) return {};
    auto statement =
        txn.connection().Prepare("INSERT INTO expanded_events (calendar_id,event_id) VALUES (?,?)");
    if (!statement) return std::move(statement).error();
    return statement->Bind(1, calendar.row()).Bind(2, id.row()).Run();
}

PlacedRows Place(std::vector<OccurrenceRow> rows) {
    PlacedRows out;
    out.reserve(rows.size());
    for (OccurrenceRow& row : rows) {
        const auto length = LengthClassOf(row.all_day, row.end_ms - row.start_ms);
        out.push_back({.length_class = length, .row = std::move(row)});
    }
    std::sort(out.begin(), out.end(), IsBefore);
    return out;
}

// Only what differs is touched: a series of which one date moves costs two rows, not hundreds.
void Compare(PlacedRows& stored, PlacedRows& wanted, PlacedRows& gone, PlacedRows& added) {
    auto old = stored.begin();
    for (Placed& one : wanted) {
        while (old != stored.end() && IsBefore(*old, one)) gone.push_back(std::move(*old++));
        const bool here = old != stored.end() && !IsBefore(one, *old);
        const bool same = here && old->row == one.row;
        if (here && !same) gone.push_back(std::move(*old));
        if (here) ++old;
        if (!same) added.push_back(std::move(one));
    }
    for (; old != stored.end(); ++old) gone.push_back(std::move(*old));
}

// In the order of the table: a page of the tree is visited once, not once for each row.
Status InsertInOrder(Txn& txn, const PlacedRows& rows) {
    std::vector<const Placed*> order;
    order.reserve(rows.size());
    for (const Placed& one : rows) order.push_back(&one);
    std::sort(order.begin(), order.end(),
              [](const Placed* a, const Placed* b) { return IsBefore(*a, *b); });
    for (const Placed* one : order)
        if (auto done = InsertRow(txn, *one); !done) return done;
    return {};
}

// Makes the rows of every series that was touched.
Status ExpandSeries(Txn& txn) {
    PendingRows& pending = txn.pending();
    for (auto& [key, written] : pending.series) {
        const auto& [calendar, remote_id] = key;
        if (!written) {
            auto stored = FindEventByRemoteId(txn, calendar, remote_id);
            if (!stored) return std::move(stored).error();
            if (!*stored || (*stored)->event.kind != EventKind::kSeries) continue;
            written = std::move((*stored)->event);
        }
        const auto members = FindMembers(txn, calendar, remote_id);
        if (!members) return members.error();
        pending.events[written->id] = {calendar, RowsOf(*written, *members, pending.days->Range())};
    }
    pending.series.clear();
    return {};
}

}  // namespace

Result<std::optional<IndexState>> ReadIndexState(const ReadView& view) {
    auto statement = view.connection().Prepare(kStateSql);
    if (!statement) return std::move(statement).error();
    const auto row = statement->Step();
    if (!row) return row.error();
    if (!*row) return std::optional<IndexState>();
    const auto day = [&](int column) {
        return std::chrono::local_days(std::chrono::days(statement->Int(column)));
    };
    return std::optional(IndexState{.days = {.from = day(0), .to = day(1)},
                                    .zone_data = statement->Text(2),
                                    .built_to_id = statement->Int(3),
                                    .whole = statement->Int(4) != 0});
}

Status PlaceEvent(Txn& txn, EventId id, const Event& event) {
    if (auto done = LoadDays(txn); !done) return done;
    PendingRows& pending = txn.pending();
    if (!pending.days) return {};
    if (event.kind == EventKind::kSeries) {
        auto& master = pending.series[{event.calendar_id, event.remote_id}];
        master = event;
        master->id = id;
        return {};
    }
    // It may have been a series before.
    if (const auto found = pending.series.find({event.calendar_id, event.remote_id});
        found != pending.series.end())
        found->second.reset();
    if (IsMember(event.kind))
        pending.series.try_emplace({event.calendar_id, event.series_remote_id});
    auto rows = RowsOf(event, {}, pending.days->Range());
    if (rows)
        for (OccurrenceRow& row : *rows) row.event_id = id;
    pending.events[id] = {event.calendar_id, std::move(rows)};
    return {};
}

Status NoteSeriesOf(Txn& txn, EventId id) {
    if (auto done = LoadDays(txn); !done) return done;
    if (!txn.pending().days) return {};
    auto statement = txn.connection().Prepare(
        "SELECT calendar_id,series_remote_id FROM events WHERE id=? AND series_remote_id<>''");
    if (!statement) return std::move(statement).error();
    const auto row = statement->Bind(1, id.row()).Step();
    if (!row) return row.error();
    if (*row) txn.pending().series.try_emplace({CalendarId(statement->Int(0)), statement->Text(1)});
    return {};
}

Status UnplaceEvent(Txn& txn, EventId id) {
    txn.pending().events.erase(id);
    for (auto& [key, written] : txn.pending().series)
        if (written && written->id == id) written.reset();
    if (auto done = RunWithId(txn, "DELETE FROM expanded_events WHERE event_id=?", id); !done)
        return done;
    return RunWithId(txn, "DELETE FROM occurrences WHERE event_id=?", id);
}

Status WritePendingRows(Txn& txn) {
    if (auto done = WriteSearchRows(txn); !done) return done;
    PendingRows& pending = txn.pending();
    if (!pending.days) return {};
    if (auto done = ExpandSeries(txn); !done) return done;
    PlacedRows gone, added;
    for (auto& [id, entry] : pending.events) {
        auto& [calendar, rows] = entry;
        const bool is_new = pending.first_new && id >= *pending.first_new;
        if (!is_new || !rows)
            if (auto done = NoteExpanded(txn, calendar, id, !rows); !done) return done;
        PlacedRows wanted = Place(rows ? std::move(*rows) : std::vector<OccurrenceRow>());
        PlacedRows stored;
        if (!is_new) {
            auto read = ReadRowsOf(txn, id);
            if (!read) return std::move(read).error();
            stored = std::move(*read);
        }
        Compare(stored, wanted, gone, added);
    }
    pending.events.clear();
    pending.first_new.reset();
    for (const Placed& one : gone)
        if (auto done = DeleteRow(txn, one); !done) return done;
    return InsertInOrder(txn, added);
}

}  // namespace kamili::storage
