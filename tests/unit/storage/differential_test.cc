// Aim: SQLite answers the same through the encryption as without it, also when the disk fails now
// and then: a statement that failed has changed nothing.
// Method: the same random statements on a plain database and on a sealed one, answers compared
// value by value. KAMILI_STATEMENTS of them for each seed, KAMILI_SEEDS seeds.

#include <doctest/doctest.h>
#include <sqlite3.h>

#include "storage/open_store.h"
#include "tests/support/from_environment.h"
#include "tests/support/memory_log.h"
#include "tests/support/seeded_random.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_store.h"
#include "tests/unit/storage/fault_vfs.h"
#include "tests/unit/storage/random_sql.h"

using namespace kamili;
using namespace kamili::storage;
using namespace kamili::testing;

namespace {

struct Answer {
    int code = SQLITE_OK;
    std::string rows;  // one line each, type and value of each column

    friend bool operator==(const Answer&, const Answer&) = default;
};

std::string Column(sqlite3_stmt* statement, int at) {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, at));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, at));
    return std::to_string(sqlite3_column_type(statement, at)) + ":" +
           (bytes ? std::string(bytes, size) : std::string()) + "|";
}

Answer Ask(Connection& connection, const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    Answer out;
    out.code = sqlite3_prepare_v2(connection.handle(), sql.c_str(), -1, &statement, nullptr);
    if (out.code != SQLITE_OK) return out;
    // Their numbers are about pages of the file, of which the sealed one has others.
    const bool has_answer = sql.find("wal_checkpoint") == std::string::npos &&
                            sql.find("incremental_vacuum") == std::string::npos;
    while ((out.code = sqlite3_step(statement)) == SQLITE_ROW) {
        if (!has_answer) continue;
        for (int i = 0; i < sqlite3_column_count(statement); ++i) out.rows += Column(statement, i);
        out.rows += '\n';
    }
    sqlite3_finalize(statement);
    return out;
}

// Both databases, each in a file of its own below the same folder.
class Pair {
  public:
    explicit Pair(const std::string& sealed_base) : base_(sealed_base) {
        auto plain = Connection::Open({.path = folder_.File("plain.db"),
                                       .vfs = kSystemVfs,
                                       .create = true,
                                       .cache_bytes = 256 << 10});
        REQUIRE(plain);
        plain_ = std::move(*plain);
        REQUIRE(
            plain_->Execute("PRAGMA page_size=4096; PRAGMA auto_vacuum=INCREMENTAL;"
                            "PRAGMA journal_mode=WAL;"));
        REQUIRE(plain_->Execute(RandomSql::Schema()));
        OpenSealed();
        REQUIRE(sealed().Execute(RandomSql::Schema()));
    }
    Connection& plain() { return *plain_; }
    Connection& sealed() { return *files_->writer; }

    void Reopen() {
        files_.reset();
        OpenSealed();
    }

  private:
    // A cache of 64 pages: most of what is asked for goes through the encryption.
    void OpenSealed() {
        auto files = OpenFiles(
            {.path = folder_.File("store.db"), .base_vfs = base_, .writer_cache_bytes = 256 << 10},
            TestKey(), 0, random_, log_);
        REQUIRE(files);
        files_.emplace(std::move(*files));
    }

    std::string base_;
    TempFolder folder_;
    SystemRandom random_;
    MemoryLog log_;
    std::unique_ptr<Connection> plain_;
    std::optional<OpenedFiles> files_;
};

bool IsOfTheDisk(int code) { return (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_FULL; }

std::uint64_t Statements() { return FromEnvironment("KAMILI_STATEMENTS", 10'000); }
std::uint64_t Seeds() { return FromEnvironment("KAMILI_SEEDS", 3); }

constexpr const char* kTables[] = {"t0", "t1", "t2", "noted", "words"};

void CompareAll(Pair& pair) {
    for (const std::string table : kTables) {
        const std::string sql = "SELECT * FROM " + table + " ORDER BY 1, 2";
        CHECK(Ask(pair.plain(), sql) == Ask(pair.sealed(), sql));
    }
    CHECK(Ask(pair.sealed(), "PRAGMA integrity_check").rows == "3:ok|\n");
}

}  // namespace

TEST_CASE("random statements are answered as by a plain database") {
    for (std::uint64_t seed = 1; seed <= Seeds(); ++seed) {
        SeededRandom random(seed);
        RandomSql statements(random);
        Pair pair("");
        for (std::uint64_t i = 0; i < Statements(); ++i) {
            const std::string sql = statements.Next();
            INFO("seed ", seed, " statement ", i, ": ", sql);
            REQUIRE(Ask(pair.plain(), sql) == Ask(pair.sealed(), sql));
            if (i % 500 == 499 && sqlite3_get_autocommit(pair.plain().handle()) != 0) pair.Reopen();
        }
        Ask(pair.plain(), "COMMIT");
        Ask(pair.sealed(), "COMMIT");
        CompareAll(pair);
        pair.Reopen();
        CompareAll(pair);
    }
}

TEST_CASE("a statement that the disk fails has changed nothing") {
    for (std::uint64_t seed = 1; seed <= Seeds(); ++seed) {
        SeededRandom random(seed + 1000);
        RandomSql statements(random);
        FaultVfs disk;
        Pair pair(disk.name());
        std::uint64_t failed = 0;
        for (std::uint64_t i = 0; i < Statements(); ++i) {
            const std::string sql = statements.Next();
            INFO("seed ", seed, " statement ", i, ": ", sql);
            const std::uint64_t dice = random.Below(15);
            // Not for the full-text index: after a read that failed, SQLite 3.40's own can write a
            // damaged one, in a plain database too.
            if (dice == 0 && sql.find("words") == std::string::npos)
                disk.FailReadsFrom(1 + static_cast<int>(random.Below(4)));
            if (dice == 1 || dice == 2)
                disk.FailAt(1 + static_cast<int>(random.Below(3)), 1,
                            dice == 1 ? SQLITE_FULL : SQLITE_IOERR_WRITE);
            const Answer sealed = Ask(pair.sealed(), sql);
            disk.Heal();
            if (IsOfTheDisk(sealed.code)) {
                ++failed;
                // SQLite ends some transactions by itself; begun work is then gone on both sides.
                Ask(pair.sealed(), "ROLLBACK");
                Ask(pair.plain(), "ROLLBACK");
                continue;
            }
            const Answer plain = Ask(pair.plain(), sql);
            INFO("codes ", plain.code, " and ", sealed.code);
            REQUIRE(plain == sealed);
        }
        Ask(pair.plain(), "COMMIT");
        Ask(pair.sealed(), "COMMIT");
        CHECK(failed > Statements() / 200);
        CompareAll(pair);
        pair.Reopen();
        CompareAll(pair);
    }
}
