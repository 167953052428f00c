// Aim: a disk that fails or is full costs what was being written, never what was acknowledged.
// Method: each write, truncation and sync of a workload fails once, or from then on for good; then
// the disk is well again and the store is opened and verified.

#include <doctest/doctest.h>

#include <filesystem>

#include "storage/page_codec.h"
#include "tests/unit/storage/fault_vfs.h"
#include "tests/unit/storage/files.h"
#include "tests/unit/storage/numbered.h"

using namespace kamili;
using namespace kamili::storage;
using namespace kamili::testing;

namespace {

constexpr int kForever = 1'000'000;

struct Fault {
    int times = 1;
    int code = SQLITE_IOERR_WRITE;
};
constexpr Fault kFaults[] = {{1, SQLITE_IOERR_WRITE},
                             {1, SQLITE_FULL},
                             {kForever, SQLITE_IOERR_WRITE},
                             {kForever, SQLITE_FULL}};

// Four transactions, each tried twice; how many were acknowledged.
std::int64_t RunWorkload(TestStore& store, const Fault& fault) {
    std::int64_t done = 0;
    for (int attempt = 0; attempt < 8 && done < 4; ++attempt) {
        const auto status = store.Write([&](Txn& txn) { return AddNumber(txn, done + 1, 200); });
        if (status) {
            ++done;
            continue;
        }
        const ErrorKind kind = status.error().kind;
        CHECK((kind == ErrorKind::kSystem ||
               (fault.code == SQLITE_FULL && kind == ErrorKind::kStoreFull)));
    }
    return done;
}

}  // namespace

TEST_CASE("whatever write fails, what was acknowledged is there afterwards") {
    FakeClock clock;
    FakeLoop loop(clock);
    FaultVfs disk;
    TestStore store(loop, {.path = "", .base_vfs = disk.name()});
    REQUIRE(store.Write([](Txn& txn) { return AddCalendar(txn); }));
    store.Close();
    const std::string fresh = ReadFile(store.path());
    for (const Fault& fault : kFaults) {
        bool untouched = false;
        for (int at = 1; !untouched; ++at) {
            std::filesystem::remove(store.path() + "-wal");
            WriteFile(store.path(), fresh);
            REQUIRE(store.Open());
            disk.FailAt(at, fault.times, fault.code);
            const std::int64_t done = RunWorkload(store, fault);
            store.Close();
            untouched = disk.operations() < at;
            disk.Heal();
            INFO("operation ", at, " times ", fault.times, " code ", fault.code);
            REQUIRE(store.Open());
            const auto count = CountNumbers(store);
            REQUIRE(count);
            // A commit whose sync failed may be there or not: nobody was told that it is.
            CHECK((*count == done || *count == done + 1));
            CHECK((done == 4 || fault.times == kForever));
            store.Close();
            REQUIRE(at < 1000);
        }
    }
}

TEST_CASE("whatever write fails, a new store is there whole or not at all") {
    FakeClock clock;
    FakeLoop loop(clock);
    FaultVfs disk;
    TestStore store(loop, {.path = "", .base_vfs = disk.name()});
    store.Close();
    bool untouched = false;
    for (int at = 1; !untouched; at += 1 + at / 20) {
        std::filesystem::remove(store.path());
        disk.FailAt(at, 1, SQLITE_FULL);
        const bool made = store.Open();
        untouched = disk.operations() < at;
        if (!made) {
            CHECK((store.error.kind == ErrorKind::kStoreFull ||
                   store.error.kind == ErrorKind::kSystem));
            CHECK(!std::filesystem::exists(store.path()));
            disk.Heal();
            REQUIRE(store.Open());
        }
        disk.Heal();
        CHECK(store.Write([](Txn& txn) { return AddCalendar(txn); }));
        store.Close();
    }
}

TEST_CASE("what is left of a commit that failed is no transaction that came later") {
    FakeClock clock;
    FakeLoop loop(clock);
    FaultVfs disk;
    TestStore store(loop, {.path = "", .base_vfs = disk.name()});
    TestStore copy(loop);
    copy.Close();
    REQUIRE(store.Write([](Txn& txn) { return AddCalendar(txn); }));
    REQUIRE(store.Write([](Txn& txn) { return AddNumber(txn, 1); }));
    const std::size_t begin = ReadFile(store.path() + "-wal").size();
    const std::string database = ReadFile(store.path());
    disk.FailNextSync();
    CHECK(!store.Write([](Txn& txn) { return AddNumber(txn, 2, 100); }));
    // All of it was written, the frame that commits too.
    CHECK(ReadFile(store.path() + "-wal").size() > begin + 2 * kFrameBytes);
    REQUIRE(store.Write([](Txn& txn) { return AddNumber(txn, 2, 20'000); }));
    const std::string log = ReadFile(store.path() + "-wal");
    // The power fails before that one is on the disk whole.
    for (std::size_t at = begin; at + kFrameBytes < log.size(); at += kFrameBytes) {
        std::string torn = log;
        torn.replace(at, 512, 512, '\0');
        WriteFile(copy.path(), database);
        WriteFile(copy.path() + "-wal", torn);
        REQUIRE(copy.Open());
        CHECK(*CountNumbers(copy) == 1);
        copy.Close();
    }
}
