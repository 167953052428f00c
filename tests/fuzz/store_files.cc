// Aim: whatever a store's files hold, opening and reading them never crashes, and never shows other
// rows than those that were written.
// Method: a small store and its log on a disk in memory. The input changes raw bytes of either
// file, bytes of the prefix with its checksums and MACs made to fit again, or plain bytes of pages
// that are then sealed as they should be, so that SQLite meets them.
//
// Links: kamili_storage
// Sources: ../unit/storage/memory_disk.cc
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <string>

#include "base/check.h"
#include "storage/accounts.h"
#include "storage/calendars.h"
#include "storage/events.h"
#include "storage/journal.h"
#include "storage/open_store.h"
#include "storage/statistics.h"
#include "storage/view.h"
#include "tests/support/memory_log.h"
#include "tests/unit/storage/memory_disk.h"

namespace {

using namespace kamili;
using namespace kamili::storage;
using kamili::testing::FileBytes;
using kamili::testing::MemoryDisk;

constexpr std::int64_t kEvents = 6;

Secret Key() {
    Secret key = Secret::OfSize(kKeyBytes);
    for (auto& byte : key.writable()) byte = 7;
    return key;
}

// What every input begins with.
struct Original {
    MemoryDisk::Files files;
    StoreKeys keys;
};

// The store looks for its file in the folder, so an empty one is there.
std::string Path() {
    static const std::string path = [] {
        std::string folder = (std::filesystem::temp_directory_path() / "kamili-XXXXXX").string();
        KAMILI_CHECK(mkdtemp(folder.data()) != nullptr);
        return folder + "/store.db";
    }();
    return path;
}

Status AddRows(Txn& txn, std::int64_t from, std::int64_t to) {
    for (std::int64_t i = from; i <= to; ++i) {
        model::Event event;
        event.calendar_id = model::CalendarId(1);
        event.remote_id = std::to_string(i);
        event.title = "Event " + std::to_string(i);
        event.description.assign(i == 3 ? 6000 : 60, 'd');
        if (const auto made = InsertEvent(txn, event, 1); !made) return made.error();
    }
    return {};
}

void InTransaction(OpenedFiles& files, Status (*work)(Txn&)) {
    KAMILI_CHECK(files.writer->Execute("BEGIN IMMEDIATE"));
    Txn txn(*files.writer, *files.secrets);
    KAMILI_CHECK(work(txn));
    KAMILI_CHECK(files.writer->Execute("COMMIT"));
}

Status AddCalendar(Txn& txn) {
    model::Account account;
    account.remote_id = "account";
    model::Calendar calendar;
    const auto id = InsertAccount(txn, account);
    if (!id) return id.error();
    calendar.account_id = *id;
    calendar.remote_id = "calendar";
    if (const auto made = InsertCalendar(txn, calendar); !made) return made.error();
    return AddRows(txn, 1, 4);
}

void Put(MemoryDisk& disk, const char* name, const std::string& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    KAMILI_CHECK(file >= 0);
    FileBytes bytes(std::filesystem::file_size(path));
    KAMILI_CHECK(read(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    close(file);
    disk.files()[name] = std::move(bytes);
}

// Two transactions in the database, one in the log alone.
Original Make() {
    SystemRandom random;
    testing::MemoryLog log;
    const std::string real = Path() + ".real";
    { KAMILI_CHECK(OpenFiles({.path = real, .base_vfs = ""}, Key(), 0, random, log)); }
    MemoryDisk disk;
    Put(disk, "store.db", real);
    std::filesystem::remove(real);
    close(open(Path().c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
    auto files = OpenFiles({.path = Path(), .base_vfs = disk.name()}, Key(), 0, random, log);
    KAMILI_CHECK(files);
    InTransaction(*files, AddCalendar);
    KAMILI_CHECK(files->writer->Execute("PRAGMA wal_checkpoint(TRUNCATE);"));
    InTransaction(*files, [](Txn& txn) { return AddRows(txn, 5, kEvents); });
    Original out{.files = disk.files(), .keys = {}};
    auto keys = ReadPrefix(out.files["store.db"], Key());
    KAMILI_CHECK(keys);
    out.keys = std::move(*keys);
    return out;
}

const Original& Start() {
    static const Original original = Make();
    return original;
}

// An input is read as pairs of a place and a byte.
class Input {
  public:
    Input(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
    std::uint8_t Byte() { return at_ < size_ ? data_[at_++] : std::uint8_t{0}; }
    std::size_t Place(std::size_t bound) {
        std::size_t place = Byte();
        place = place << 8 | Byte();
        place = place << 8 | Byte();
        return place % bound;
    }
    bool more() const { return at_ < size_; }

  private:
    const std::uint8_t* data_;
    std::size_t size_;
    std::size_t at_ = 0;
};

void ChangeRaw(Input& input, FileBytes& file) {
    if (file.empty()) return;
    if (input.Byte() % 8 == 0) file.resize(input.Place(file.size() + 5000));
    while (input.more() && !file.empty()) {
        const std::size_t at = input.Place(file.size());
        file[at] = static_cast<std::uint8_t>(file[at] ^ input.Byte());
    }
}

void Store32(const std::array<std::uint8_t, 32>& value, std::uint8_t* at) {
    std::memcpy(at, value.data(), value.size());
}

// docs/store-format.md has the places.
void MendSuperblock(std::uint8_t* block) {
    Store32(HmacSha256(Start().keys.header, Bytes(block, 192)), block + 192);
    Store32(Sha256(Bytes(block, 224)), block + 224);
}

void MendSlots(std::uint8_t* table) {
    const Secret key = DeriveKey(Start().keys.master, Start().keys.superblock.store_id,
                                 "kamili slots ", Start().keys.superblock.store_id);
    FileBytes covered(table, table + 32);
    covered.insert(covered.end(), table + 512, table + 8704);
    Store32(HmacSha256(key, covered), table + 32);
    covered.insert(covered.end(), table + 32, table + 64);
    Store32(Sha256(covered), table + 64);
}

void ChangePrefix(Input& input, FileBytes& database) {
    while (input.more()) {
        const std::size_t at = input.Place(kPrefixBytes);
        // Of most of the 64 KiB nothing is read.
        database[at % 3 == 0 ? at % 256 : at] = input.Byte();
    }
    MendSuperblock(&database[0]);
    MendSuperblock(&database[kSuperblockBytes]);
    MendSlots(&database[kSlotsAt]);
    MendSlots(&database[kSlotsAt + kSlotAreaBytes]);
}

// One page of the database as SQLite sees it, changed and sealed again.
void ChangePage(Input& input, FileBytes& database) {
    SystemRandom random;
    auto keys = ReadPrefix(database, Key());
    KAMILI_CHECK(keys);
    StoreSecrets secrets(std::move(*keys), random);
    PageCodec codec(secrets);
    const std::size_t pages = (database.size() - kPrefixBytes) / kPageBytes;
    const std::size_t number = input.Place(pages);
    std::uint8_t* record = &database[kPrefixBytes + number * kPageBytes];
    std::array<std::uint8_t, kPageBytes> page{};
    KAMILI_CHECK(codec.OpenPage(number + 1, record, page.data()));
    while (input.more()) page[input.Place(kPageBytes - kReserveBytes)] = input.Byte();
    KAMILI_CHECK(codec.SealPage(number + 1, page.data(), record));
}

// Reads all there is; what it says does not matter, only that it comes back.
void ReadAll(OpenedFiles& files) {
    const ReadView view(*files.writer, *files.secrets);
    [[maybe_unused]] const auto whole = VerifyStore(view);
    [[maybe_unused]] const auto statistics = ReadStatistics(view);
    [[maybe_unused]] const auto accounts = ListAccounts(view);
    [[maybe_unused]] const auto calendars = ListCalendars(view);
    [[maybe_unused]] const auto changes = ReadChanges(view, 0, 100);
    for (std::int64_t i = 1; i <= kEvents; ++i) {
        [[maybe_unused]] const auto row = FindEvent(view, model::EventId(i));
    }
}

// Either the rows are those that were written, or the store says that they are not.
void ExpectTruth(OpenedFiles& files) {
    const ReadView view(*files.writer, *files.secrets);
    if (!VerifyStore(view)) return;
    for (std::int64_t i = 1; i <= kEvents; ++i) {
        const auto row = FindEvent(view, model::EventId(i));
        KAMILI_CHECK(row);
        // The log's end may have been taken for what a power cut left.
        if (!*row) KAMILI_CHECK(i > 4);
        if (*row) KAMILI_CHECK((*row)->event.title == "Event " + std::to_string(i));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(data, size);
    MemoryDisk disk;
    disk.files() = Start().files;
    FileBytes& database = disk.files()["store.db"];
    const auto what = input.Byte() % 4;
    if (what == 0) ChangeRaw(input, database);
    if (what == 1) ChangeRaw(input, disk.files()["store.db-wal"]);
    if (what == 2) ChangePrefix(input, database);
    if (what == 3) ChangePage(input, database);
    SystemRandom random;
    testing::MemoryLog log;
    auto files = OpenFiles({.path = Path(), .base_vfs = disk.name()}, Key(), 0, random, log);
    if (!files) return 0;
    if (what == 3) ReadAll(*files);
    if (what != 3) ExpectTruth(*files);
    return 0;
}
