// Aim: each slot opens for what it was made for and nothing else; changed bytes never open one.
// Method: published vectors of the functions below, tables in memory, then a store that is
// unlocked.

#include "storage/key_slots.h"

#include <doctest/doctest.h>

#include <cctype>

#include "base/encoding.h"
#include "storage/key_admin.h"
#include "storage/recovery_code.h"
#include "storage/superblock.h"
#include "storage/view.h"
#include "tests/support/seeded_random.h"
#include "tests/unit/storage/files.h"
#include "tests/unit/storage/numbered.h"

using namespace kamili;
using namespace kamili::storage;
using namespace kamili::testing;

namespace {

std::vector<std::uint8_t> Filled(std::size_t size, std::uint8_t byte) {
    return std::vector<std::uint8_t>(size, byte);
}

KeySlots OneSlot(const Secret& master, SeededRandom& random) {
    KeySlots slots({1, 2, 3});
    REQUIRE(slots.Add(master, {.kind = SlotKind::kKeyFile, .secret = TestKey(1)}, random));
    return slots;
}

}  // namespace

TEST_CASE("Argon2id gives the tag of RFC 9106, section 5.3") {
    const auto password = Filled(32, 1);
    const auto salt = Filled(16, 2);
    const auto secret = Filled(8, 3);
    const auto data = Filled(12, 4);
    const auto tag = Argon2id({.password = password,
                               .salt = salt,
                               .secret = secret,
                               .data = data,
                               .cost = {.passes = 3, .memory_kib = 32, .lanes = 4}});
    REQUIRE(tag);
    CHECK(Hex(tag->bytes()) == "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
}

TEST_CASE("HKDF-SHA256 gives the first 32 bytes of RFC 5869, test cases 1 and 2") {
    const auto salt = *ParseHex("000102030405060708090a0b0c");
    const auto info = *ParseHex("f0f1f2f3f4f5f6f7f8f9");
    CHECK(Hex(DeriveKey(Secret(Filled(22, 0x0b)), salt, "", info).bytes()) ==
          "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
    std::vector<std::uint8_t> key;
    std::vector<std::uint8_t> long_salt;
    std::vector<std::uint8_t> long_info;
    for (int i = 0; i < 80; ++i) {
        key.push_back(static_cast<std::uint8_t>(i));
        long_salt.push_back(static_cast<std::uint8_t>(0x60 + i));
        long_info.push_back(static_cast<std::uint8_t>(0xb0 + i));
    }
    CHECK(Hex(DeriveKey(Secret(key), long_salt, "", long_info).bytes()) ==
          "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c");
}

TEST_CASE("a slot opens for its secret and kind alone") {
    SeededRandom random(3);
    const Secret master = TestKey(9);
    KeySlots slots = OneSlot(master, random);
    const Secret passphrase(std::string_view("correct horse"));
    const auto number = slots.Add(
        master, {.kind = SlotKind::kPassphrase, .secret = passphrase, .cost = kLeastKdfCost},
        random);
    REQUIRE(number);
    CHECK(*number == 1);
    CHECK(slots.Open(SlotKind::kKeyFile, TestKey(1))->master == master);
    CHECK(slots.Open(SlotKind::kPassphrase, passphrase)->master == master);
    CHECK(!slots.Open(SlotKind::kKeyFile, TestKey(2)));
    CHECK(!slots.Open(SlotKind::kCredential, TestKey(1)));
    CHECK(!slots.Open(SlotKind::kPassphrase, Secret(std::string_view("correct horsf"))));
    CHECK(!slots.Open(SlotKind::kPassphrase, Secret()));
}

TEST_CASE("the last slot stays, numbers are used again, and sixteen are enough") {
    SeededRandom random(4);
    const Secret master = TestKey(9);
    KeySlots slots = OneSlot(master, random);
    CHECK(slots.Remove(0).error().kind == ErrorKind::kConflict);
    CHECK(slots.Remove(1).error().kind == ErrorKind::kNotFound);
    CHECK(slots.Remove(-1).error().kind == ErrorKind::kNotFound);
    CHECK(slots.Remove(16).error().kind == ErrorKind::kNotFound);
    const KeySlots::NewSlot more{.kind = SlotKind::kRecovery, .secret = TestKey(2)};
    for (int i = 1; i < 16; ++i) CHECK(*slots.Add(master, more, random) == i);
    CHECK(slots.Add(master, more, random).error().kind == ErrorKind::kTooMany);
    REQUIRE(slots.Remove(0));
    CHECK(!slots.Open(SlotKind::kKeyFile, TestKey(1)));
    CHECK(*slots.Add(master, more, random) == 0);
}

TEST_CASE("weak or ruinous costs and long labels are refused") {
    SeededRandom random(5);
    const Secret master = TestKey(9);
    KeySlots slots = OneSlot(master, random);
    const Secret passphrase(std::string_view("p"));
    for (const KdfCost cost : {KdfCost{.passes = 1, .memory_kib = 256u << 10, .lanes = 4},
                               KdfCost{.passes = 3, .memory_kib = 1024, .lanes = 4},
                               KdfCost{.passes = 3, .memory_kib = 8u << 20, .lanes = 4},
                               KdfCost{.passes = 3, .memory_kib = 64u << 10, .lanes = 0}})
        CHECK(!slots.Add(
            master, {.kind = SlotKind::kPassphrase, .secret = passphrase, .cost = cost}, random));
    CHECK(!slots.Add(
        master, {.kind = SlotKind::kKeyFile, .secret = passphrase, .label = std::string(64, 'x')},
        random));
}

TEST_CASE("a table comes back as it was written, and a changed byte is noticed") {
    SeededRandom random(6);
    const Secret master = TestKey(9);
    KeySlots slots = OneSlot(master, random);
    REQUIRE(slots.Add(master,
                      {.kind = SlotKind::kRecovery,
                       .secret = TestKey(2),
                       .label = "drawer",
                       .created = UtcTime(std::chrono::milliseconds(1'700'000'000'123))},
                      random));
    const auto area = slots.Encode(master);
    const auto read = KeySlots::Decode(area);
    REQUIRE(read);
    CHECK(read->IsSealedBy(master));
    CHECK(!read->IsSealedBy(TestKey(8)));
    CHECK(read->slots()[1]->label == "drawer");
    CHECK(read->slots()[1]->created == UtcTime(std::chrono::milliseconds(1'700'000'000'123)));
    CHECK(read->Open(SlotKind::kRecovery, TestKey(2))->master == master);
    for (std::size_t at = 0; at < area.size(); at += 41) {
        auto bad = area;
        bad[at] = static_cast<std::uint8_t>(bad[at] ^ 4);
        INFO("byte ", at);
        CHECK(!KeySlots::Decode(bad));
    }
}

TEST_CASE("slots of an open store open it afterwards, also after a change of them") {
    FakeClock clock;
    FakeLoop loop(clock);
    TestStore store(loop);
    REQUIRE(store.Write([](Txn& txn) { return AddCalendar(txn); }));
    const Secret code(std::string_view("twenty bytes of code"));
    REQUIRE(store.Write([&](Txn& txn) -> Status {
        SystemRandom random;
        auto slots = txn.secrets().prefix().ReadSlots();
        if (!slots) return slots.error();
        const auto added = slots->Add(txn.secrets().keys().master,
                                      {.kind = SlotKind::kRecovery, .secret = code}, random);
        if (!added) return added.error();
        if (auto removed = slots->Remove(0); !removed) return removed;
        return txn.secrets().prefix().WriteSlots(std::move(*slots));
    }));
    REQUIRE(store.Write([](Txn& txn) { return AddNumber(txn, 1); }));
    store.Close();
    CHECK(!store.Open());
    CHECK(store.error.kind == ErrorKind::kKeyWrong);
    const StoreOptions options{.path = store.path(), .base_vfs = ""};
    CHECK(UnlockStore(options, SlotKind::kKeyFile, TestKey()).error().kind == ErrorKind::kKeyWrong);
    const auto master = UnlockStore(options, SlotKind::kRecovery, code);
    REQUIRE(master);
    SystemRandom random;
    MemoryLog log;
    LoopExecutor executor(loop);
    auto opened = Store::Open(options, *master, loop, executor, {&executor}, random, log);
    CHECK(opened);
}

TEST_CASE("a recovery code survives being typed by hand, and one wrong character is told") {
    SeededRandom random(7);
    for (int i = 0; i < 20; ++i) {
        const Secret secret = MakeRecoverySecret(random);
        const std::string code(FormatRecoveryCode(secret).Reveal());
        CHECK(code.size() == 44);
        CHECK(*ParseRecoveryCode(Secret(std::string_view(code))) == secret);
        std::string typed;
        for (char c : code) {
            if (c == '-') continue;
            if (c == '0') c = 'o';
            if (c == '1') c = 'l';
            typed += static_cast<char>(std::tolower(c));
            if (typed.size() % 7 == 0) typed += ' ';
        }
        CHECK(*ParseRecoveryCode(Secret(std::string_view(typed + "\n"))) == secret);
        for (std::size_t at = 0; at < code.size(); ++at) {
            if (code[at] == '-') continue;
            std::string wrong = code;
            wrong[at] = code[at] == '7' ? '8' : '7';
            CHECK(!ParseRecoveryCode(Secret(std::string_view(wrong))));
            CHECK(!ParseRecoveryCode(Secret(std::string_view(code.substr(0, at)))));
        }
        std::swap(typed[0], typed[1]);
        CHECK((typed[0] == typed[1] || !ParseRecoveryCode(Secret(std::string_view(typed)))));
    }
}

TEST_CASE("a keyring's slot is never the only one, and there is one at most") {
    SeededRandom random(5);
    const Secret master = TestKey(9);
    KeySlots slots = OneSlot(master, random);
    REQUIRE(slots.Add(master, {.kind = SlotKind::kKeyring, .secret = TestKey(2)}, random));
    CHECK(slots.Open(SlotKind::kKeyring, TestKey(2))->master == master);
    CHECK(!slots.Open(SlotKind::kKeyring, TestKey(1)));
    CHECK(!slots.Open(SlotKind::kKeyFile, TestKey(2)));
    CHECK(slots.Add(master, {.kind = SlotKind::kKeyring, .secret = TestKey(3)}, random)
              .error()
              .kind == ErrorKind::kConflict);
    CHECK(slots.Remove(0).error().kind == ErrorKind::kConflict);
    REQUIRE(slots.Add(master, {.kind = SlotKind::kRecovery, .secret = TestKey(4)}, random));
    REQUIRE(slots.Remove(0));
    CHECK(slots.Remove(2).error().kind == ErrorKind::kConflict);
    REQUIRE(slots.Remove(1));
    CHECK(!slots.Has(SlotKind::kKeyring));
    CHECK(slots.Remove(2).error().kind == ErrorKind::kConflict);
}

TEST_CASE("slots are listed, added, tested and removed while the store is open") {
    FakeClock clock;
    FakeLoop loop(clock);
    TestStore store(loop);
    const Secret code = TestKey(3);
    REQUIRE(store.Write([&](Txn& txn) -> Status {
        const auto added =
            AddKeySlot(txn, {.kind = SlotKind::kRecovery, .secret = code, .label = "paper"});
        if (!added) return added.error();
        CHECK(added->number == 1);
        return {};
    }));
    REQUIRE(store.Read([&](const ReadView& view) -> Status {
        CHECK(ListKeySlots(view)->size() == 2);
        CHECK(TestKeySlot(view, SlotKind::kRecovery, code)->label == "paper");
        CHECK(TestKeySlot(view, SlotKind::kRecovery, TestKey(4)).error().kind ==
              ErrorKind::kKeyWrong);
        return {};
    }));
    REQUIRE(store.Write([](Txn& txn) -> Status {
        CHECK(RemoveKeySlot(txn, 0)->kind == SlotKind::kKeyFile);
        CHECK(RemoveKeySlot(txn, 1).error().kind == ErrorKind::kConflict);
        return {};
    }));
    store.Close();
    const auto peeked = PeekKeySlots({.path = store.path(), .base_vfs = ""});
    REQUIRE(peeked);
    REQUIRE(peeked->size() == 1);
    CHECK(peeked->front().kind == SlotKind::kRecovery);
}
