#include <fmt/format.h>

#include <algorithm>

#include "storage/sealed_file.h"

// SQLite takes the first frame that is not as it should be for the end of the log, and a header
// that does not add up for an empty one. Here that is judged against what the database's prefix
// says was acknowledged (docs/store-format.md, "What a bad frame means").

namespace kamili::storage {
namespace {

constexpr std::size_t kAtSalts = 16;  // in the WAL's header

}  // namespace

int SealedWal::Damaged(const std::string& what) {
    secrets_.ReportDamage(what);
    return SQLITE_IOERR_DATA;
}

int SealedWal::CountFrames(std::uint64_t* count) {
    sqlite3_int64 size = 0;
    if (const int code = base_.Size(&size); code != SQLITE_OK) return code;
    const auto bytes = static_cast<std::uint64_t>(size);
    *count = bytes <= kWalHeaderBytes ? 0 : (bytes - kWalHeaderBytes) / kFrameBytes;
    return SQLITE_OK;
}

int SealedWal::Judge() {
    PrefixFile& prefix = secrets_.prefix();
    if (prefix.is_judged()) return SQLITE_OK;
    if (const int code = prefix.Load(); code != SQLITE_OK)
        return code == SQLITE_IOERR_DATA ? Damaged("its header changed") : code;
    if (prefix.anchor_damaged()) secrets_.Tell("the mark of the last transaction is damaged");
    bool is_stale = false;
    if (const int code = JudgeHeader(&is_stale); code != SQLITE_OK) return code;
    if (!is_stale)
        if (const int code = JudgeFrames(); code != SQLITE_OK) return code;
    prefix.SetJudged(is_stale);
    return SQLITE_OK;
}

// The log's header is announced before it is written, and synced before the first transaction is.
int SealedWal::JudgeHeader(bool* is_stale) {
    PrefixFile& prefix = secrets_.prefix();
    const auto expected = prefix.log_header();
    PrefixFile::LogHeader found{};
    const int code = base_.Read(found.data(), static_cast<int>(found.size()), 0);
    if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) return code;
    const bool fits = code == SQLITE_OK && found == expected;
    switch (prefix.log_state()) {
        case LogState::kNone:
            *is_stale = true;
            if (code == SQLITE_OK) secrets_.Tell("a log that is not in use any more is ignored");
            return SQLITE_OK;
        case LogState::kAnnounced:
            *is_stale = !fits;
            break;
        case LogState::kLive:
            if (!fits) return Damaged("the write-ahead log is missing or not the right one");
            break;
    }
    StoreSecrets::Log log{.salts = {}, .number = prefix.log_number()};
    std::copy_n(expected.begin() + kAtSalts, log.salts.size(), log.salts.begin());
    secrets_.SetLog(log);
    return SQLITE_OK;
}

int SealedWal::WalkFrames(Walk& walk) {
    if (const int code = CountFrames(&walk.frames); code != SQLITE_OK) return code;
    for (OpenedFrame frame; walk.good < walk.frames; ++walk.good) {
        const int code = ReadFrame(walk.good, frame);
        if (code != SQLITE_OK && code != SQLITE_IOERR_DATA) return code;
        // What a failed or torn transaction left behind shorter ones is authentic, but of their
        // past.
        if (code == SQLITE_IOERR_DATA || frame.sequence != walk.sequence + 1) return SQLITE_OK;
        if (!frame.is_commit) continue;
        walk.sequence = frame.sequence;
        walk.kept = walk.good + 1;
    }
    return SQLITE_OK;
}

// Commits are synced one after the other, so a power cut can only harm frames of the one that was
// not acknowledged yet: an authentic frame of a later one behind a bad one proves damage. Counts
// what belonged to the transaction that never was whole.
int SealedWal::LookBehind(const Walk& walk, std::uint64_t* dropped) {
    const std::uint64_t torn = walk.sequence + 1;
    const std::uint64_t older = secrets_.prefix().log_bytes();
    Frame raw{};
    for (std::uint64_t i = walk.kept; i < walk.frames; ++i) {
        if (const int code = ReadRaw(i, raw); code != SQLITE_OK) return code;
        const auto header = codec_.OpenHeader(i, raw.data(), raw.data() + kFrameHeaderBytes);
        if (header && header->commit_sequence > torn)
            return Damaged(fmt::format(
                "frame {} of the write-ahead log is not authentic, but later transactions are",
                walk.good));
        const bool is_new = kWalHeaderBytes + (i + 1) * kFrameBytes > older;
        if (header ? header->commit_sequence == torn : is_new) *dropped = i + 1 - walk.kept;
    }
    return SQLITE_OK;
}

int SealedWal::JudgeFrames() {
    Walk walk;
    if (const int code = WalkFrames(walk); code != SQLITE_OK) return code;
    std::uint64_t dropped = 0;
    if (const int code = LookBehind(walk, &dropped); code != SQLITE_OK) return code;
    const bool is_live = secrets_.prefix().log_state() == LogState::kLive;
    const std::uint64_t least =
        std::max<std::uint64_t>(is_live ? 1 : 0, secrets_.prefix().anchor().value_or(0));
    if (walk.sequence < least)
        return Damaged(
            fmt::format("the write-ahead log ends after transaction {}, but {} were stored",
                        walk.sequence, least));
    if (dropped > 0)
        secrets_.Tell(fmt::format("{} frames of an unfinished transaction are dropped", dropped));
    secrets_.set_commit_sequence(walk.sequence + 1);
    recovered_end_ = walk.good;
    return SQLITE_OK;
}

}  // namespace kamili::storage
