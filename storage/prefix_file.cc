#include "storage/prefix_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "storage/connection.h"
#include "storage/little_endian.h"

namespace kamili::storage {
namespace {

constexpr std::size_t kSaltsInHeader = 16;  // 8 bytes
constexpr std::size_t kAnchorUsed = 48;     // salts 8, number 8, HMAC 32

Status As(int code, const char* what) {
    if (code == SQLITE_OK) return {};
    return Error{.kind = KindOf(code),
                 .message = fmt::format("{}: {} ({})", what, sqlite3_errstr(code), code)};
}

}  // namespace

void PrefixFile::Attach(sqlite3_file* file) {
    const std::lock_guard lock(mutex_);
    if (!file_) file_ = file;
}

void PrefixFile::Detach(sqlite3_file* file) {
    const std::lock_guard lock(mutex_);
    if (file_ == file) file_ = nullptr;
}

int PrefixFile::ReadLocked(std::uint8_t* out, std::size_t size, std::size_t at) {
    if (!file_) return SQLITE_IOERR_READ;
    return file_->pMethods->xRead(file_, out, static_cast<int>(size),
                                  static_cast<sqlite3_int64>(at));
}
int PrefixFile::WriteLocked(Bytes bytes, std::size_t at) {
    if (!file_) return SQLITE_IOERR_WRITE;
    return file_->pMethods->xWrite(file_, bytes.data(), static_cast<int>(bytes.size()),
                                   static_cast<sqlite3_int64>(at));
}
int PrefixFile::SyncLocked() {
    if (!file_) return SQLITE_IOERR_FSYNC;
    return file_->pMethods->xSync(file_, SQLITE_SYNC_NORMAL);
}

int PrefixFile::Load() {
    const std::lock_guard lock(mutex_);
    std::vector<std::uint8_t> start(kAnchorAt + kAnchorBytes, 0);
    if (const int code = ReadLocked(start.data(), start.size(), 0); code != SQLITE_OK) return code;
    const auto newest = NewestSuperblock(start, keys_.header);
    if (!newest || newest->wrapped_key != keys_.superblock.wrapped_key) return SQLITE_IOERR_DATA;
    block_ = *newest;
    const Bytes anchor = Bytes(start).subspan(kAnchorAt, kAnchorBytes);
    anchor_.reset();
    anchor_damaged_ = false;
    if (IsZero(anchor)) return SQLITE_OK;
    const auto mac = anchor_mac_.Of(anchor.first(kAnchorUsed - 32));
    anchor_damaged_ = !SameBytes(mac, anchor.subspan(kAnchorUsed - 32, 32)) ||
                      !IsZero(anchor.subspan(kAnchorUsed));
    const Bytes salts = Bytes(block_.log_header).subspan(kSaltsInHeader, 8);
    if (!anchor_damaged_ && SameBytes(anchor.first(8), salts)) anchor_ = GetLittle(&anchor[8], 8);
    return SQLITE_OK;
}

LogState PrefixFile::log_state() const {
    const std::lock_guard lock(mutex_);
    return block_.log_state;
}
PrefixFile::LogHeader PrefixFile::log_header() const {
    const std::lock_guard lock(mutex_);
    return block_.log_header;
}
std::uint32_t PrefixFile::log_number() const {
    const std::lock_guard lock(mutex_);
    return block_.log_number;
}
std::uint64_t PrefixFile::log_bytes() const {
    const std::lock_guard lock(mutex_);
    return block_.log_bytes;
}
std::optional<std::uint64_t> PrefixFile::anchor() const {
    const std::lock_guard lock(mutex_);
    return anchor_;
}
bool PrefixFile::anchor_damaged() const {
    const std::lock_guard lock(mutex_);
    return anchor_damaged_;
}

bool PrefixFile::is_judged() const {
    const std::lock_guard lock(mutex_);
    return is_judged_;
}
bool PrefixFile::is_stale() const {
    const std::lock_guard lock(mutex_);
    return is_stale_;
}
void PrefixFile::SetJudged(bool is_stale) {
    const std::lock_guard lock(mutex_);
    is_judged_ = true;
    is_stale_ = is_stale;
}

int PrefixFile::WriteBlockLocked(Superblock block) {
    block.generation = ++block_.generation;
    block_unsure_ = true;
    const auto bytes = EncodeSuperblock(block, keys_.header);
    for (const std::size_t at : {std::size_t{0}, kSuperblockBytes}) {
        if (const int code = WriteLocked(bytes, at); code != SQLITE_OK) return code;
        if (const int code = SyncLocked(); code != SQLITE_OK) return code;
    }
    block_ = block;
    block_unsure_ = false;
    return SQLITE_OK;
}

std::array<std::uint8_t, kAnchorUsed> PrefixFile::EncodeAnchorLocked(std::uint64_t number) {
    std::array<std::uint8_t, kAnchorUsed> out{};
    std::copy_n(&block_.log_header[kSaltsInHeader], 8, out.begin());
    PutLittle(&out[8], number, 8);
    const auto mac = anchor_mac_.Of(Bytes(out).first(kAnchorUsed - 32));
    std::copy(mac.begin(), mac.end(), out.begin() + 16);
    return out;
}

int PrefixFile::WriteAnchorLocked(std::uint64_t number) {
    const int code = WriteLocked(EncodeAnchorLocked(number), kAnchorAt);
    if (code == SQLITE_OK) anchor_ = number;
    return code;
}

int PrefixFile::Announce(const LogHeader& header, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    Superblock block = block_;
    block.log_state = LogState::kAnnounced;
    block.log_number = ++block_.log_number;
    block.log_header = header;
    block.log_bytes = bytes;
    const int code = WriteBlockLocked(block);
    if (code != SQLITE_OK) return code;
    anchor_.reset();
    is_judged_ = true;
    is_stale_ = false;
    return SQLITE_OK;
}

// The anchor is not synced: it is a lower bound, and whatever of it reaches the disk is true since
// the transaction is there already. For the same reason a write that fails costs nothing but the
// proof; the transaction stands.
int PrefixFile::Acknowledge(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    if (block_.log_state != LogState::kLive || block_unsure_) {
        Superblock block = block_;
        block.log_state = LogState::kLive;
        if (const int code = WriteBlockLocked(block); code != SQLITE_OK) return code;
    }
    [[maybe_unused]] const int code = WriteAnchorLocked(number);
    return SQLITE_OK;
}

int PrefixFile::Withdraw(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    // The first transaction's commit makes the log live; without it the log may be empty again.
    if (block_unsure_ || (number == 1 && block_.log_state == LogState::kLive)) {
        Superblock block = block_;
        if (number == 1) block.log_state = LogState::kAnnounced;
        if (const int code = WriteBlockLocked(block); code != SQLITE_OK) return code;
    }
    if (!anchor_ || *anchor_ < number) return SQLITE_OK;
    if (const int code = WriteAnchorLocked(number - 1); code != SQLITE_OK) return code;
    return SyncLocked();
}

int PrefixFile::Retire() {
    const std::lock_guard lock(mutex_);
    if (block_.log_state == LogState::kNone && !block_unsure_) return SQLITE_OK;
    Superblock block = block_;
    block.log_state = LogState::kNone;
    block.log_header = {};
    block.log_bytes = 0;
    return WriteBlockLocked(block);
}

Result<KeySlots> PrefixFile::ReadSlots() {
    const std::lock_guard lock(mutex_);
    std::vector<std::uint8_t> prefix(kPrefixBytes, 0);
    if (auto read = As(ReadLocked(prefix.data(), prefix.size(), 0), "cannot read the key slots");
        !read)
        return std::move(read).error();
    for (KeySlots& table : ReadKeySlots(prefix))
        if (table.IsSealedBy(keys_.master)) return std::move(table);
    return Error{.kind = ErrorKind::kStoreDamaged, .message = "the store's key slots are damaged"};
}

Status PrefixFile::WriteSlots(KeySlots slots) {
    const std::lock_guard lock(mutex_);
    slots.set_sequence(slots.sequence() + 1);
    const auto area = slots.Encode(keys_.master);
    int code = SQLITE_OK;
    for (const std::size_t at : {kSlotsAt, kSlotsAt + kSlotAreaBytes}) {
        if (code == SQLITE_OK) code = WriteLocked(area, at);
        if (code == SQLITE_OK) code = SyncLocked();
    }
    return As(code, "cannot write the key slots");
}

}  // namespace kamili::storage
