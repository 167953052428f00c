#include "sync/reconcile.h"

#include <algorithm>
#include <set>

#include "storage/calendars.h"
#include "storage/events.h"
#include "storage/journal.h"
#include "storage/view.h"

namespace kamili::sync {
namespace {

using model::ChangeKind;
using model::Event;
using model::EventKind;
using storage::EventKey;
using storage::EventRow;
using storage::Txn;

constexpr std::int64_t kGuardRows = 20;

bool Counts(EventKind kind) { return kind != EventKind::kCancelledException; }

bool IsMember(EventKind kind) {
    return kind == EventKind::kException || kind == EventKind::kCancelledException ||
           kind == EventKind::kInstance;
}

bool HasFlag(const Event& event, std::string_view flag) {
    return std::find(event.flags.begin(), event.flags.end(), flag) != event.flags.end();
}

// One page's work on one calendar.
class Reconciler {
  public:
    Reconciler(Txn& txn, model::Calendar calendar, UtcTime now)
        : txn_(txn), now_(now), id_(calendar.id) {
        out_.calendar = std::move(calendar);
    }

    Status Apply(PageToApply page) {
        if (page.begins) ++out_.calendar.listing;
        for (RemoteChange& change : page.changes) {
            if (auto done = ApplyChange(change); !done) return done;
            // The rows that the range index owes grow while the page shrinks.
            change = RemoteChange();
        }
        if (page.full && page.last)
            if (auto done = RemoveUnlisted(); !done) return done;
        if (page.last && page.tidy)
            if (auto done = RemoveLoose(); !done) return done;
        out_.calendar.cursor = page.cursor;
        out_.calendar.last_attempt = now_;
        if (page.last) {
            out_.calendar.last_complete_sync = now_;
            out_.calendar.state = model::State::kOk;
            out_.calendar.reason.clear();
        }
        return storage::UpdateCalendar(txn_, out_.calendar);
    }

    Applied Take() { return std::move(out_); }

  private:
    Status ApplyChange(const RemoteChange& change) {
        switch (change.kind) {
            case RemoteChange::Kind::kUpsert:
                return Upsert(change.event);
            case RemoteChange::Kind::kRemoved:
                return RemoveByRemoteId(change.event.remote_id);
            case RemoteChange::Kind::kReplaceSeries:
                return ReplaceSeries(change);
        }
        return {};
    }

    Status Journal(ChangeKind kind, model::EventId event) {
        return storage::AppendChange(txn_, kind, event, id_, now_);
    }

    // A removed occurrence is no row that a user counts: the series is what changed.
    Status NoteSeriesChanged(const std::string& series) {
        const auto master = storage::FindEventByRemoteId(txn_, id_, series);
        if (!master) return master.error();
        if (!*master) return {};
        ++out_.changed;
        return Journal(ChangeKind::kChanged, (*master)->event.id);
    }

    // A tombstone that says no more than its id is a removed occurrence only of a known series.
    Result<bool> IsOfKnownSeries(const Event& event) {
        const auto master = storage::FindEventByRemoteId(txn_, id_, event.series_remote_id);
        if (!master) return master.error();
        return *master && (*master)->event.kind == EventKind::kSeries;
    }

    Status Upsert(const Event& sent) {
        auto row = storage::FindEventByRemoteId(txn_, id_, sent.remote_id);
        if (!row) return std::move(row).error();
        Event event = sent;
        event.calendar_id = id_;
        if (HasFlag(event, "sparse")) {
            const auto known = IsOfKnownSeries(event);
            if (!known) return known.error();
            // A row of its own that is gone. Otherwise its series may come later in the round, and
            // if it does not, RemoveLoose takes this away again.
            if (!*known && *row && !IsMember((*row)->event.kind))
                return RemoveByRemoteId(event.remote_id);
            if (*row && (*row)->event.original_start)
                event.original_start = (*row)->event.original_start;
            std::erase(event.flags, "sparse");
        }
        return *row ? Update(**row, std::move(event)) : Insert(event);
    }

    Status Insert(const Event& event) {
        const auto id = storage::InsertEvent(txn_, event, out_.calendar.listing);
        if (!id) return id.error();
        if (!Counts(event.kind)) return NoteSeriesChanged(event.series_remote_id);
        ++out_.added;
        return Journal(ChangeKind::kAdded, *id);
    }

    Status Update(const EventRow& row, Event event) {
        event.id = row.event.id;
        if (event == row.event) {
            if (row.listing == out_.calendar.listing && !row.held) return {};
            return storage::MarkListed(txn_, event.id, out_.calendar.listing);
        }
        if (auto done = storage::UpdateEvent(txn_, event, out_.calendar.listing); !done)
            return done;
        const bool counted = Counts(row.event.kind);
        if (!Counts(event.kind)) {
            // An exception that was there is now a removed occurrence.
            if (counted) {
                ++out_.removed;
                if (auto done = Journal(ChangeKind::kRemoved, event.id); !done) return done;
            }
            return NoteSeriesChanged(event.series_remote_id);
        }
        ++(counted ? out_.changed : out_.added);
        return Journal(counted ? ChangeKind::kChanged : ChangeKind::kAdded, event.id);
    }

    Status RemoveRow(const EventKey& row) {
        if (auto done = storage::RemoveEvent(txn_, row.id); !done) return done;
        if (!Counts(row.kind)) return NoteSeriesChanged(row.series_remote_id);
        ++out_.removed;
        return Journal(ChangeKind::kRemoved, row.id);
    }

    Status RemoveByRemoteId(const std::string& remote_id) {
        const auto row = storage::FindEventByRemoteId(txn_, id_, remote_id);
        if (!row) return row.error();
        if (!*row) return {};
        const Event& event = (*row)->event;
        if (auto done = RemoveRow({.id = event.id,
                                   .remote_id = event.remote_id,
                                   .series_remote_id = event.series_remote_id,
                                   .kind = event.kind});
            !done)
            return done;
        if (event.kind != EventKind::kSeries) return {};
        return RemoveMembers(event.remote_id, {});
    }

    // What belongs to the series, but for these.
    Status RemoveMembers(const std::string& series, const std::set<std::string>& kept) {
        const auto members = storage::EventsOfSeries(txn_, id_, series);
        if (!members) return members.error();
        for (const EventKey& member : *members)
            if (!kept.contains(member.remote_id))
                if (auto done = RemoveRow(member); !done) return done;
        return {};
    }

    Status ReplaceSeries(const RemoteChange& change) {
        if (auto done = Upsert(change.event); !done) return done;
        std::set<std::string> kept;
        for (const Event& member : change.members) {
            kept.insert(member.remote_id);
            if (auto done = Upsert(member); !done) return done;
        }
        return RemoveMembers(change.event.remote_id, kept);
    }

    // A series that is gone and its removed occurrences are named in any order, also on different
    // pages. When the round is over, those of a series that is not there say nothing.
    Status RemoveLoose() {
        const auto rows = storage::LooseCancellations(txn_, id_);
        if (!rows) return rows.error();
        for (const EventKey& row : *rows)
            if (auto done = RemoveRow(row); !done) return done;
        return {};
    }

    Status RemoveUnlisted() {
        const auto rows = storage::EventsNotListed(txn_, id_, out_.calendar.listing);
        const auto total = storage::CountEvents(txn_, id_);
        if (!rows) return rows.error();
        if (!total) return total.error();
        const auto missing = static_cast<std::int64_t>(rows->size());
        const bool guarded =
            missing > 0 && (missing == *total || (*total >= kGuardRows && missing * 2 > *total));
        for (const EventKey& row : *rows) {
            // Held rows were missing from a complete listing before: this one confirms it.
            const bool hold = guarded && !row.held;
            if (hold) ++out_.held;
            auto done = hold ? storage::HoldEvent(txn_, row.id) : RemoveRow(row);
            if (!done) return done;
        }
        out_.calendar.held_events = out_.held;
        return {};
    }

    Txn& txn_;
    const UtcTime now_;
    const model::CalendarId id_;
    Applied out_;
};

}  // namespace

Result<Applied> ApplyPage(Txn& txn, model::CalendarId calendar, PageToApply page, UtcTime now) {
    auto row = storage::FindCalendar(txn, calendar);
    if (!row) return std::move(row).error();
    if (!*row || !(*row)->enabled)
        return Error{.kind = ErrorKind::kCancelled, .message = "the calendar is gone"};
    if ((*row)->cursor != page.expected)
        return Error{.kind = ErrorKind::kCancelled,
                     .message = "the calendar was begun anew meanwhile"};
    Reconciler reconciler(txn, std::move(**row), now);
    if (auto done = reconciler.Apply(std::move(page)); !done) return std::move(done).error();
    return reconciler.Take();
}

namespace {

// The one entry of that name and rank in a list, or nothing.
template <typename Calendars, typename Fits>
const model::Calendar* OnlyOne(const Calendars& calendars, const model::Calendar& like, Fits fits) {
    const model::Calendar* found = nullptr;
    for (const model::Calendar& one : calendars) {
        if (one.name != like.name || one.primary != like.primary || !fits(one)) continue;
        if (found) return nullptr;
        found = &one;
    }
    return found;
}

// Gives rows whose calendar came back under another id the new one.
Status FollowIds(Txn& txn, const std::vector<model::Calendar>& rows, const ListToApply& list) {
    std::set<std::string> before;
    std::set<std::string> now;
    for (const auto& row : rows) before.insert(row.remote_id);
    for (const auto& one : list.calendars) now.insert(one.remote_id);
    const auto is_gone = [&](const auto& row) { return !now.contains(row.remote_id); };
    const auto is_new = [&](const auto& one) { return !before.contains(one.remote_id); };
    for (const model::Calendar& row : rows) {
        if (!is_gone(row) || OnlyOne(rows, row, is_gone) != &row) continue;
        const model::Calendar* other = OnlyOne(list.calendars, row, is_new);
        if (!other) continue;
        model::Calendar same = row;
        same.remote_id = other->remote_id;
        same.cursor.clear();
        if (auto done = storage::UpdateCalendar(txn, same); !done) return done;
    }
    return {};
}

Status RemoveUnnamed(Txn& txn, model::AccountId account, const std::set<std::string>& names,
                     UtcTime now) {
    const auto rows = storage::ListCalendarsOf(txn, account);
    if (!rows) return rows.error();
    for (const model::Calendar& row : *rows)
        if (!names.contains(row.remote_id))
            if (auto done = storage::RemoveCalendar(txn, row.id, now); !done) return done;
    return {};
}

}  // namespace

Status ApplyCalendarList(Txn& txn, model::AccountId account, const ListToApply& list, UtcTime now) {
    if (list.complete && list.ids_may_change) {
        const auto rows = storage::ListCalendarsOf(txn, account);
        if (!rows) return rows.error();
        if (auto done = FollowIds(txn, *rows, list); !done) return done;
    }
    std::set<std::string> names;
    for (const model::Calendar& one : list.calendars) {
        names.insert(one.remote_id);
        auto row = storage::FindCalendarByRemoteId(txn, account, one.remote_id);
        if (!row) return std::move(row).error();
        model::Calendar calendar = *row ? **row : one;
        calendar.account_id = account;
        calendar.name = one.name;
        calendar.color = one.color;
        calendar.time_zone = one.time_zone;
        calendar.access_role = one.access_role;
        calendar.primary = one.primary;
        calendar.hidden = one.hidden;
        if (!*row) {
            if (auto made = storage::InsertCalendar(txn, calendar); !made)
                return std::move(made).error();
        } else if (!(calendar == **row)) {
            if (auto done = storage::UpdateCalendar(txn, calendar); !done) return done;
        }
    }
    return list.complete ? RemoveUnnamed(txn, account, names, now) : Status();
}

}  // namespace kamili::sync
