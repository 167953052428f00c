// Aim: a rotation of the data key keeps every row, leaves nothing that the old key opens, and
// whatever fails or comes in between leaves the store whole.
// Method: compare the files before and after, page by page, and what is left of the old one under
// another name; fail each write of a rotation in turn.

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "storage/page_codec.h"
#include "tests/support/from_environment.h"
#include "tests/unit/storage/fault_vfs.h"
#include "tests/unit/storage/files.h"
#include "tests/unit/storage/numbered.h"

using namespace kamili;
using namespace kamili::storage;
using namespace kamili::testing;

namespace {

constexpr std::int64_t kNumbers = 20;

void Fill(TestStore& store) {
    REQUIRE(store.Write([](Txn& txn) { return AddCalendar(txn); }));
    for (std::int64_t i = 1; i <= kNumbers; ++i)
        REQUIRE(store.Write([=](Txn& txn) { return AddNumber(txn, i, 3000); }));
}

struct Rotated {
    Status status = Error{.kind = ErrorKind::kCancelled, .message = "did not run"};
    std::int64_t pages = 0;
    std::int64_t total = 0;
};

Rotated Rotate(FakeLoop& loop, TestStore& store) {
    Rotated out;
    store->RotateKey(
        [&](std::int64_t pages, std::int64_t total) {
            out.pages = pages;
            out.total = total;
        },
        [&](Status status) { out.status = std::move(status); });
    loop.RunPosted();
    return out;
}

std::string PageOf(const std::string& file, std::size_t number) {
    return file.substr(kPrefixBytes + number * kPageBytes, kPageBytes);
}

}  // namespace

TEST_CASE("a rotation seals every page anew and destroys the old key") {
    FakeClock clock;
    FakeLoop loop(clock);
    TestStore store(loop);
    Fill(store);
    store.Close();
    const std::string before = ReadFile(store.path());
    // Whoever recovers the old file from the disk sees what this name sees.
    const std::string kept = store.folder() + "/kept";
    std::filesystem::create_hard_link(store.path(), kept);
    REQUIRE(store.Open());
    const Rotated rotated = Rotate(loop, store);
    REQUIRE(rotated.status);
    CHECK(rotated.total > 10);
    CHECK(*CountNumbers(store) == kNumbers);
    REQUIRE(store.Write([](Txn& txn) { return AddNumber(txn, kNumbers + 1); }));
    store.Close();
    const std::string after = ReadFile(store.path());
    constexpr std::size_t kWrappedAt = 76;
    CHECK(before.substr(kWrappedAt, 60) != after.substr(kWrappedAt, 60));
    const std::size_t pages =
        std::min(before.size(), after.size()) / kPageBytes - kPrefixBytes / kPageBytes;
    for (std::size_t i = 0; i < pages; ++i) CHECK(PageOf(before, i) != PageOf(after, i));
    const std::string left = ReadFile(kept);
    CHECK(std::all_of(left.begin(), left.begin() + kPrefixBytes, [](char c) { return c == '\0'; }));
    CHECK(std::filesystem::status(store.path()).permissions() ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    CHECK(!std::filesystem::exists(store.path() + ".new"));
    REQUIRE(store.Open());
    CHECK(*CountNumbers(store) == kNumbers + 1);
}

TEST_CASE("a page from before a rotation is no page after it") {
    FakeClock clock;
    FakeLoop loop(clock);
    TestStore store(loop);
    Fill(store);
    store.Close();
    const std::string before = ReadFile(store.path());
    REQUIRE(store.Open());
    REQUIRE(Rotate(loop, store).status);
    store.Close();
    std::string mixed = ReadFile(store.path());
    mixed.replace(kPrefixBytes + 2 * kPageBytes, kPageBytes, PageOf(before, 2));
    WriteFile(store.path(), mixed);
    REQUIRE(store.Open());
    CHECK(CountNumbers(store).error().kind == ErrorKind::kStoreDamaged);
}

TEST_CASE("whatever write of a rotation fails, the store is whole") {
    FakeClock clock;
    FakeLoop loop(clock);
    FaultVfs disk;
    TestStore store(loop, {.path = "", .base_vfs = disk.name()});
    Fill(store);
    store.Close();
    const std::string fresh = ReadFile(store.path());
    const int step = static_cast<int>(FromEnvironment("KAMILI_FAULT_STEP", 1));
    for (const int times : {1, 1'000'000}) {
        bool untouched = false;
        for (int at = 1; !untouched; at += step + at / 40) {
            INFO("operation ", at, " times ", times);
            std::filesystem::remove(store.path() + "-wal");
            WriteFile(store.path(), fresh);
            REQUIRE(store.Open());
            // Something that is in the log alone.
            REQUIRE(store.Write([](Txn& txn) { return AddNumber(txn, kNumbers + 1); }));
            disk.FailAt(at, times, SQLITE_FULL);
            const Rotated rotated = Rotate(loop, store);
            untouched = disk.operations() < at;
            disk.Heal();
            CHECK((!untouched || rotated.status));
            if (store->usable()) {
                REQUIRE(store.Write([](Txn& txn) { return AddNumber(txn, kNumbers + 2); }));
            } else {
                CHECK(!store.Write([](Txn& txn) { return AddNumber(txn, kNumbers + 2); }));
                CHECK(!rotated.status);
            }
            const std::int64_t wanted = kNumbers + (store->usable() ? 2 : 1);
            store.Close();
            REQUIRE(store.Open());
            CHECK(*CountNumbers(store) == wanted);
            CHECK(!std::filesystem::exists(store.path() + ".new"));
            store.Close();
            REQUIRE(at < 10'000);
        }
    }
}

TEST_CASE("a damaged store is not rotated and stays as it was found") {
    FakeClock clock;
    FakeLoop loop(clock);
    TestStore store(loop);
    Fill(store);
    store.Close();
    std::string changed = ReadFile(store.path());
    changed[changed.size() - 100] ^= 1;
    WriteFile(store.path(), changed);
    REQUIRE(store.Open());
    const Rotated rotated = Rotate(loop, store);
    REQUIRE(!rotated.status);
    CHECK(rotated.status.error().kind == ErrorKind::kStoreDamaged);
    // Again, now that the damage is known before a page is read.
    CHECK(Rotate(loop, store).status.error().kind == ErrorKind::kStoreDamaged);
    store.Close();
    CHECK(ReadFile(store.path()) == changed);
    CHECK(!std::filesystem::exists(store.path() + ".new"));
}

TEST_CASE("what a killed rotation left behind is cleared away") {
    FakeClock clock;
    FakeLoop loop(clock);
    TestStore store(loop);
    Fill(store);
    store.Close();
    WriteFile(store.path() + ".new", ReadFile(store.path()).substr(0, 100'000));
    WriteFile(store.path() + ".new-wal", "half a log");
    REQUIRE(store.Open());
    CHECK(*CountNumbers(store) == kNumbers);
    CHECK(!std::filesystem::exists(store.path() + ".new"));
    CHECK(!std::filesystem::exists(store.path() + ".new-wal"));
}

TEST_CASE("closing ends a rotation that has not got far") {
    FakeClock clock;
    FakeLoop loop(clock);
    TestStore store(loop);
    Fill(store);
    Status status;
    store->RotateKey([](std::int64_t, std::int64_t) {}, [&](Status s) { status = std::move(s); });
    store.Close();
    loop.RunPosted();
    REQUIRE(!status);
    CHECK(status.error().kind == ErrorKind::kCancelled);
    CHECK(!std::filesystem::exists(store.path() + ".new"));
    REQUIRE(store.Open());
    CHECK(*CountNumbers(store) == kNumbers);
}
