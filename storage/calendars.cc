#include "storage/calendars.h"

#include "storage/events.h"
#include "storage/journal.h"
#include "storage/view.h"

namespace kamili::storage {
namespace {

using model::Calendar;

#define KAMILI_CALENDAR_COLUMNS                                                                  \
    "SELECT id,account_id,remote_id,name,color,time_zone,access_role,is_primary,hidden,enabled," \
    "cursor,state,reason,last_complete_ms,last_attempt_ms,listing,held_events FROM calendars "

constexpr char kListSql[] = KAMILI_CALENDAR_COLUMNS "ORDER BY account_id,id";
constexpr char kListOfSql[] = KAMILI_CALENDAR_COLUMNS "WHERE account_id=? ORDER BY id";
constexpr char kFindSql[] = KAMILI_CALENDAR_COLUMNS "WHERE id=?";
constexpr char kFindRemoteSql[] = KAMILI_CALENDAR_COLUMNS "WHERE account_id=? AND remote_id=?";
#undef KAMILI_CALENDAR_COLUMNS
constexpr char kInsertSql[] =
    "INSERT INTO calendars (account_id,remote_id,name,color,time_zone,access_role,is_primary,"
    "hidden,enabled,cursor,state,reason,last_complete_ms,last_attempt_ms,listing,held_events) "
    "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
constexpr char kUpdateSql[] =
    "UPDATE calendars SET remote_id=?2,name=?3,color=?4,time_zone=?5,access_role=?6,is_primary=?7,"
    "hidden=?8,enabled=?9,cursor=?10,state=?11,reason=?12,last_complete_ms=?13,"
    "last_attempt_ms=?14,listing=?15,held_events=?16 WHERE id=?17 AND account_id=?1";

std::optional<UtcTime> TimeFrom(std::optional<std::int64_t> ms) {
    if (!ms) return std::nullopt;
    return UtcTime(std::chrono::milliseconds(*ms));
}

std::optional<std::int64_t> Ms(const std::optional<UtcTime>& time) {
    if (!time) return std::nullopt;
    return time->time_since_epoch().count();
}

Calendar Read(const Statement& row) {
    Calendar calendar;
    calendar.id = model::CalendarId(row.Int(0));
    calendar.account_id = model::AccountId(row.Int(1));
    calendar.remote_id = row.Text(2);
    calendar.name = row.Text(3);
    calendar.color = row.Text(4);
    calendar.time_zone = row.Text(5);
    calendar.access_role = row.Text(6);
    calendar.primary = row.Int(7) != 0;
    calendar.hidden = row.Int(8) != 0;
    calendar.enabled = row.Int(9) != 0;
    calendar.cursor = row.Text(10);
    calendar.state = model::StateFromText(row.TextView(11)).value_or(model::State::kError);
    calendar.reason = row.Text(12);
    calendar.last_complete_sync = TimeFrom(row.OptionalInt(13));
    calendar.last_attempt = TimeFrom(row.OptionalInt(14));
    calendar.listing = row.Int(15);
    calendar.held_events = row.Int(16);
    return calendar;
}

void BindAll(Statement& statement, const Calendar& calendar) {
    statement.Bind(1, calendar.account_id.row())
        .Bind(2, calendar.remote_id)
        .Bind(3, calendar.name)
        .Bind(4, calendar.color)
        .Bind(5, calendar.time_zone)
        .Bind(6, calendar.access_role)
        .Bind(7, std::int64_t{calendar.primary})
        .Bind(8, std::int64_t{calendar.hidden})
        .Bind(9, std::int64_t{calendar.enabled})
        .Bind(10, calendar.cursor)
        .Bind(11, Text(calendar.state))
        .Bind(12, calendar.reason)
        .Bind(13, Ms(calendar.last_complete_sync))
        .Bind(14, Ms(calendar.last_attempt))
        .Bind(15, calendar.listing)
        .Bind(16, calendar.held_events);
}

Result<std::vector<Calendar>> ReadAll(Statement& statement) {
    std::vector<Calendar> out;
    for (;;) {
        const auto row = statement.Step();
        if (!row) return row.error();
        if (!*row) return out;
        out.push_back(Read(statement));
    }
}

Result<std::optional<Calendar>> ReadOne(Statement& statement) {
    const auto row = statement.Step();
    if (!row) return row.error();
    if (!*row) return std::optional<Calendar>();
    return std::optional(Read(statement));
}

Error Gone() { return {.kind = ErrorKind::kNotFound, .message = "the calendar is gone"}; }

// Every event of the calendar goes; what a user would count gets a journal entry.
Status RemoveEvents(Txn& txn, model::CalendarId id, UtcTime now) {
    const auto rows = EventsNotListed(txn, id, INT64_MAX);
    if (!rows) return rows.error();
    for (const EventKey& row : *rows) {
        if (auto done = RemoveEvent(txn, row.id); !done) return done;
        if (row.kind == model::EventKind::kCancelledException) continue;
        if (auto done = AppendChange(txn, model::ChangeKind::kRemoved, row.id, id, now); !done)
            return done;
    }
    return {};
}

}  // namespace

Result<std::vector<Calendar>> ListCalendars(const ReadView& view) {
    auto statement = view.connection().Prepare(kListSql);
    if (!statement) return std::move(statement).error();
    return ReadAll(*statement);
}

Result<std::vector<Calendar>> ListCalendarsOf(const ReadView& view, model::AccountId account) {
    auto statement = view.connection().Prepare(kListOfSql);
    if (!statement) return std::move(statement).error();
    statement->Bind(1, account.row());
    return ReadAll(*statement);
}

Result<std::optional<Calendar>> FindCalendar(const ReadView& view, model::CalendarId id) {
    auto statement = view.connection().Prepare(kFindSql);
    if (!statement) return std::move(statement).error();
    statement->Bind(1, id.row());
    return ReadOne(*statement);
}

Result<std::optional<Calendar>> FindCalendarByRemoteId(const ReadView& view,
                                                       model::AccountId account,
                                                       std::string_view remote_id) {
    auto statement = view.connection().Prepare(kFindRemoteSql);
    if (!statement) return std::move(statement).error();
    statement->Bind(1, account.row()).Bind(2, remote_id);
    return ReadOne(*statement);
}

Result<model::CalendarId> InsertCalendar(Txn& txn, const Calendar& calendar) {
    auto statement = txn.connection().Prepare(kInsertSql);
    if (!statement) return std::move(statement).error();
    BindAll(*statement, calendar);
    if (auto done = statement->Run(); !done) return std::move(done).error();
    return model::CalendarId(txn.connection().last_row());
}

Status UpdateCalendar(Txn& txn, const Calendar& calendar) {
    auto statement = txn.connection().Prepare(kUpdateSql);
    if (!statement) return std::move(statement).error();
    BindAll(*statement, calendar);
    if (auto done = statement->Bind(17, calendar.id.row()).Run(); !done) return done;
    return txn.connection().changes() == 0 ? Status(Gone()) : Status();
}

Status RemoveCalendar(Txn& txn, model::CalendarId id, UtcTime now) {
    if (auto done = RemoveEvents(txn, id, now); !done) return done;
    auto statement = txn.connection().Prepare("DELETE FROM calendars WHERE id=?");
    if (!statement) return std::move(statement).error();
    if (auto done = statement->Bind(1, id.row()).Run(); !done) return done;
    return txn.connection().changes() == 0 ? Status(Gone()) : Status();
}

Status ClearCalendar(Txn& txn, model::CalendarId id, UtcTime now) {
    auto calendar = FindCalendar(txn, id);
    if (!calendar) return std::move(calendar).error();
    if (!*calendar) return Gone();
    if (auto done = RemoveEvents(txn, id, now); !done) return done;
    (*calendar)->cursor.clear();
    (*calendar)->held_events = 0;
    (*calendar)->last_complete_sync.reset();
    return UpdateCalendar(txn, **calendar);
}

}  // namespace kamili::storage
