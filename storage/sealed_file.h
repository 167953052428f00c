#pragma once

#include <sqlite3.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/page_codec.h"

namespace kamili::storage {

// The file below ours, with SQLite's own calls.
class BaseFile {
  public:
    explicit BaseFile(sqlite3_file* file) : file_(file) {}
    int Read(void* out, int size, sqlite3_int64 at) {
        return file_->pMethods->xRead(file_, out, size, at);
    }
    int Write(const void* data, int size, sqlite3_int64 at) {
        return file_->pMethods->xWrite(file_, data, size, at);
    }
    int Truncate(sqlite3_int64 size) { return file_->pMethods->xTruncate(file_, size); }
    int Size(sqlite3_int64* size) { return file_->pMethods->xFileSize(file_, size); }
    int Sync(int flags) { return file_->pMethods->xSync(file_, flags); }
    sqlite3_file* get() { return file_; }

  private:
    sqlite3_file* file_;
};

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
    int ReadPage(sqlite3_int64 index, std::uint8_t* out, bool probe);

    BaseFile base_;
    StoreSecrets& secrets_;
    PageCodec codec_;
};

// What SQLite sees of the WAL: its own header and plain frames; what lies below are sealed frames
// at the same places.
class SealedWal {
  public:
    SealedWal(sqlite3_file* base, StoreSecrets& secrets)
        : base_(base), secrets_(secrets), codec_(secrets) {}
    int Read(void* out, int size, sqlite3_int64 at);
    int Write(const void* data, int size, sqlite3_int64 at);
    int Truncate(sqlite3_int64 size);
    int Size(sqlite3_int64* size);
    // A held-back header is written before anything else may look at the file.
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
    int WriteFileHeader(const std::uint8_t* header);
    int WritePage(std::uint64_t index, const std::uint8_t* page);
    int WriteSealed(const PageCodec::Place& place, const std::uint8_t* header,
                    std::uint8_t* record);
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
    // Frames that recovery may see, until this handle writes.
    std::optional<std::uint64_t> recovered_end_;
    // Where this handle wrote its last commit frame in this generation.
    std::optional<std::uint64_t> last_commit_;
    // The transaction whose commit frame was written and not synced yet.
    std::optional<std::uint64_t> unsynced_commit_;
};

}  // namespace kamili::storage
