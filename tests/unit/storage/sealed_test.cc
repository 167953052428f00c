// Aim: no byte of a row is readable in any file, and no changed byte is ever an answer.
// Method: write marked rows, look at the files, change them, open them again.

#include <doctest/doctest.h>
#include <openssl/evp.h>

#include <filesystem>

#include "base/encoding.h"
#include "model/zone.h"
#include "storage/accounts.h"
#include "storage/calendars.h"
#include "storage/cipher.h"
#include "storage/events.h"
#include "storage/page_codec.h"
#include "storage/schema.h"
#include "storage/statistics.h"
#include "storage/superblock.h"
#include "tests/support/test_store.h"
#include "tests/unit/storage/files.h"

using namespace kamili;
using namespace kamili::storage;
using kamili::testing::FakeClock;
using kamili::testing::FakeLoop;
using kamili::testing::ReadFile;
using kamili::testing::TestStore;
using kamili::testing::WriteFile;

namespace {

// Rows with a marker in every text, enough for several pages.
Status Fill(Txn& txn, int events) {
    model::Account account;
    account.remote_id = "MARKERremote";
    account.address = "MARKER@example.org";
    account.created = UtcTime{};
    const auto id = InsertAccount(txn, account);
    if (!id) return id.error();
    if (auto done = PutSecret(txn, *id, SecretPurpose::kRefreshToken,
                              Secret(std::string_view("MARKERtoken")));
        !done)
        return done;
    model::Calendar calendar;
    calendar.account_id = *id;
    calendar.remote_id = "MARKERcalendar";
    calendar.name = "MARKERname";
    const auto calendar_id = InsertCalendar(txn, calendar);
    if (!calendar_id) return calendar_id.error();
    for (int i = 0; i < events; ++i) {
        model::Event event;
        event.calendar_id = *calendar_id;
        event.remote_id = "MARKERevent" + std::to_string(i);
        event.title = "MARKERtitle";
        event.description = "MARKERdescription";
        event.description.append(300, 'x');
        event.start = event.end =
            model::TimedAt(UtcTime(std::chrono::hours(i)), model::Zone::Utc());
        if (auto made = InsertEvent(txn, event, 1); !made) return made.error();
    }
    return {};
}

// What reading everything says.
Status ReadAll(TestStore& store) {
    return store.Read([](const ReadView& view) -> Status {
        if (auto whole = VerifyStore(view); !whole) return whole;
        const auto events = EventsNotListed(view, model::CalendarId(1), 99);
        if (!events) return events.error();
        for (const auto& event : *events)
            if (auto row = FindEvent(view, event.id); !row) return row.error();
        CHECK(events->size() == 60);
        return {};
    });
}

}  // namespace

TEST_CASE("XAES-256-GCM gives the published vectors") {
    // The two vectors of C2SP XAES-256-GCM.
    const auto seal = [](std::uint8_t key_byte, std::string_view aad) {
        Secret key = Secret::OfSize(32);
        for (auto& byte : key.writable()) byte = key_byte;
        Xaes cipher(key);
        const std::string nonce = "ABCDEFGHIJKLMNOPQRSTUVWX";
        const std::string plain = "XAES-256-GCM";
        std::vector<std::uint8_t> out(plain.size());
        std::array<std::uint8_t, 16> tag{};
        const auto bytes = AsBytes(nonce);
        cipher.Seal(bytes.first(12), bytes.last(12), AsBytes(aad), AsBytes(plain), out.data(),
                    tag.data());
        return Hex(out) + Hex(tag);
    };
    CHECK(seal(1, "") == "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271");
    CHECK(seal(3, "c2sp.org/XAES-256-GCM") ==
          "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d");
}

// C2SP's accumulated test: keys, nonces, texts and additional data from one SHAKE128 stream, all
// that is sealed into another.
TEST_CASE("ten thousand sealings of XAES-256-GCM add up to the published sum") {
    struct Free {
        void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    };
    using Digest = std::unique_ptr<EVP_MD_CTX, Free>;
    const auto shake = [] {
        Digest out(EVP_MD_CTX_new());
        REQUIRE(EVP_DigestInit_ex(out.get(), EVP_shake128(), nullptr) == 1);
        return out;
    };
    std::vector<std::uint8_t> stream(10'000 * (32 + 24 + 2 * 256));
    REQUIRE(EVP_DigestFinalXOF(shake().get(), stream.data(), stream.size()) == 1);
    Bytes left(stream);
    const auto take = [&](std::size_t size) {
        const Bytes out = left.first(size);
        left = left.subspan(size);
        return out;
    };
    const Digest sum = shake();
    for (int i = 0; i < 10'000; ++i) {
        Xaes cipher{Secret(take(32))};
        const Bytes nonce = take(24);
        const Bytes plain = take(take(1)[0]);
        const Bytes aad = take(take(1)[0]);
        std::vector<std::uint8_t> out(plain.size() + kTagBytes);
        std::uint8_t* tag = out.data() + plain.size();
        cipher.Seal(nonce.first(12), nonce.last(12), aad, plain, out.data(), tag);
        REQUIRE(EVP_DigestUpdate(sum.get(), out.data(), out.size()) == 1);
        std::vector<std::uint8_t> again(plain.size() + 1);
        REQUIRE(cipher.Open(nonce.first(12), nonce.last(12), aad, Bytes(out).first(plain.size()),
                            again.data(), tag));
        REQUIRE(SameBytes(Bytes(again).first(plain.size()), plain));
    }
    std::array<std::uint8_t, 32> digest{};
    REQUIRE(EVP_DigestFinalXOF(sum.get(), digest.data(), digest.size()) == 1);
    CHECK(Hex(digest) == "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939");
}

TEST_CASE("no text of a row is readable in any file, while open and closed") {
    FakeClock clock;
    FakeLoop loop(clock);
    TestStore store(loop);
    CHECK(store.Write([](Txn& txn) { return Fill(txn, 60); }));
    for (int round = 0; round < 2; ++round) {
        std::size_t files = 0;
        for (const auto& entry : std::filesystem::directory_iterator(store.folder())) {
            ++files;
            const std::string content = ReadFile(entry.path());
            CHECK(content.find("MARKER") == std::string::npos);
            CHECK(content.find("SQLite format") == std::string::npos);
            CHECK(content.find("CREATE TABLE") == std::string::npos);
        }
        CHECK(files == (round == 0 ? 2 : 1));
        store.Close();
    }
}

TEST_CASE("a changed byte anywhere in a page is an error, never an answer") {
    FakeClock clock;
    FakeLoop loop(clock);
    TestStore store(loop);
    CHECK(store.Write([](Txn& txn) { return Fill(txn, 60); }));
    store.Close();
    const std::string good = ReadFile(store.path());
    const std::size_t pages = (good.size() - kPrefixBytes) / kPageBytes;
    CHECK(pages > 10);
    for (std::size_t page = 0; page < pages; ++page) {
        std::string bad = good;
        // Another place in every page, so that body, nonce, tag and trailer are all met.
        const std::size_t at = kPrefixBytes + page * kPageBytes + (page * 977 + 4090) % kPageBytes;
        bad[at] = static_cast<char>(bad[at] ^ (1 << (page % 8)));
        WriteFile(store.path(), bad);
        const bool opened = store.Open();
        const Status status = opened ? ReadAll(store) : Status(store.error);
        INFO("page ", page + 1, " offset ", at);
        REQUIRE(!status);
        CHECK(status.error().kind == ErrorKind::kStoreDamaged);
        store.Close();
        CHECK(ReadFile(store.path()) == bad);
    }
    WriteFile(store.path(), good);
    REQUIRE(store.Open());
    CHECK(ReadAll(store));
}

TEST_CASE("a changed byte in the log is damage; a torn end loses what was never acknowledged") {
    FakeClock clock;
    FakeLoop loop(clock);
    TestStore store(loop);
    CHECK(store.Write([](Txn& txn) { return Fill(txn, 60); }));
    const std::string before = ReadFile(store.path());
    CHECK(store.Write([](Txn& txn) {
        return InsertEvent(txn, {.calendar_id = model::CalendarId(1), .remote_id = "last"}, 1)
                   ? Status()
                   : Status(Error{});
    }));
    // As after kill -9: the files as they are now, in another folder.
    TestStore copy(loop);
    copy.Close();
    const std::string database = ReadFile(store.path());
    const std::string log = ReadFile(store.path() + "-wal");
    CHECK(log.size() > 3 * kFrameBytes);
    const auto open_with = [&](const std::string& prefix, const std::string& wal) {
        WriteFile(copy.path(), prefix);
        WriteFile(copy.path() + "-wal", wal);
        const bool opened = copy.Open();
        std::int64_t count = -1;
        if (opened)
            CHECK(copy.Read([&](const ReadView& view) -> Status {
                count = *CountEvents(view, model::CalendarId(1));
                return {};
            }));
        copy.Close();
        return count;
    };
    CHECK(open_with(database, log) == 61);
    // The last transaction torn in the middle of its last frame, before and after it was
    // acknowledged.
    const std::string torn = log.substr(0, log.size() - 2000);
    CHECK(open_with(before, torn) == 60);
    CHECK(open_with(database, torn) == -1);
    std::string bad = log;
    bad[kWalHeaderBytes + kFrameBytes + 100] ^= 4;
    CHECK(open_with(database, bad) == -1);
    CHECK(copy.error.kind == ErrorKind::kStoreDamaged);
}

TEST_CASE("a wrong key, a foreign file, a damaged header and a newer format are told apart") {
    FakeClock clock;
    FakeLoop loop(clock);
    TestStore store(loop);
    store.Close();
    const std::string good = ReadFile(store.path());
    CHECK(!store.Open(8));
    CHECK(store.error.kind == ErrorKind::kKeyWrong);
    std::string bad = good;
    bad[30] ^= 1;
    WriteFile(store.path(), bad);
    CHECK(store.Open());  // the second copy of the header is whole
    store.Close();
    bad[kSuperblockBytes + 30] ^= 1;
    WriteFile(store.path(), bad);
    CHECK(!store.Open());
    CHECK(store.error.kind == ErrorKind::kStoreDamaged);
    WriteFile(store.path(), std::string(100'000, 'x'));
    CHECK(!store.Open());
    CHECK(store.error.kind == ErrorKind::kNotAStore);
    CHECK(ReadFile(store.path()) == std::string(100'000, 'x'));
}

TEST_CASE("pages that change places or come from another store are refused") {
    FakeClock clock;
    FakeLoop loop(clock);
    TestStore store(loop);
    CHECK(store.Write([](Txn& txn) { return Fill(txn, 60); }));
    store.Close();
    const std::string good = ReadFile(store.path());
    std::string swapped = good;
    const std::size_t second = kPrefixBytes + kPageBytes;
    std::swap_ranges(swapped.begin() + static_cast<std::ptrdiff_t>(second),
                     swapped.begin() + static_cast<std::ptrdiff_t>(second + kPageBytes),
                     swapped.begin() + static_cast<std::ptrdiff_t>(second + kPageBytes));
    WriteFile(store.path(), swapped);
    CHECK((!store.Open() || !ReadAll(store)));
    store.Close();
    // A whole page of zeros is no page.
    std::string zeroed = good;
    std::fill_n(zeroed.begin() + static_cast<std::ptrdiff_t>(second + 2 * kPageBytes), kPageBytes,
                '\0');
    WriteFile(store.path(), zeroed);
    CHECK((!store.Open() || !ReadAll(store)));
    store.Close();
}
