// Aim: a backup holds what the store held, opens with the store's slots, is never half there, and
// verification misses no changed byte and changes none.
// Method: back up a store that is being written; change bytes of the file; open it as a store.

#include "storage/backup.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "storage/page_codec.h"
#include "tests/unit/storage/files.h"
#include "tests/unit/storage/numbered.h"

using namespace kamili;
using namespace kamili::storage;
using namespace kamili::testing;

namespace {

struct BackedUp {
    FakeClock clock;
    FakeLoop loop{clock};
    TestStore store{loop};
    TempFolder folder;
    std::string path = folder.File("backup");

    BackedUp() {
        REQUIRE(store.Write([](Txn& txn) { return AddCalendar(txn); }));
        for (int i = 1; i <= 5; ++i)
            REQUIRE(store.Write([=](Txn& txn) { return AddNumber(txn, i, 3000); }));
        REQUIRE(Make());
    }
    Status Make() {
        return store.Read([&](const ReadView& view) { return WriteBackup(view, path); });
    }
    Result<Statistics> Verify() {
        Result<Statistics> found = Error{};
        [[maybe_unused]] const auto read = store.Read([&](const ReadView& view) -> Status {
            found = VerifyBackup(view, path);
            return {};
        });
        return found;
    }
};

}  // namespace

TEST_CASE("a backup is a store of its own with the rows of the moment") {
    BackedUp it;
    REQUIRE(it.store.Write([](Txn& txn) { return AddNumber(txn, 6); }));
    const auto found = it.Verify();
    REQUIRE(found);
    CHECK(found->events == 5);
    CHECK(std::distance(std::filesystem::directory_iterator(it.folder.path()), {}) == 1);
    CHECK(std::filesystem::status(it.path).permissions() ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    TestStore restored(it.loop, {}, TestStore::Begin::kClosed);
    std::filesystem::copy_file(it.path, restored.path());
    REQUIRE(restored.Open());
    CHECK(*CountNumbers(restored) == 5);
    REQUIRE(restored.Write([](Txn& txn) { return AddNumber(txn, 6); }));
    CHECK(*CountNumbers(restored) == 6);
    restored.Close();
    CHECK(!restored.Open(8));
    CHECK(restored.error.kind == ErrorKind::kKeyWrong);
}

TEST_CASE("a page of the store is no page of its backup") {
    BackedUp it;
    it.store.Close();
    const std::string original = ReadFile(it.store.path());
    std::string copy = ReadFile(it.path);
    REQUIRE(it.store.Open());
    copy.replace(kPrefixBytes + kPageBytes, kPageBytes,
                 original.substr(kPrefixBytes + kPageBytes, kPageBytes));
    WriteFile(it.path, copy);
    CHECK(it.Verify().error().kind == ErrorKind::kStoreDamaged);
}

TEST_CASE("verification finds each changed byte and a missing end, and changes nothing") {
    BackedUp it;
    const std::string good = ReadFile(it.path);
    for (std::size_t at = 0; at < good.size(); at += 4001) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 2);
        WriteFile(it.path, bad);
        INFO("byte ", at);
        CHECK(!it.Verify());
        CHECK(ReadFile(it.path) == bad);
    }
    WriteFile(it.path, good.substr(0, good.size() - kPageBytes));
    CHECK(!it.Verify());
    WriteFile(it.path, good);
    CHECK(it.Verify());
}

TEST_CASE("a backup is never written over a file, and one of another store is told") {
    BackedUp it;
    const auto again = it.Make();
    REQUIRE(!again);
    CHECK(again.error().kind == ErrorKind::kConflict);
    TestStore other(it.loop);
    Result<Statistics> found = Error{};
    REQUIRE(other.Read([&](const ReadView& view) -> Status {
        found = VerifyBackup(view, it.path);
        return {};
    }));
    // Its key file is the same in this test, its master key is not.
    CHECK(found.error().kind == ErrorKind::kKeyWrong);
}
