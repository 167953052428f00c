#include "storage/schema.h"

#include <fmt/format.h>

namespace kamili::storage {
namespace {

// Names end in their unit. Lists and whatever no query looks at stand in JSON columns.
constexpr char kCreateSql[] = R"sql(
CREATE TABLE accounts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  provider TEXT NOT NULL,
  access TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  address TEXT NOT NULL,
  label TEXT NOT NULL,
  authority TEXT NOT NULL,
  scopes_requested TEXT NOT NULL,
  scopes_granted TEXT NOT NULL,
  paused INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  list_cursor TEXT NOT NULL,
  UNIQUE (provider, remote_id)
) STRICT;

CREATE TABLE secrets (
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  purpose INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (account_id, purpose)
) STRICT, WITHOUT ROWID;

CREATE TABLE calendars (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  remote_id TEXT NOT NULL,
  name TEXT NOT NULL,
  color TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  access_role TEXT NOT NULL,
  is_primary INTEGER NOT NULL,
  hidden INTEGER NOT NULL,
  enabled INTEGER NOT NULL,
  cursor TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  last_complete_ms INTEGER,
  last_attempt_ms INTEGER,
  listing INTEGER NOT NULL,
  held_events INTEGER NOT NULL,
  UNIQUE (account_id, remote_id)
) STRICT;

CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  calendar_id INTEGER NOT NULL REFERENCES calendars (id),
  remote_id TEXT NOT NULL,
  uid TEXT NOT NULL,
  kind TEXT NOT NULL,
  series_remote_id TEXT NOT NULL,
  span_from_ms INTEGER NOT NULL,
  span_to_ms INTEGER NOT NULL,
  listing INTEGER NOT NULL,
  held INTEGER NOT NULL,
  body TEXT NOT NULL,
  raw TEXT NOT NULL,
  UNIQUE (calendar_id, remote_id)
) STRICT;
CREATE INDEX events_by_series ON events (calendar_id, series_remote_id)
  WHERE series_remote_id <> '';
CREATE INDEX events_by_uid ON events (uid);
CREATE INDEX events_short ON events (span_from_ms) WHERE span_to_ms - span_from_ms <= 864000000;
CREATE INDEX events_long ON events (span_to_ms) WHERE span_to_ms - span_from_ms > 864000000;

CREATE TABLE journal (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  event_id INTEGER NOT NULL,
  calendar_id INTEGER NOT NULL,
  time_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX journal_by_time ON journal (time_ms);

CREATE VIRTUAL TABLE search USING fts5 (
  title, description, location, people, tokenize = 'unicode61 remove_diacritics 2'
);
)sql";

// Version 2: the range index (docs/decisions/0020-range-index.md). `occurrences` is what an agenda
// shows, clustered by calendar, length and start; `range_index` has one row at most.
constexpr char kRangeIndexSql[] = R"sql(
CREATE TABLE range_index (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  from_day INTEGER NOT NULL,
  to_day INTEGER NOT NULL,
  zone_data TEXT NOT NULL,
  built_to_id INTEGER NOT NULL,
  whole INTEGER NOT NULL
) STRICT;

CREATE TABLE occurrences (
  calendar_id INTEGER NOT NULL,
  length_class INTEGER NOT NULL,
  start_ms INTEGER NOT NULL,
  event_id INTEGER NOT NULL,
  end_ms INTEGER NOT NULL,
  busy INTEGER NOT NULL,
  start_offset_s INTEGER NOT NULL,
  end_offset_s INTEGER NOT NULL,
  original_ms INTEGER,
  original TEXT NOT NULL,
  zone TEXT NOT NULL,
  uid TEXT NOT NULL,
  title TEXT NOT NULL,
  location TEXT NOT NULL,
  status TEXT NOT NULL,
  response TEXT NOT NULL,
  visibility TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  PRIMARY KEY (calendar_id, length_class, start_ms, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX occurrences_by_event ON occurrences (event_id);
CREATE INDEX occurrences_busy ON occurrences (calendar_id, length_class, start_ms, end_ms)
  WHERE busy = 1;

CREATE TABLE expanded_events (
  calendar_id INTEGER NOT NULL,
  event_id INTEGER NOT NULL,
  PRIMARY KEY (calendar_id, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX expanded_events_by_event ON expanded_events (event_id);
)sql";

// Version 3: where a match of a search lies in time, without its event's row.
constexpr char kSearchOrderSql[] =
    "CREATE INDEX events_by_id ON events (id, calendar_id, span_from_ms, span_to_ms);";

// Version 4: free/busy reads its index alone (with a column left out of it SQLite looks into the
// table for each row), and events are counted without reading them.
constexpr char kReadAloneSql[] = R"sql(
DROP INDEX occurrences_busy;
CREATE INDEX occurrences_busy ON occurrences (calendar_id, length_class, start_ms, end_ms, busy)
  WHERE busy = 1;
CREATE INDEX events_cancelled ON events (calendar_id) WHERE kind = 'cancelled_exception';
)sql";

// Version 5: texts by time (storage/search_key.h says what the numbers mean).
constexpr char kSearchByTimeSql[] = R"sql(
CREATE VIRTUAL TABLE event_texts USING fts5 (
  title, description, location, people, tokenize = 'unicode61 remove_diacritics 2',
  prefix = '2 3'
);
INSERT INTO event_texts (rowid, title, description, location, people)
  SELECT k.number, s.title, s.description, s.location, s.people FROM (
    SELECT id, CASE WHEN span_to_ms - span_from_ms <= 864000000
      THEN (max(0, min(16777215, (span_from_ms + 30610224000000) / 3600000)) << 36) | id
      ELSE -1152921504606846976
        + (((16777215 - max(0, min(16777215, (span_to_ms + 30610224000000) / 3600000))) << 36) | id)
      END AS number FROM events ORDER BY number) k
  CROSS JOIN search s ON s.rowid = k.id;
DROP TABLE search;
)sql";

// Version 6: texts of long events by length and beginning, into numbers that version 5 left free.
constexpr char kSearchByLengthSql[] = R"sql(
INSERT INTO event_texts (rowid, title, description, location, people)
  SELECT k.number, t.title, t.description, t.location, t.people FROM (
    SELECT o.rowid AS old, -9223372036854775808
      + (CASE WHEN e.span_to_ms - e.span_from_ms <= 13824000000 THEN 0
           WHEN e.span_to_ms - e.span_from_ms <= 221184000000 THEN 1 ELSE 2 END << 60)
      + (((16777215 - max(0, min(16777215, (e.span_from_ms + 30610224000000) / 3600000))) << 36)
        | e.id)
      AS number
      FROM event_texts o CROSS JOIN events e ON e.id = o.rowid & 68719476735
      WHERE o.rowid < 0 ORDER BY number) k
  CROSS JOIN event_texts t ON t.rowid = k.old;
DELETE FROM event_texts WHERE rowid >= -1152921504606846976 AND rowid < 0;
)sql";

constexpr SchemaStep kSteps[] = {{.to = 2, .sql = kRangeIndexSql},
                                 {.to = 3, .sql = kSearchOrderSql},
                                 {.to = 4, .sql = kReadAloneSql},
                                 {.to = 5, .sql = kSearchByTimeSql},
                                 {.to = 6, .sql = kSearchByLengthSql}};

Status SetVersion(Connection& connection, int version) {
    return connection.Execute(fmt::format("PRAGMA user_version={}", version).c_str());
}

Status InTransaction(Connection& connection, auto work) {
    if (auto begun = connection.Execute("BEGIN IMMEDIATE"); !begun) return begun;
    Status done = work();
    if (done) done = connection.Execute("COMMIT");
    if (!done) {
        [[maybe_unused]] const auto undone = connection.Execute("ROLLBACK");
    }
    return done;
}

}  // namespace

Status CreateSchema(Connection& connection) {
    return InTransaction(connection, [&]() -> Status {
        if (auto made = connection.Execute(kCreateSql); !made) return made;
        for (const SchemaStep& step : kSteps)
            if (auto made = connection.Execute(step.sql); !made) return made;
        return SetVersion(connection, kSchemaVersion);
    });
}

Result<int> ReadSchemaVersion(Connection& connection) {
    auto statement = connection.Prepare("PRAGMA user_version");
    if (!statement) return std::move(statement).error();
    auto row = statement->Step();
    if (!row) return std::move(row).error();
    return static_cast<int>(statement->Int(0));
}

Status MigrateWith(Connection& connection, std::span<const SchemaStep> steps, int newest) {
    const auto version = ReadSchemaVersion(connection);
    if (!version) return version.error();
    if (*version > newest)
        return Error{
            .kind = ErrorKind::kStoreNewer,
            .message = fmt::format("the store's schema {} is newer than {}", *version, newest),
            .hint = "install the version of Kamili that made it; nothing was changed"};
    // Even the first version has a number, so this is not a database that we made.
    if (*version < 1)
        return Error{.kind = ErrorKind::kStoreDamaged,
                     .message = "the store has no schema",
                     .hint = "set the store aside and pull again, or restore a backup"};
    if (*version == newest) return {};
    return InTransaction(connection, [&]() -> Status {
        for (const SchemaStep& step : steps)
            if (step.to > *version)
                if (auto done = connection.Execute(step.sql); !done) return done;
        return SetVersion(connection, newest);
    });
}

Status MigrateSchema(Connection& connection) {
    return MigrateWith(connection, kSteps, kSchemaVersion);
}

}  // namespace kamili::storage
