// Aim: damage is told from a power cut, never hides a transaction, and changes no file.
// Method: take the files of an open store as a crash would leave them, change them, open the copy.
// A sample of the changes by default, every byte with KAMILI_EXHAUSTIVE=1.

#include <doctest/doctest.h>

#include <cstdlib>

#include "storage/cipher.h"
#include "storage/page_codec.h"
#include "storage/superblock.h"
#include "storage/view.h"
#include "tests/unit/storage/files.h"
#include "tests/unit/storage/numbered.h"

using namespace kamili;
using namespace kamili::storage;
using kamili::testing::AddCalendar;
using kamili::testing::AddNumber;
using kamili::testing::CountNumbers;
using kamili::testing::FakeClock;
using kamili::testing::FakeLoop;
using kamili::testing::ReadFile;
using kamili::testing::TestStore;
using kamili::testing::WriteFile;

namespace {

struct Files {
    std::string database;
    std::string log;
};

// A store that is being written, and another place where its files are opened as they are now.
struct Crash {
    FakeClock clock;
    FakeLoop loop{clock};
    TestStore store;
    TestStore copy{loop};

    explicit Crash(StoreOptions options = {}) : store(loop, std::move(options)) {
        copy.Close();
        REQUIRE(store.Write([](Txn& txn) { return AddCalendar(txn); }));
    }

    void Add(std::int64_t number) {
        REQUIRE(store.Write([=](Txn& txn) { return AddNumber(txn, number); }));
    }
    Files Now() const { return {ReadFile(store.path()), ReadFile(store.path() + "-wal")}; }

    // How many transactions the files hold, or the error; opening must not change damaged files.
    Result<std::int64_t> Open(const Files& files) {
        WriteFile(copy.path(), files.database);
        WriteFile(copy.path() + "-wal", files.log);
        Result<std::int64_t> count = Error{};
        if (copy.Open())
            count = CountNumbers(copy);
        else
            count = copy.error;
        copy.Close();
        if (!count) {
            CHECK(ReadFile(copy.path()) == files.database);
            CHECK(ReadFile(copy.path() + "-wal") == files.log);
        }
        return count;
    }
};

std::size_t Stride(std::size_t sample) { return std::getenv("KAMILI_EXHAUSTIVE") ? 1 : sample; }

void Flip(std::string& bytes, std::size_t at) {
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << (at % 8)));
}

bool IsDamaged(const Result<std::int64_t>& count) {
    return !count && count.error().kind == ErrorKind::kStoreDamaged;
}

}  // namespace

TEST_CASE("a changed byte in the log is damage, in the last transaction too") {
    Crash crash;
    for (int i = 1; i <= 3; ++i) crash.Add(i);
    const Files good = crash.Now();
    REQUIRE(*crash.Open(good) == 3);
    for (std::size_t at = 0; at < good.log.size(); at += at < kWalHeaderBytes ? 1 : Stride(1511)) {
        Files bad = good;
        Flip(bad.log, at);
        INFO("offset ", at, " of ", good.log.size());
        CHECK(IsDamaged(crash.Open(bad)));
    }
}

TEST_CASE("a log that is cut, deleted or replaced by an older one is damage") {
    Crash crash;
    crash.Add(1);
    const Files older = crash.Now();
    crash.Add(2);
    const Files good = crash.Now();
    for (std::size_t size = 0; size < good.log.size(); size += Stride(2048))
        CHECK(IsDamaged(crash.Open({good.database, good.log.substr(0, size)})));
    CHECK(IsDamaged(crash.Open({good.database, older.log})));
    // The log of the same store before it was closed and opened again.
    crash.store.Close();
    const std::string closed = ReadFile(crash.store.path());
    CHECK(*crash.Open({closed, good.log}) == 2);
    CHECK(crash.copy.log().lines().back() == "a log that is not in use any more is ignored");
    REQUIRE(crash.store.Open());
    crash.Add(3);
    CHECK(IsDamaged(crash.Open({crash.Now().database, good.log})));
}

TEST_CASE("a power cut costs the transaction that was being written, and its frames are told") {
    Crash crash;
    crash.Add(1);
    const Files before = crash.Now();
    crash.Add(2);
    const Files after = crash.Now();
    // The header on the disk is that of before: nothing of the second was acknowledged.
    for (std::size_t size = before.log.size(); size < after.log.size(); size += Stride(1024)) {
        const auto count = crash.Open({before.database, after.log.substr(0, size)});
        const auto whole = (size - before.log.size()) / kFrameBytes;
        INFO("cut at ", size, ", whole frames ", whole);
        REQUIRE(count);
        CHECK(*count == 1);
        if (whole > 0)
            CHECK(crash.copy.log().lines().back() ==
                  std::to_string(whole) + " frames of an unfinished transaction are dropped");
    }
    CHECK(*crash.Open({before.database, after.log}) == 2);
}

TEST_CASE("a mark of the last transaction that is damaged is told, and no more") {
    Crash crash;
    crash.Add(1);
    Files files = crash.Now();
    Flip(files.database, kAnchorAt + 10);
    CHECK(*crash.Open(files) == 1);
    CHECK(crash.copy.log().lines().back() == "the mark of the last transaction is damaged");
    // What lies behind the damage still proves it.
    const std::size_t second = files.log.size();
    crash.Add(2);
    crash.Add(3);
    files = crash.Now();
    Flip(files.database, kAnchorAt + 10);
    CHECK(*crash.Open(files) == 3);
    Flip(files.log, second + 100);
    CHECK(IsDamaged(crash.Open(files)));
}

TEST_CASE("a changed byte of the store is damage, is told, or is in what a copy replaces") {
    Crash crash;
    crash.Add(1);
    crash.store.Close();
    const std::string good = ReadFile(crash.store.path());
    for (std::size_t at = 0; at < good.size(); at += Stride(997)) {
        std::string bad = good;
        Flip(bad, at);
        const auto told = crash.copy.log().lines().size();
        const auto count = crash.Open({bad, ""});
        INFO("offset ", at);
        if (at >= kPrefixBytes)
            CHECK(IsDamaged(count));
        else
            CHECK((count && *count == 1 && crash.copy.log().lines().size() > told));
    }
}

TEST_CASE("transactions after a reopening are as safe from a hole as those before") {
    Crash crash;
    crash.Add(1);
    const Files before = crash.Now();
    WriteFile(crash.copy.path(), before.database);
    WriteFile(crash.copy.path() + "-wal", before.log);
    REQUIRE(crash.copy.Open());
    for (int i = 2; i <= 4; ++i)
        REQUIRE(crash.copy.Write([=](Txn& txn) { return AddNumber(txn, i); }));
    Files after = {ReadFile(crash.copy.path()), ReadFile(crash.copy.path() + "-wal")};
    crash.copy.Close();
    CHECK(*crash.Open(after) == 4);
    Flip(after.log, kWalHeaderBytes + 100);
    CHECK(IsDamaged(crash.Open(after)));
}

TEST_CASE("a transaction larger than the cache is whole, and its torn end is no damage") {
    Crash crash({.path = "", .base_vfs = "", .writer_cache_bytes = 64 << 10});
    crash.Add(1);
    const Files before = crash.Now();
    const std::size_t begin = before.log.size();
    REQUIRE(crash.store.Write([](Txn& txn) -> Status {
        for (std::int64_t i = 2; i <= 150; ++i)
            if (auto done = AddNumber(txn, i, 3000); !done) return done;
        // Changes pages that were spilled into the log long ago.
        for (std::int64_t i = 2; i <= 150; ++i)
            if (auto done = MarkListed(txn, model::EventId(i), 5); !done) return done;
        return {};
    }));
    const Files good = crash.Now();
    CHECK(*crash.Open(good) == 150);
    // A sector in any frame of it that never reached the disk.
    for (std::size_t at = begin; at + 512 < good.log.size(); at += kFrameBytes * Stride(23)) {
        Files torn = {before.database, good.log};
        torn.log.replace(at, 512, 512, '\0');
        const auto count = crash.Open(torn);
        REQUIRE(count);
        CHECK(*count == 1);
    }
    // The same with acknowledged transactions behind it is damage.
    crash.Add(151);
    Files bad = crash.Now();
    CHECK(*crash.Open(bad) == 151);
    bad.log.replace(begin + 40 * kFrameBytes, 512, 512, '\0');
    CHECK(IsDamaged(crash.Open(bad)));
}

TEST_CASE("a store that is cut short is refused and left as it is") {
    Crash crash;
    crash.Add(1);
    crash.store.Close();
    const std::string good = ReadFile(crash.store.path());
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{100}, std::size_t{5000}, kPrefixBytes - 1, kPrefixBytes,
          kPrefixBytes + 100, kPrefixBytes + kPageBytes, good.size() - kPageBytes,
          good.size() - 1}) {
        INFO("size ", size);
        const auto count = crash.Open({good.substr(0, size), ""});
        REQUIRE(!count);
        CHECK(count.error().kind ==
              (size < 4096 ? ErrorKind::kNotAStore : ErrorKind::kStoreDamaged));
    }
}

TEST_CASE("a newer schema or format is refused and left as it is, with what its log holds") {
    Crash crash;
    crash.Add(1);
    Files files = crash.Now();
    CHECK(crash.store.Write(
        [](Txn& txn) { return txn.connection().Execute("PRAGMA user_version=99"); }));
    const auto schema = crash.Open(crash.Now());
    REQUIRE(!schema);
    CHECK(schema.error().kind == ErrorKind::kStoreNewer);
    for (const std::size_t copy : {std::size_t{0}, kSuperblockBytes}) {
        auto* block = reinterpret_cast<std::uint8_t*>(files.database.data() + copy);
        block[10] = 2;    // the least reader
        block[300] = 77;  // a field that this version does not know
        const auto checksum = Sha256({block, 224});
        std::copy(checksum.begin(), checksum.end(), block + 224);
    }
    const auto format = crash.Open(files);
    REQUIRE(!format);
    CHECK(format.error().kind == ErrorKind::kStoreNewer);
}

TEST_CASE("a damaged copy of the header or a byte in its unused space is told, and no more") {
    Crash crash;
    crash.Add(1);
    for (const std::size_t at : {std::size_t{30}, kSuperblockBytes + 30, std::size_t{8'704},
                                 kSlotsAt + 600, std::size_t{50'000}}) {
        Files files = crash.Now();
        Flip(files.database, at);
        const auto told = crash.copy.log().lines().size();
        CHECK(*crash.Open(files) == 1);
        const auto lines = crash.copy.log().lines();
        REQUIRE(lines.size() == told + 1);
        CHECK(lines.back() == "a part of the store's header is damaged");
    }
}

TEST_CASE("a forged journal beside the store is never played back") {
    Crash crash;
    crash.Add(1);
    const Files files = crash.Now();
    std::string journal("\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", 8);
    journal += std::string("\0\0\0\1\0\0\0\0\0\0\0\1\0\0\2\0\0\0\x10\0", 20);
    journal.resize(512);
    journal += std::string("\0\0\0\2", 4) + std::string(4096, 'e') + std::string(4, '\0');
    WriteFile(crash.copy.path() + "-journal", journal);
    CHECK(*crash.Open(files) == 1);
    CHECK(ReadFile(crash.copy.path() + "-journal") == journal);
}
