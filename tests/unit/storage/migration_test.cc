// Aim: a store of every schema that there was opens with its rows, and is kept as it was beside it.
// Method: stores that are kept in tests/golden/stores.

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "storage/migration_copy.h"
#include "storage/page_codec.h"
#include "storage/schema.h"
#include "storage/view.h"
#include "tests/unit/storage/fault_vfs.h"
#include "tests/unit/storage/files.h"
#include "tests/unit/storage/numbered.h"

using namespace kamili;
using namespace kamili::storage;
using namespace kamili::testing;
namespace fs = std::filesystem;

namespace {

std::string StoreOf(int schema) {
    return std::string(KAMILI_TEST_DATA) + "/golden/stores/schema-" + std::to_string(schema) +
           ".db";
}

struct Kept {
    FakeClock clock;
    FakeLoop loop{clock};
    TestStore store;

    explicit Kept(int schema, StoreOptions options = {})
        : store(loop, std::move(options), TestStore::Begin::kClosed) {
        WriteFile(store.path(), ReadFile(StoreOf(schema)));
    }
    std::string CopyOf(int schema) const {
        return store.path() + ".schema-" + std::to_string(schema);
    }
    // Its events, and the schema that it has now.
    std::pair<std::int64_t, int> Content() {
        std::pair<std::int64_t, int> out;
        const auto read = store.Read([&](const ReadView& view) -> Status {
            if (auto whole = VerifyStore(view); !whole) return whole;
            const auto events = CountEvents(view, model::CalendarId(1));
            if (!events) return events.error();
            out.first = *events;
            const auto version = ReadSchemaVersion(view.connection());
            if (!version) return version.error();
            out.second = *version;
            return {};
        });
        CHECK(read);
        return out;
    }
};

}  // namespace

TEST_CASE("a store of every schema opens with its rows") {
    for (int schema = 1; schema <= kSchemaVersion; ++schema) {
        INFO("schema ", schema);
        REQUIRE(fs::exists(StoreOf(schema)));
        Kept kept(schema);
        REQUIRE(kept.store.Open());
        CHECK(kept.Content() == std::pair<std::int64_t, int>(40, kSchemaVersion));
        CHECK(fs::exists(kept.CopyOf(schema)) == (schema < kSchemaVersion));
    }
}

TEST_CASE("what a store was before a migration is a store beside it") {
    Kept kept(1);
    REQUIRE(kept.store.Open());
    kept.store.Close();
    CHECK(fs::status(kept.CopyOf(1)).permissions() ==
          (fs::perms::owner_read | fs::perms::owner_write));
    // It is of the old schema: as a store it is migrated in its turn.
    fs::rename(kept.CopyOf(1), kept.store.path());
    REQUIRE(kept.store.Open());
    CHECK(kept.Content().first == 40);
    CHECK(fs::exists(kept.CopyOf(1)));
}

TEST_CASE("without room for a copy nothing is migrated") {
    FaultVfs disk;
    Kept kept(1, {.path = "", .base_vfs = disk.name()});
    const std::string before = ReadFile(kept.store.path());
    disk.FailAt(1, 1'000'000, SQLITE_FULL);
    CHECK_FALSE(kept.store.Open());
    CHECK(kept.store.error.kind == ErrorKind::kStoreFull);
    CHECK(ReadFile(kept.store.path()) == before);
    CHECK(!fs::exists(kept.CopyOf(1)));
    disk.Heal();
    REQUIRE(kept.store.Open());
    CHECK(kept.Content().first == 40);
}

TEST_CASE("copies from before a migration go with their age, or when something is erased") {
    Kept kept(1);
    REQUIRE(kept.store.Open());
    kept.store.Close();
    RemoveMigrationCopies(kept.store.path(), MigrationCopies::kOld);
    CHECK(fs::exists(kept.CopyOf(1)));
    fs::last_write_time(kept.CopyOf(1),
                        fs::file_time_type::clock::now() - std::chrono::hours(24 * 31));
    REQUIRE(kept.store.Open());
    CHECK(!fs::exists(kept.CopyOf(1)));
    WriteFile(kept.CopyOf(1), "as new as can be");
    RemoveMigrationCopies(kept.store.path(), MigrationCopies::kAll);
    CHECK(!fs::exists(kept.CopyOf(1)));
}
