#include <algorithm>

#include "model/zone.h"
#include "storage/events.h"
#include "storage/journal.h"
#include "storage/range_index.h"
#include "storage/view.h"

namespace kamili::storage {
namespace {

using model::Event;
using model::EventId;
using model::EventTime;
using std::chrono::days;
using std::chrono::local_days;

// The horizon is made wider than promised, so that it moves only every other month: moving it
// means a look at every event.
constexpr days kPast{200};
constexpr days kFuture{500};
constexpr days kPastLeast{186};
constexpr days kFutureLeast{435};

local_days DayOf(UtcTime time) {
    return local_days(std::chrono::floor<days>(time).time_since_epoch());
}

IndexDays Horizon(UtcTime now) { return {.from = DayOf(now) - kPast, .to = DayOf(now) + kFuture}; }

// Far enough, and not so far that a clock which ran ahead must have set it.
bool IsGood(const IndexDays& held, UtcTime now) {
    const local_days today = DayOf(now);
    return held.from <= today - kPastLeast && held.to >= today + kFutureLeast &&
           held.to <= today + kFuture + days(2);
}

Status WriteState(Txn& txn, const IndexState& state) {
    auto statement = txn.connection().Prepare(
        "INSERT OR REPLACE INTO range_index (id,from_day,to_day,zone_data,built_to_id,whole) "
        "VALUES (1,?,?,?,?,?)");
    if (!statement) return std::move(statement).error();
    txn.pending().days = state.days;
    txn.pending().is_loaded = true;
    return statement->Bind(1, std::int64_t{state.days.from.time_since_epoch().count()})
        .Bind(2, std::int64_t{state.days.to.time_since_epoch().count()})
        .Bind(3, state.zone_data)
        .Bind(4, state.built_to_id)
        .Bind(5, std::int64_t{state.whole})
        .Run();
}

Result<std::vector<EventId>> NextIds(Txn& txn, std::int64_t after, std::int64_t count) {
    auto statement =
        txn.connection().Prepare("SELECT id FROM events WHERE id>? ORDER BY id LIMIT ?");
    if (!statement) return std::move(statement).error();
    statement->Bind(1, after).Bind(2, count);
    std::vector<EventId> out;
    for (;;) {
        const auto row = statement->Step();
        if (!row) return row.error();
        if (!*row) return out;
        out.push_back(EventId(statement->Int(0)));
    }
}

// The instant of a wall time under the rules of today. One that already means this wall time stays:
// in an overlap it may be the second pass. True if it changed.
bool Mend(EventTime& time) {
    if (time.all_day) return false;
    const auto zone = model::Zone::Load(time.zone);
    if (!zone || zone->ToWall(time.utc) == time.wall) return false;
    const UtcTime utc = zone->ToUtc(time.wall);
    // A wall time that the clocks skip has no instant of its own.
    if (utc == time.utc || zone->ToWall(utc) != time.wall) return false;
    time.utc = utc;
    return true;
}

Result<bool> IsOver(Txn& txn, EventId id, UtcTime now) {
    auto statement = txn.connection().Prepare("SELECT span_to_ms FROM events WHERE id=?");
    if (!statement) return std::move(statement).error();
    const auto row = statement->Bind(1, id.row()).Step();
    if (!row) return row.error();
    return !*row || statement->Int(0) < now.time_since_epoch().count();
}

// Did one of the series' occurrences that are not over get another instant? Its rows are of before,
// with the offsets of then.
Result<bool> HaveOccurrencesMoved(Txn& txn, EventId id, UtcTime now) {
    auto statement = txn.connection().Prepare(
        "SELECT start_ms,start_offset_s,zone FROM occurrences "
        "WHERE event_id=? AND end_ms>? AND length_class<? ORDER BY start_ms");
    if (!statement) return std::move(statement).error();
    statement->Bind(1, id.row())
        .Bind(2, std::int64_t{now.time_since_epoch().count()})
        .Bind(3, LengthClassOf(true, 0));
    for (;;) {
        const auto row = statement->Step();
        if (!row) return row.error();
        if (!*row) return false;
        const UtcTime start{std::chrono::milliseconds(statement->Int(0))};
        const std::chrono::seconds offset(statement->Int(1));
        const auto zone = model::Zone::Load(statement->Text(2));
        if (!zone) continue;
        const std::chrono::local_seconds wall(
            std::chrono::floor<std::chrono::seconds>(start.time_since_epoch()) + offset);
        if (zone->ToUtc(wall) != std::chrono::floor<std::chrono::seconds>(start)) return true;
    }
}

Status Refresh(Txn& txn, EventId id, UtcTime now) {
    auto row = FindEvent(txn, id);
    if (!row) return std::move(row).error();
    if (!*row) return {};
    Event event = (*row)->event;
    const auto over = IsOver(txn, id, now);
    if (!over) return over.error();
    bool changed = false;
    if (!*over) {
        changed |= Mend(event.start);
        changed |= Mend(event.end);
        if (event.original_start) changed |= Mend(*event.original_start);
    }
    if (!changed) {
        if (auto done = PlaceEvent(txn, id, event); !done) return done;
        if (event.kind != model::EventKind::kSeries) return {};
        const auto moved = HaveOccurrencesMoved(txn, id, now);
        if (!moved) return moved.error();
        if (!*moved) return {};
        return AppendChange(txn, model::ChangeKind::kChanged, id, event.calendar_id, now);
    }
    if (auto done = UpdateEvent(txn, event, (*row)->listing); !done) return done;
    if ((*row)->held)
        if (auto done = HoldEvent(txn, id); !done) return done;
    if (event.kind == model::EventKind::kCancelledException) return {};
    return AppendChange(txn, model::ChangeKind::kChanged, id, event.calendar_id, now);
}

}  // namespace

Result<bool> KeepIndex(Txn& txn, const Upkeep& upkeep) {
    auto found = ReadIndexState(txn);
    if (!found) return std::move(found).error();
    const bool stands =
        *found && (*found)->zone_data == upkeep.zone_data && IsGood((*found)->days, upkeep.now);
    IndexState state = stands ? std::move(**found)
                              : IndexState{.days = Horizon(upkeep.now),
                                           .zone_data = upkeep.zone_data,
                                           .built_to_id = 0,
                                           .whole = false};
    if (state.whole) return false;
    // Before the rows: they are made for these days.
    if (auto done = WriteState(txn, state); !done) return std::move(done).error();
    const auto ids = NextIds(txn, state.built_to_id, upkeep.events_max);
    if (!ids) return ids.error();
    for (const EventId id : *ids)
        if (auto done = Refresh(txn, id, upkeep.now); !done) return std::move(done).error();
    if (!ids->empty()) state.built_to_id = ids->back().row();
    state.whole = static_cast<std::int64_t>(ids->size()) < upkeep.events_max;
    if (auto done = WriteState(txn, state); !done) return std::move(done).error();
    return !state.whole;
}

}  // namespace kamili::storage
