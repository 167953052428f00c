// Aim: whatever a power cut leaves of the store's files, it opens, holds every transaction that was
// acknowledged, and none in part.
// Method: a mixed workload (small and large transactions, changes, deletions, checkpoints, new
// generations of the log, reopenings) runs on a disk in memory that records its changes. After each
// change the disk is rebuilt as a cut may leave it, and opened. KAMILI_CRASH_STATES sets how many
// such states are tried, KAMILI_CRASH_SEED the choice of them.

#include <doctest/doctest.h>

#include "storage/view.h"
#include "tests/support/from_environment.h"
#include "tests/support/seeded_random.h"
#include "tests/unit/storage/crash_model.h"
#include "tests/unit/storage/files.h"
#include "tests/unit/storage/numbered.h"

using namespace kamili;
using namespace kamili::storage;
using namespace kamili::testing;

namespace {

constexpr std::int64_t kTransactions = 60;
constexpr std::int64_t kKept = 12;  // events that stay; older ones are deleted

// A store on a disk in memory, closed. The store looks for its file in the folder, so an empty one
// is there.
struct MemoryStore {
    MemoryStore(FakeLoop& loop, MemoryDisk& disk)
        : store(loop, {.path = "", .base_vfs = disk.name(), .writer_cache_bytes = 96 << 10},
                TestStore::Begin::kClosed) {
        WriteFile(store.path(), "");
    }
    TestStore store;
};

Status Run(Connection& connection, const char* sql) { return connection.Execute(sql); }

Status MakeLedger(Txn& txn) {
    if (auto done = AddCalendar(txn); !done) return done;
    return Run(txn.connection(),
               "CREATE TABLE ledger (id INTEGER PRIMARY KEY, value INTEGER NOT NULL, pad TEXT);"
               "INSERT INTO ledger (id,value) VALUES (1,0),(2,0),(3,0),(4,0),(5,0),(6,0);");
}

// Transaction `number` touches rows all over: one that was counted in part would show.
Status Transact(Txn& txn, std::int64_t number, Random& random) {
    const auto begin = Run(txn.connection(),
                           "PRAGMA wal_autocheckpoint=24;"
                           "UPDATE ledger SET value=value+1 WHERE id<=3;");
    if (!begin) return begin;
    const std::size_t bytes = number % 9 == 0 ? 150'000 : 50 + random.Below(4000);
    if (auto done = AddNumber(txn, number, bytes); !done) return done;
    if (number > kKept) {
        const auto old =
            FindEventByRemoteId(txn, model::CalendarId(1), std::to_string(number - kKept));
        if (!old) return old.error();
        if (auto done = RemoveEvent(txn, (*old)->event.id); !done) return done;
    }
    if (number % 9 == 0)  // pages that were spilled into the log change again
        if (auto done = Run(txn.connection(),
                            "UPDATE ledger SET pad=hex(randomblob(9000)) WHERE id<=3;"
                            "UPDATE ledger SET pad=NULL WHERE id<=2;");
            !done)
            return done;
    return Run(txn.connection(), "UPDATE ledger SET value=value+1 WHERE id>3;");
}

Result<std::int64_t> One(const ReadView& view, const char* sql) {
    auto statement = view.connection().Prepare(sql);
    if (!statement) return std::move(statement).error();
    const auto row = statement->Step();
    if (!row) return row.error();
    return statement->Int(0);
}

// How many transactions are there; an error unless they are there whole.
Result<std::int64_t> CountWhole(const ReadView& view) {
    auto check = view.connection().Prepare("PRAGMA integrity_check");
    if (!check) return std::move(check).error();
    const auto row = check->Step();
    if (!row) return row.error();
    if (check->Text(0) != "ok")
        return Error{.kind = ErrorKind::kStoreDamaged, .message = check->Text(0)};
    const auto least = One(view, "SELECT min(value) FROM ledger");
    const auto most = One(view, "SELECT max(value) FROM ledger");
    const auto events = One(view, "SELECT count(*) FROM events");
    const auto newest = One(view, "SELECT coalesce(max(CAST(remote_id AS INTEGER)),0) FROM events");
    if (!least || !most || !events || !newest)
        return Error{.kind = ErrorKind::kStoreDamaged, .message = "a row cannot be read"};
    const bool whole = *least == *most && *newest == *least && *events == std::min(*least, kKept);
    if (whole) return *least;
    return Error{.kind = ErrorKind::kConflict,
                 .message = "a transaction is there in part: " + std::to_string(*least) + " " +
                            std::to_string(*most) + " " + std::to_string(*events)};
}

struct Recording {
    MemoryDisk::Files start;
    std::vector<MemoryDisk::Change> changes;
    std::vector<std::size_t> acknowledged;  // changes made when transaction i+1 was told
};

Recording Record(std::uint64_t seed) {
    FakeClock clock;
    FakeLoop loop(clock);
    MemoryDisk disk;
    Recording out;
    SeededRandom random(seed);
    TestStore real(loop);
    REQUIRE(real.Write(MakeLedger));
    real.Close();
    const std::string made = ReadFile(real.path());
    disk.files()["store.db"].assign(made.begin(), made.end());
    out.start = disk.files();
    disk.Record();
    MemoryStore memory(loop, disk);
    REQUIRE(memory.store.Open());
    for (std::int64_t number = 1; number <= kTransactions; ++number) {
        REQUIRE(memory.store.Write([&](Txn& txn) { return Transact(txn, number, random); }));
        out.acknowledged.push_back(disk.changes().size());
        if (number % 17 == 0) {
            memory.store.Close();
            REQUIRE(memory.store.Open());
        }
    }
    memory.store.Close();
    out.changes = disk.changes();
    return out;
}

// Opens what a cut left, on a disk of its own.
struct Trial {
    FakeClock clock;
    FakeLoop loop{clock};
    MemoryDisk disk;
    MemoryStore memory{loop, disk};

    Result<std::int64_t> Open(MemoryDisk::Files files) {
        disk.files() = std::move(files);
        if (!memory.store.Open()) return memory.store.error;
        Result<std::int64_t> count = Error{.kind = ErrorKind::kCancelled, .message = "did not run"};
        const auto read = memory.store.Read([&](const ReadView& view) -> Status {
            count = CountWhole(view);
            return {};
        });
        memory.store.Close();
        return read ? count : Result<std::int64_t>(read.error());
    }
};

constexpr CrashModel::Cut kCuts[] = {CrashModel::Cut::kClean, CrashModel::Cut::kSynced,
                                     CrashModel::Cut::kShuffled, CrashModel::Cut::kTorn,
                                     CrashModel::Cut::kTorn};

}  // namespace

TEST_CASE("whatever a power cut leaves opens with every acknowledged transaction, whole") {
    const std::uint64_t states = FromEnvironment("KAMILI_CRASH_STATES", 10'000);
    const std::uint64_t seed = FromEnvironment("KAMILI_CRASH_SEED", 1);
    const Recording recording = Record(seed);
    MESSAGE("seed ", seed, ", ", recording.changes.size(), " changes");
    SeededRandom random(seed + 1000);
    CrashModel model(recording.start);
    Trial trial;
    std::size_t acknowledged = 0;
    std::uint64_t tried = 0;
    std::uint64_t failed = 0;
    for (std::size_t i = 0; i <= recording.changes.size() && failed < 5; ++i) {
        if (i > 0) model.Apply(recording.changes[i - 1]);
        while (acknowledged < recording.acknowledged.size() &&
               recording.acknowledged[acknowledged] <= i)
            ++acknowledged;
        const std::uint64_t until = states * (i + 1) / (recording.changes.size() + 1);
        for (; tried < until; ++tried) {
            const auto cut = kCuts[tried % std::size(kCuts)];
            const auto count = trial.Open(model.After(cut, random));
            const auto least = static_cast<std::int64_t>(acknowledged);
            const bool good = count && (*count == least || *count == least + 1);
            if (good) continue;
            ++failed;
            FAIL_CHECK("after change ", i, ", cut ", static_cast<int>(cut), ", ", least,
                       " acknowledged: ", count ? std::to_string(*count) : count.error().message);
        }
    }
    CHECK(tried == states);
}
