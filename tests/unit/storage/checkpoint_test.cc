// Aim: a checkpoint moves sealed records as they are, and only those that are what they should be.
// Method: compare the database's pages with the log's frames; change the log below an open store.

#include <doctest/doctest.h>

#include <sqlite3.h>

#include <filesystem>
#include <map>

#include "storage/checkpoint_copy.h"
#include "storage/free_space.h"
#include "storage/new_file.h"
#include "storage/open_store.h"
#include "tests/unit/storage/files.h"
#include "tests/unit/storage/numbered.h"

using namespace kamili;
using namespace kamili::storage;
using namespace kamili::testing;

namespace {

// A store as its parts, so that checkpoints come when a test wants them.
struct Parts {
    TempFolder folder;
    SystemRandom random;
    MemoryLog log;
    OpenedFiles files;

    explicit Parts(std::int64_t mapped_bytes = 0) {
        auto opened = OpenFiles({.path = path(), .base_vfs = "", .mapped_bytes = mapped_bytes},
                                TestKey(), 1, random, log);
        REQUIRE(opened);
        files = std::move(*opened);
        REQUIRE(writer().Execute("PRAGMA wal_autocheckpoint=0; CREATE TABLE notes (text TEXT)"));
    }
    std::string path() const { return folder.File("store.db"); }
    Connection& writer() { return *files.writer; }
    Connection& reader() { return *files.readers[0]; }
    void AddRows(int count) {
        const std::string sql =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n"
            " WHERE i < " +
            std::to_string(count) +
            ")"
            " INSERT INTO notes SELECT hex(randomblob(200)) FROM n";
        REQUIRE(writer().Execute(sql.c_str()));
    }
};

std::int64_t Ask(Connection& connection, const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    REQUIRE(sqlite3_prepare_v2(connection.handle(), sql.c_str(), -1, &statement, nullptr) ==
            SQLITE_OK);
    const int code = sqlite3_step(statement);
    const std::int64_t out = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -code;
    sqlite3_finalize(statement);
    return out;
}

constexpr std::size_t kSealedPart = kPageBytes - kLogPartBytes;

// The records of the log's file, without what only the log uses of them, by their tags.
std::map<std::string, std::string> RecordsOf(const std::string& log) {
    std::map<std::string, std::string> out;
    for (std::size_t at = kWalHeaderBytes; at + kFrameBytes <= log.size(); at += kFrameBytes) {
        const std::string record = log.substr(at + kFrameHeaderBytes, kSealedPart);
        out[record.substr(kRecordTagAt, kTagBytes)] = record;
    }
    return out;
}

}  // namespace

TEST_CASE("a page in the database is the record that was in the log") {
    Parts parts;
    parts.AddRows(2000);
    const auto records = RecordsOf(ReadFile(parts.path() + "-wal"));
    REQUIRE(records.size() > 150);
    REQUIRE(parts.writer().Execute("PRAGMA wal_checkpoint(PASSIVE)"));
    const std::string file = ReadFile(parts.path());
    std::size_t moved = 0;
    for (std::size_t at = kPrefixBytes; at < file.size(); at += kPageBytes) {
        const auto found = records.find(file.substr(at + kRecordTagAt, kTagBytes));
        if (found == records.end()) continue;
        CHECK(file.substr(at, kSealedPart) == found->second);
        ++moved;
    }
    CHECK(moved > 150);
    CHECK(Ask(parts.reader(), "SELECT count(*) FROM notes") == 2000);
    CHECK(Ask(parts.writer(), "PRAGMA integrity_check") == 0);
}

TEST_CASE("what was written lately is moved from memory, whatever became of the log") {
    Parts parts;
    parts.AddRows(100);
    const std::string name = parts.path() + "-wal";
    std::string log = ReadFile(name);
    log[log.size() - 3000] = static_cast<char>(log[log.size() - 3000] ^ 1);
    WriteFile(name, log);
    REQUIRE(parts.writer().Execute("PRAGMA wal_checkpoint(TRUNCATE)"));
    CHECK(Ask(parts.reader(), "SELECT count(*) FROM notes") == 100);
    CHECK(!parts.files.secrets->damage());
}

TEST_CASE("what comes from the log's file is verified before it is moved") {
    Parts parts;
    // More frames than are kept in memory.
    parts.AddRows(30'000);
    const std::string name = parts.path() + "-wal";
    std::string log = ReadFile(name);
    REQUIRE(log.size() > 2100 * kFrameBytes);
    const std::size_t at = kWalHeaderBytes + 5 * kFrameBytes + 1000;
    log[at] = static_cast<char>(log[at] ^ 1);
    WriteFile(name, log);
    CHECK(Ask(parts.writer(), "PRAGMA wal_checkpoint(PASSIVE)") == -SQLITE_IOERR_DATA);
    CHECK(parts.files.secrets->damage());
}

TEST_CASE("a transaction that spilled and one that was rolled back leave the right pages") {
    Parts parts;
    REQUIRE(parts.writer().Execute("PRAGMA cache_size=20"));
    parts.AddRows(1500);
    REQUIRE(parts.writer().Execute("BEGIN"));
    parts.AddRows(1500);
    REQUIRE(parts.writer().Execute("UPDATE notes SET text = text || 'x' WHERE rowid % 3 = 0"));
    REQUIRE(parts.writer().Execute("ROLLBACK"));
    parts.AddRows(10);
    REQUIRE(parts.writer().Execute("UPDATE notes SET text = text || 'y' WHERE rowid % 5 = 0"));
    REQUIRE(parts.writer().Execute("PRAGMA wal_checkpoint(TRUNCATE)"));
    CHECK(Ask(parts.reader(), "SELECT count(*) FROM notes") == 1510);
    CHECK(Ask(parts.reader(), "SELECT count(*) FROM notes WHERE text LIKE '%y'") == 302);
    CHECK(Ask(parts.reader(), "SELECT count(*) FROM notes WHERE text LIKE '%x%'") == 0);
    CHECK(Ask(parts.writer(), "PRAGMA integrity_check") == 0);
}

TEST_CASE("a record is taken once, as the page that it was given for, by its own store") {
    SystemRandom random;
    StoreSecrets secrets(MakePrefix(TestKey(), SlotKind::kKeyFile, random).keys, random);
    StoreSecrets other(MakePrefix(TestKey(), SlotKind::kKeyFile, random).keys, random);
    std::array<std::uint8_t, kPageBytes> record{};
    std::array<std::uint8_t, kPageBytes> foreign{};
    foreign[kRecordTagAt] = 1;
    CHECK(CheckpointCopy::Current(secrets) == nullptr);
    CheckpointCopy::Begin(secrets);
    CHECK(CheckpointCopy::Current(other) == nullptr);
    CheckpointCopy* copy = CheckpointCopy::Current(secrets);
    REQUIRE(copy != nullptr);
    CHECK_FALSE(copy->Takes(3, record.data()));
    copy->Give(3, record.data());
    CHECK_FALSE(copy->Takes(4, record.data()));
    copy->Give(3, record.data());
    CHECK_FALSE(copy->Takes(3, foreign.data()));
    copy->Give(3, record.data());
    CHECK(copy->Takes(3, record.data()));
    CHECK_FALSE(copy->Takes(3, record.data()));
    CheckpointCopy::End();
    CHECK(CheckpointCopy::Current(secrets) == nullptr);
}

TEST_CASE("nothing makes SQLite open a file beside the store's two") {
    Parts parts;
    parts.AddRows(3000);
    REQUIRE(parts.writer().Execute("DELETE FROM notes WHERE rowid % 2 = 0"));
    // It would fill a database that it attaches; a rotation of the key does the same work.
    CHECK_FALSE(parts.writer().Execute("VACUUM"));
    CHECK_FALSE(parts.writer().Execute("ATTACH 'other.db' AS other"));
    // Should something ask for a temporary file after all, it gets none.
    REQUIRE(parts.writer().Execute("PRAGMA temp_store=FILE; PRAGMA temp.cache_size=1;"));
    CHECK(Ask(parts.writer(), "CREATE TEMP TABLE pile AS SELECT * FROM notes") == -SQLITE_CANTOPEN);
    REQUIRE(parts.writer().Execute("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)"));
    CHECK(Ask(parts.reader(), "SELECT count(*) FROM notes") == 1500);
    for (const auto& entry : std::filesystem::directory_iterator(parts.folder.path()))
        CHECK(entry.path().filename().string().substr(0, 8) == "store.db");
}

TEST_CASE("readers neither write nor move the log") {
    Parts parts;
    parts.AddRows(10);
    CHECK(Ask(parts.reader(), "INSERT INTO notes VALUES('x')") == -SQLITE_READONLY);
    CHECK(Ask(parts.reader(), "PRAGMA query_only") == 1);
    const std::string before = ReadFile(parts.path());
    CHECK(sqlite3_wal_checkpoint_v2(parts.reader().handle(), "main", SQLITE_CHECKPOINT_TRUNCATE,
                                    nullptr, nullptr) != SQLITE_OK);
    CHECK(ReadFile(parts.path()) == before);
    CHECK(Ask(parts.reader(), "SELECT count(*) FROM notes") == 10);
}

TEST_CASE("a file that is cut below a mapping is an error, not the end of the process") {
    Parts parts(std::int64_t{64} << 20);
    parts.AddRows(2000);
    REQUIRE(parts.writer().Execute("PRAGMA wal_checkpoint(TRUNCATE)"));
    CHECK(Ask(parts.reader(), "SELECT sum(length(text)) FROM notes") == 800'000);
    const auto whole = std::filesystem::file_size(parts.path());
    REQUIRE(parts.reader().Execute("PRAGMA cache_size=0"));
    std::filesystem::resize_file(parts.path(), kPrefixBytes + 20 * kPageBytes);
    CHECK(Ask(parts.reader(), "SELECT sum(length(text)) FROM notes") < 0);
    std::filesystem::resize_file(parts.path(), whole);
}

TEST_CASE("a mapping gives what the file holds, also where it grew, and nothing beyond it") {
    const TempFolder folder;
    const std::string path = folder.File("file");
    WriteFile(path, std::string(4096, 'a') + std::string(4096, 'b'));
    const auto mapped = MappedFile::Open(path, 64 << 10);
    REQUIRE(mapped);
    std::array<std::uint8_t, 4096> out{};
    REQUIRE(mapped->Copy(4096, out.size(), out.data()));
    CHECK(out[7] == 'b');
    CHECK_FALSE(mapped->Copy(8192, out.size(), out.data()));
    CHECK_FALSE(mapped->Copy(64 << 10, out.size(), out.data()));
    mapped->Forget();
    REQUIRE(mapped->Copy(4096, out.size(), out.data()));
    CHECK(out[7] == 'b');
    std::filesystem::resize_file(path, 12'288);
    REQUIRE(mapped->Copy(8192, out.size(), out.data()));
    CHECK(out[7] == 0);
    CHECK(MappedFile::Open(folder.File("nothing"), 4096) == nullptr);
    CHECK(MappedFile::Open(path, 0) == nullptr);
}

TEST_CASE("pages that nothing uses go back to the file system") {
    FakeClock clock;
    FakeLoop loop(clock);
    TestStore store(loop);
    REQUIRE(store.Write([](Txn& txn) { return AddCalendar(txn); }));
    for (std::int64_t i = 1; i <= 20; ++i)
        REQUIRE(store.Write([=](Txn& txn) { return AddNumber(txn, i, 40'000); }));
    store.Close();
    const auto before = std::filesystem::file_size(store.path());
    REQUIRE(store.Open());
    REQUIRE(store.Write([](Txn& txn) -> Status {
        if (auto removed = RemoveAccount(txn, model::AccountId(1), UtcTime{}); !removed)
            return removed;
        return ReleaseFreePages(txn);
    }));
    store.Close();
    CHECK(std::filesystem::file_size(store.path()) + 500'000 < before);
    REQUIRE(store.Open());
    CHECK(*CountNumbers(store) == 0);
}
