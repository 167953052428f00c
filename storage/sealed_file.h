#pragma once

#include <sqlite3.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/base_file.h"
#include "storage/checkpoint_copy.h"
#include "storage/page_codec.h"
#include "storage/written_frames.h"

namespace kamili::storage {

// Is a plain page 1 of a store? Anything else must never be written: SQLite copies its own there.
bool HasStoreGeometry(const std::uint8_t* page_one);

// What SQLite sees of the database file: plain pages; what lies below is a prefix and sealed ones.
class SealedDatabase {
  public:
    SealedDatabase(sqlite3_file* base, StoreSecrets& secrets)
        : base_(base), secrets_(secrets), codec_(secrets) {}
    int Read(void* out, int size, sqlite3_int64 at);
    int Write(const void* data, int size, sqlite3_int64 at);
    int Truncate(sqlite3_int64 size);
    int Size(sqlite3_int64* size);

  private:
    int ReadRecord(sqlite3_int64 index, std::uint8_t* out);
    int ReadPage(sqlite3_int64 index, std::uint8_t* out, bool probe);

    BaseFile base_;
    StoreSecrets& secrets_;
    PageCodec codec_;
    sqlite3_int64 file_bytes_ = 0;  // of the file below, when it was last looked at
};

// What SQLite sees of the WAL: its own header and plain frames; what lies below are sealed frames
// at the same places.
class SealedWal {
  public:
    SealedWal(sqlite3_file* base, StoreSecrets& secrets)
        : base_(base), secrets_(secrets), codec_(secrets), frames_(base_) {}
    SealedWal(const SealedWal&) = delete;
    SealedWal& operator=(const SealedWal&) = delete;
    int Read(void* out, int size, sqlite3_int64 at);
    int Write(const void* data, int size, sqlite3_int64 at);
    int Truncate(sqlite3_int64 size);
    int Size(sqlite3_int64* size);
    // What is held back is written before anything else may look at the file.
    int Flush();
    // What is synced is acknowledged in the database's prefix before SQLite learns of it.
    int Sync(int flags);

  private:
    using Frame = std::array<std::uint8_t, kFrameBytes>;
    struct OpenedFrame {
        Frame plain{};
        std::uint64_t sequence = 0;
        bool is_commit = false;
    };
    int ReadFileHeader(void* out, int size, sqlite3_int64 at);
    int ReadFrame(std::uint64_t index, OpenedFrame& out);
    int ReadRaw(std::uint64_t index, Frame& raw);
    int CopyRecord(std::uint64_t index, std::uint8_t* out, CheckpointCopy& copy);
    int FlushHeader();
    int WriteFileHeader(const std::uint8_t* header);
    int WritePage(std::uint64_t index, const std::uint8_t* page);
    // `seal` fills the record's place.
    template <typename Seal>
    int WriteSealed(const PageCodec::Place& place, const std::uint8_t* header, Seal seal);
    int TakeSequence(std::uint64_t index, std::uint64_t* sequence);

    // sealed_wal_judge.cc: is what lies in the file the log as it was acknowledged, its end as a
    // power cut may leave it, or damage? Once, before SQLite recovers.
    struct Walk {
        std::uint64_t frames = 0;    // in the file
        std::uint64_t good = 0;      // frames before the first that is not as expected
        std::uint64_t kept = 0;      // frames up to the last commit
        std::uint64_t sequence = 0;  // of the last commit
    };
    int Judge();
    int JudgeHeader(bool* is_stale);
    int JudgeFrames();
    int WalkFrames(Walk& walk);
    int LookBehind(const Walk& walk, std::uint64_t* dropped);
    int Damaged(const std::string& what);
    int CountFrames(std::uint64_t* count);

    BaseFile base_;
    StoreSecrets& secrets_;
    PageCodec codec_;
    // A frame header that waits for its page.
    struct Pending {
        std::uint64_t index = 0;
        std::array<std::uint8_t, kFrameHeaderBytes> header{};
    };
    std::optional<Pending> pending_;
    WrittenFrames frames_;
    // The transaction that this handle writes next, if no other one wrote in between.
    std::uint64_t next_sequence_ = 0;
    // Frames that recovery may see, until this handle writes.
    std::optional<std::uint64_t> recovered_end_;
    // Where this handle wrote its last commit frame in this generation.
    std::optional<std::uint64_t> last_commit_;
    // The transaction whose commit frame was written and not synced yet.
    std::optional<std::uint64_t> unsynced_commit_;
};

}  // namespace kamili::storage
