#include "tests/unit/storage/random_sql.h"

#include <fmt/format.h>

namespace kamili::testing {
namespace {

constexpr const char* kWords[] = {"budget", "choir", "dentist", "flight", "review", "standup"};
constexpr std::uint64_t kKeys = 400;

}  // namespace

const char* RandomSql::Schema() {
    return "CREATE TABLE t0(k INTEGER PRIMARY KEY, a, b, c);"
           "CREATE TABLE t1(k TEXT PRIMARY KEY, a, b, c) WITHOUT ROWID;"
           "CREATE TABLE t2(k INTEGER PRIMARY KEY AUTOINCREMENT, a UNIQUE, b, c);"
           "CREATE INDEX i0 ON t0(a, b); CREATE INDEX i1 ON t1(b) WHERE b IS NOT NULL;"
           "CREATE TABLE noted(t TEXT, k);"
           "CREATE TRIGGER gone AFTER DELETE ON t0 BEGIN INSERT INTO noted VALUES('t0', old.k); "
           "END;"
           "CREATE VIRTUAL TABLE words USING fts5(title, body, tokenize='unicode61');";
}

std::string RandomSql::Table() { return fmt::format("t{}", random_.Below(3)); }
std::string RandomSql::Key() { return std::to_string(random_.Below(kKeys)); }

// Numbers, texts and blobs; now and then one that needs pages of its own.
std::string RandomSql::Value() {
    switch (random_.Below(6)) {
        case 0:
            return "NULL";
        case 1:
            return std::to_string(static_cast<std::int64_t>(random_.Below(1 << 20)) - (1 << 19));
        case 2:
            return fmt::format("{}.25", random_.Below(1000));
        case 3:
            return fmt::format("printf('%.*c{}', {}, 'x')", random_.Below(1000),
                               random_.Below(40) == 0 ? random_.Below(30'000) : random_.Below(200));
        case 4:
            return fmt::format("zeroblob({})", random_.Below(300));
        default:
            return fmt::format("'{} {}'", kWords[random_.Below(std::size(kWords))],
                               random_.Below(50));
    }
}

std::string RandomSql::Condition() {
    switch (random_.Below(5)) {
        case 0:
            return "k = " + Key();
        case 1:
            return fmt::format("k BETWEEN {} AND {}", Key(), Key());
        case 2:
            return fmt::format("a < {}", Value());
        case 3:
            return fmt::format("b LIKE '%{}%'", kWords[random_.Below(std::size(kWords))]);
        default:
            return fmt::format("length(c) > {}", random_.Below(300));
    }
}

std::string RandomSql::Change() {
    const std::string table = Table();
    switch (random_.Below(6)) {
        case 0:
            return fmt::format("DELETE FROM {} WHERE {}", table, Condition());
        case 1:
            return fmt::format("UPDATE {} SET b={}, c={} WHERE {}", table, Value(), Value(),
                               Condition());
        case 2:
            return fmt::format("UPDATE OR IGNORE {} SET a={} WHERE {}", table, Value(),
                               Condition());
        case 3:
            return fmt::format(
                "INSERT INTO {}(k,a,b,c) VALUES({},{},{},{}) ON CONFLICT DO UPDATE SET "
                "c=excluded.c",
                table, Key(), Value(), Value(), Value());
        case 4:
            return fmt::format("INSERT INTO {}(k,a,b,c) VALUES({},{},{},{}),({},{},{},{})", table,
                               Key(), Value(), Value(), Value(), Key(), Value(), Value(), Value());
        default:
            return fmt::format(
                "INSERT OR REPLACE INTO {}(k,a,b,c) SELECT k+{},a,c,b FROM t0 WHERE {} LIMIT {}",
                table, random_.Below(50), Condition(), random_.Below(30));
    }
}

std::string RandomSql::Question() {
    switch (random_.Below(4)) {
        case 0:
            return fmt::format("SELECT * FROM {} WHERE {} ORDER BY k", Table(), Condition());
        case 1:
            return "SELECT typeof(a), count(*), sum(length(b)), max(c) FROM " + Table() +
                   " GROUP BY 1 ORDER BY 1";
        case 2:
            return fmt::format(
                "SELECT x.k, y.k FROM t0 x JOIN t2 y ON x.a = y.a WHERE x.{} ORDER BY 1, 2",
                Condition());
        default:
            return fmt::format(
                "WITH s AS (SELECT k, a, row_number() OVER (ORDER BY a, k) n FROM {}) "
                "SELECT * FROM s WHERE n % 7 = {} ORDER BY n",
                Table(), random_.Below(7));
    }
}

std::string RandomSql::FullText() {
    const char* word = kWords[random_.Below(std::size(kWords))];
    switch (random_.Below(5)) {
        case 0:
            return fmt::format(
                "SELECT rowid, snippet(words, 1, '[', ']', '...', 5) FROM words "
                "WHERE words MATCH '{}*' ORDER BY rank, rowid LIMIT 20",
                std::string(word).substr(0, 3));
        case 1:
            return fmt::format("DELETE FROM words WHERE rowid % 11 = {}", random_.Below(11));
        case 2:
            return "INSERT INTO words(words) VALUES('optimize')";
        default:
            return fmt::format(
                "INSERT INTO words(title, body) VALUES('{} {}', printf('%.*c {} {}', {}, 'y'))",
                word, random_.Below(100), word, random_.Below(100), random_.Below(600));
    }
}

std::string RandomSql::Frame() {
    constexpr const char* kFrames[] = {"BEGIN",       "BEGIN IMMEDIATE", "COMMIT",
                                       "COMMIT",      "COMMIT",          "ROLLBACK",
                                       "SAVEPOINT s", "ROLLBACK TO s",   "RELEASE s"};
    return kFrames[random_.Below(std::size(kFrames))];
}

std::string RandomSql::Housekeeping() {
    switch (random_.Below(8)) {
        case 0:
            return "PRAGMA wal_checkpoint(TRUNCATE)";
        case 1:
            return "PRAGMA wal_checkpoint(PASSIVE)";
        case 2:
            return fmt::format("PRAGMA incremental_vacuum({})", random_.Below(50));
        case 3:
            return "VACUUM";
        case 4:
            return "CREATE INDEX IF NOT EXISTS extra ON t2(c, a)";
        case 5:
            return "DROP INDEX IF EXISTS extra";
        case 6:
            return "PRAGMA integrity_check";
        default:
            return "DELETE FROM " + Table();
    }
}

std::string RandomSql::Next() {
    const auto kind = random_.Below(100);
    if (kind < 45) return Change();
    if (kind < 70) return Question();
    if (kind < 83) return FullText();
    if (kind < 98) return Frame();
    return Housekeeping();
}

}  // namespace kamili::testing
