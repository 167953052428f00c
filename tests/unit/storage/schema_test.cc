// Aim: an older schema becomes the present one whole or not at all; a newer one is left alone.
// Method: a made-up history of three versions on a plain database.

#include "storage/schema.h"

#include <doctest/doctest.h>

#include "tests/support/temp_folder.h"

using namespace kamili;
using namespace kamili::storage;
using kamili::testing::TempFolder;

namespace {

constexpr SchemaStep kSteps[] = {
    {1, "CREATE TABLE wrong (id INTEGER)"},  // never run on a store that is there
    {2, "ALTER TABLE plants ADD COLUMN height_cm INTEGER NOT NULL DEFAULT 7"},
    {3, "UPDATE plants SET height_cm=height_cm+1"},
};

struct OldStore {
    TempFolder folder;
    std::unique_ptr<Connection> connection;

    explicit OldStore(const char* version) {
        auto opened =
            Connection::Open({.path = folder.File("old.db"), .vfs = "unix-excl", .create = true});
        REQUIRE(opened);
        connection = std::move(*opened);
        REQUIRE(
            connection->Execute("CREATE TABLE plants (id INTEGER PRIMARY KEY);"
                                "INSERT INTO plants (id) VALUES (1);"));
        REQUIRE(connection->Execute(version));
    }
    std::int64_t Height() {
        auto statement = connection->Prepare("SELECT height_cm FROM plants WHERE id=1");
        if (!statement) return -1;
        REQUIRE(*statement->Step());
        return statement->Int(0);
    }
};

}  // namespace

TEST_CASE("an older schema takes each step that it lacks, in order") {
    OldStore store("PRAGMA user_version=1");
    CHECK(MigrateWith(*store.connection, kSteps, 3));
    CHECK(*ReadSchemaVersion(*store.connection) == 3);
    CHECK(store.Height() == 8);
    CHECK(MigrateWith(*store.connection, kSteps, 3));
    CHECK(store.Height() == 8);
}

TEST_CASE("a step that fails takes back those before it") {
    OldStore store("PRAGMA user_version=1");
    const SchemaStep broken[] = {kSteps[1], {3, "UPDATE nothing SET x=1"}};
    CHECK(!MigrateWith(*store.connection, broken, 3));
    CHECK(*ReadSchemaVersion(*store.connection) == 1);
    CHECK(store.Height() == -1);
    CHECK(MigrateWith(*store.connection, kSteps, 3));
    CHECK(store.Height() == 8);
}

TEST_CASE("a newer schema is refused, and one without a number is no store") {
    OldStore newer("PRAGMA user_version=4");
    CHECK(MigrateWith(*newer.connection, kSteps, 3).error().kind == ErrorKind::kStoreNewer);
    CHECK(*ReadSchemaVersion(*newer.connection) == 4);
    CHECK(newer.Height() == -1);
    OldStore none("PRAGMA user_version=0");
    CHECK(MigrateWith(*none.connection, kSteps, 3).error().kind == ErrorKind::kStoreDamaged);
}

TEST_CASE(
    "a store of version 1 gets the tables of the range index, empty, and nothing else changes") {
    TempFolder folder;
    auto opened =
        Connection::Open({.path = folder.File("one.db"), .vfs = "unix-excl", .create = true});
    REQUIRE(opened);
    Connection& connection = **opened;
    REQUIRE(CreateSchema(connection));
    REQUIRE(
        connection.Execute("DROP TABLE range_index; DROP TABLE occurrences;"
                           "DROP TABLE expanded_events; DROP INDEX events_by_id;"
                           "DROP INDEX events_cancelled; DROP TABLE event_texts;"
                           "CREATE VIRTUAL TABLE search USING fts5 (title, description, location,"
                           "people, tokenize = 'unicode61 remove_diacritics 2');"
                           "PRAGMA user_version=1;"));
    REQUIRE(MigrateSchema(connection));
    CHECK(*ReadSchemaVersion(connection) == kSchemaVersion);
    for (const char* sql : {"SELECT count(*) FROM range_index", "SELECT count(*) FROM occurrences",
                            "SELECT count(*) FROM expanded_events"}) {
        auto statement = connection.Prepare(sql);
        REQUIRE(statement);
        REQUIRE(*statement->Step());
        CHECK(statement->Int(0) == 0);
    }
}
