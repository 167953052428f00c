#include <fmt/format.h>

#include <algorithm>

#include "storage/sealed_file.h"

namespace kamili::storage {
namespace {

constexpr sqlite3_int64 kHeader = static_cast<sqlite3_int64>(kWalHeaderBytes);
constexpr sqlite3_int64 kFrame = static_cast<sqlite3_int64>(kFrameBytes);
constexpr std::size_t kAtSalts = 16;  // in the WAL's header

sqlite3_int64 Place(std::uint64_t index) {
    return kHeader + static_cast<sqlite3_int64>(index) * kFrame;
}

std::uint32_t GetBig32(const std::uint8_t* at) {
    return (std::uint32_t{at[0]} << 24) | (std::uint32_t{at[1]} << 16) |
           (std::uint32_t{at[2]} << 8) | at[3];
}

}  // namespace

int SealedWal::ReadRaw(std::uint64_t index, Frame& raw) {
    return base_.Read(raw.data(), static_cast<int>(kFrameBytes), Place(index));
}

int SealedWal::ReadFileHeader(void* out, int size, sqlite3_int64 at) {
    if (const int code = Judge(); code != SQLITE_OK) return code;
    if (!secrets_.prefix().is_stale()) return base_.Read(out, size, at);
    // SQLite takes a header of zeros for an empty log.
    std::fill_n(static_cast<std::uint8_t*>(out), size, std::uint8_t{0});
    return SQLITE_OK;
}

// One whole frame in the clear; SQLITE_IOERR_DATA when it does not open.
int SealedWal::ReadFrame(std::uint64_t index, OpenedFrame& out) {
    Frame raw{};
    if (const int code = ReadRaw(index, raw); code != SQLITE_OK) return code;
    const std::uint8_t* record = raw.data() + kFrameHeaderBytes;
    const auto header = codec_.OpenHeader(index, raw.data(), record);
    if (!header || !codec_.OpenPage(header->page, record, out.plain.data() + kFrameHeaderBytes))
        return SQLITE_IOERR_DATA;
    std::copy(header->plain.begin(), header->plain.end(), out.plain.begin());
    out.sequence = header->commit_sequence;
    out.is_commit = header->is_commit;
    return SQLITE_OK;
}

// For a checkpoint: the record as it goes into the database. One that this handle has not just
// written itself is verified first.
int SealedWal::CopyRecord(std::uint64_t index, std::uint8_t* out, CheckpointCopy& copy) {
    auto [frame, page] = frames_.Find(index);
    Frame raw;
    if (!frame) {
        if (const int code = ReadRaw(index, raw); code != SQLITE_OK) return code;
        frame = raw.data();
        const std::uint8_t* record = frame + kFrameHeaderBytes;
        const auto header = codec_.OpenHeader(index, frame, record);
        if (!header || !codec_.OpenPage(header->page, record, out)) return SQLITE_IOERR_DATA;
        page = header->page;
    }
    std::copy_n(frame + kFrameHeaderBytes, kPageBytes - kLogPartBytes, out);
    std::fill_n(out + kPageBytes - kLogPartBytes, kLogPartBytes, std::uint8_t{0});
    copy.Give(page, out);
    return SQLITE_OK;
}

int SealedWal::Read(void* out, int size, sqlite3_int64 at) {
    if (const int code = Flush(); code != SQLITE_OK) return code;
    if (at < kHeader) return ReadFileHeader(out, size, at);
    const auto index = static_cast<std::uint64_t>((at - kHeader) / kFrame);
    const auto offset = static_cast<std::size_t>((at - kHeader) % kFrame);
    if (offset + static_cast<std::size_t>(size) > kFrameBytes) return SQLITE_IOERR_READ;
    const bool is_page = offset == kFrameHeaderBytes && size == static_cast<int>(kPageBytes);
    // Recovery ends where the judgement did: at a frame of zeros.
    if (recovered_end_ && index >= *recovered_end_) {
        std::fill_n(static_cast<std::uint8_t*>(out), size, std::uint8_t{0});
        return SQLITE_OK;
    }
    auto* target = static_cast<std::uint8_t*>(out);
    int code = SQLITE_OK;
    if (CheckpointCopy* copy = is_page ? CheckpointCopy::Current(secrets_) : nullptr) {
        code = CopyRecord(index, target, *copy);
    } else {
        OpenedFrame frame;
        code = ReadFrame(index, frame);
        if (code == SQLITE_OK) std::copy_n(frame.plain.data() + offset, size, target);
    }
    if (code == SQLITE_IOERR_DATA)
        secrets_.ReportDamage(
            fmt::format("frame {} of the write-ahead log is not authentic", index));
    return code;
}

template <typename Seal>
int SealedWal::WriteSealed(const PageCodec::Place& place, const std::uint8_t* header, Seal seal) {
    std::uint8_t* frame = nullptr;
    if (const int code = frames_.Place(place.frame, &frame); code != SQLITE_OK) return code;
    std::uint8_t* record = frame + kFrameHeaderBytes;
    if (!seal(record)) return SQLITE_IOERR_WRITE;
    codec_.SealHeader(place, header, record, frame);
    frames_.Add(place.frame, GetBig32(header));
    return SQLITE_OK;
}

// A frame at or before the last commit frame can only mean that this commit failed after it was
// written, and that its place is used anew: by the same number, so that what is left of it is never
// taken for a later transaction.
int SealedWal::TakeSequence(std::uint64_t index, std::uint64_t* sequence) {
    if (last_commit_ && index <= *last_commit_) {
        const std::uint64_t failed = secrets_.commit_sequence() - 1;
        if (const int code = secrets_.prefix().Withdraw(failed); code != SQLITE_OK) return code;
        secrets_.set_commit_sequence(failed);
        last_commit_.reset();
        unsynced_commit_.reset();
    }
    *sequence = secrets_.commit_sequence();
    // Another handle wrote: it may have used places of ours.
    if (*sequence != std::exchange(next_sequence_, *sequence)) frames_.Clear();
    return SQLITE_OK;
}

// The page of a frame: with the header that was held back for it, or alone when SQLite replaces a
// page that it spilled earlier in the same transaction.
int SealedWal::WritePage(std::uint64_t index, const std::uint8_t* page) {
    std::array<std::uint8_t, kFrameHeaderBytes> header{};
    std::uint64_t sequence = 0;
    const bool is_new = pending_ && pending_->index == index;
    if (is_new) {
        header = pending_->header;
        pending_.reset();
        if (const int code = TakeSequence(index, &sequence); code != SQLITE_OK) return code;
    } else {
        if (const int code = Flush(); code != SQLITE_OK) return code;
        OpenedFrame old;
        if (const int code = ReadFrame(index, old); code != SQLITE_OK) return code;
        std::copy_n(old.plain.begin(), kFrameHeaderBytes, header.begin());
        sequence = old.sequence;
    }
    const bool is_commit = is_new && GetBig32(&header[4]) != 0;
    const std::uint32_t number = GetBig32(header.data());
    if (number == 1 && !HasStoreGeometry(page)) return SQLITE_IOERR_WRITE;
    int code =
        WriteSealed({.frame = index, .counter = 0, .sequence = sequence}, header.data(),
                    [&](std::uint8_t* record) { return codec_.SealPage(number, page, record); });
    if (code != SQLITE_OK || !is_commit) return code;
    // Other handles read a transaction as soon as its last frame was written.
    if (code = frames_.Flush(); code != SQLITE_OK) return code;
    secrets_.set_commit_sequence(sequence + 1);
    next_sequence_ = sequence + 1;
    last_commit_ = index;
    unsynced_commit_ = sequence;
    return SQLITE_OK;
}

// A header alone: SQLite computes the checksums of a transaction anew after it replaced a page.
int SealedWal::FlushHeader() {
    if (!pending_) return SQLITE_OK;
    const Pending pending = *std::exchange(pending_, std::nullopt);
    if (const int code = frames_.Flush(); code != SQLITE_OK) return code;
    Frame raw;
    if (const int code = ReadRaw(pending.index, raw); code != SQLITE_OK) return code;
    const std::uint8_t* old_record = raw.data() + kFrameHeaderBytes;
    const auto old = codec_.OpenHeader(pending.index, raw.data(), old_record);
    if (!old) return SQLITE_IOERR_DATA;
    return WriteSealed(
        {.frame = pending.index, .counter = old->counter + 1, .sequence = old->commit_sequence},
        pending.header.data(), [&](std::uint8_t* record) {
            std::copy_n(old_record, kPageBytes, record);
            return true;
        });
}

int SealedWal::Flush() {
    if (const int code = FlushHeader(); code != SQLITE_OK) return code;
    return frames_.Flush();
}

int SealedWal::Sync(int flags) {
    int code = Flush();
    if (code == SQLITE_OK) code = base_.Sync(flags);
    // A commit whose sync fails is taken back by SQLite: no later sync may acknowledge it.
    const auto commit = std::exchange(unsynced_commit_, std::nullopt);
    if (code != SQLITE_OK || !commit) return code;
    return secrets_.prefix().Acknowledge(*commit);
}

int SealedWal::WriteFileHeader(const std::uint8_t* header) {
    if (const int code = Flush(); code != SQLITE_OK) return code;
    sqlite3_int64 size = 0;
    if (const int code = base_.Size(&size); code != SQLITE_OK) return code;
    PrefixFile::LogHeader announced{};
    std::copy_n(header, announced.size(), announced.begin());
    if (const int code = secrets_.prefix().Announce(announced, static_cast<std::uint64_t>(size));
        code != SQLITE_OK)
        return code;
    StoreSecrets::Log log{.salts = {}, .number = secrets_.prefix().log_number()};
    std::copy_n(header + kAtSalts, log.salts.size(), log.salts.begin());
    secrets_.SetLog(log);
    secrets_.set_commit_sequence(1);
    frames_.Clear();
    next_sequence_ = 1;
    last_commit_.reset();
    unsynced_commit_.reset();
    return base_.Write(header, static_cast<int>(kWalHeaderBytes), 0);
}

int SealedWal::Write(const void* data, int size, sqlite3_int64 at) {
    const auto* bytes = static_cast<const std::uint8_t*>(data);
    recovered_end_.reset();
    if (at < kHeader) {
        if (at != 0 || size != static_cast<int>(kWalHeaderBytes)) return SQLITE_IOERR_WRITE;
        return WriteFileHeader(bytes);
    }
    const auto index = static_cast<std::uint64_t>((at - kHeader) / kFrame);
    const sqlite3_int64 offset = (at - kHeader) % kFrame;
    if (offset == 0 && size == static_cast<int>(kFrameHeaderBytes)) {
        if (const int code = FlushHeader(); code != SQLITE_OK) return code;
        Pending pending;
        pending.index = index;
        std::copy_n(bytes, kFrameHeaderBytes, pending.header.begin());
        pending_ = pending;
        return SQLITE_OK;
    }
    if (offset == static_cast<sqlite3_int64>(kFrameHeaderBytes) &&
        size == static_cast<int>(kPageBytes))
        return WritePage(index, bytes);
    return SQLITE_IOERR_WRITE;
}

int SealedWal::Truncate(sqlite3_int64 size) {
    pending_.reset();
    frames_.Clear();
    last_commit_.reset();
    unsynced_commit_.reset();
    // The log is in the database by now; that it has gone must be known before it goes.
    if (size == 0)
        if (const int code = secrets_.prefix().Retire(); code != SQLITE_OK) return code;
    return base_.Truncate(size);
}

int SealedWal::Size(sqlite3_int64* size) {
    if (const int code = Flush(); code != SQLITE_OK) return code;
    if (const int code = Judge(); code != SQLITE_OK) return code;
    *size = 0;
    return secrets_.prefix().is_stale() ? SQLITE_OK : base_.Size(size);
}

}  // namespace kamili::storage
