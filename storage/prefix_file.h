#pragma once

#include <sqlite3.h>

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "storage/superblock.h"

namespace kamili::storage {

// The parts of an open store's prefix that change: which log belongs to it, how far that log was
// acknowledged (the anchor), and the key slots. Written through the database's own descriptor,
// since closing another one would drop its locks. Results are SQLite's codes. Any thread.
class PrefixFile {
  public:
    using LogHeader = std::array<std::uint8_t, kWalHeaderBytes>;

    explicit PrefixFile(const StoreKeys& keys)
        : keys_(keys), anchor_mac_(keys.anchor), block_(keys.superblock) {}

    // The file below an open database; the first one that comes is used until it goes.
    void Attach(sqlite3_file* file);
    void Detach(sqlite3_file* file);

    // What the file says now, read under SQLite's lock: another process may have had the store
    // between the reading of its keys and this.
    int Load();
    LogState log_state() const;
    LogHeader log_header() const;
    std::uint32_t log_number() const;
    // Bytes at the end of the log's file that may be of an earlier log begin before here.
    std::uint64_t log_bytes() const;
    // The last transaction that this log is known to hold; nothing when the anchor is of another
    // log or not whole.
    std::optional<std::uint64_t> anchor() const;
    bool anchor_damaged() const;
    // Has somebody looked at the log since the store was opened, and is what lies in its file no
    // log of this store's present state (then it is taken for empty until a new one is begun)?
    bool is_judged() const;
    bool is_stale() const;
    void SetJudged(bool is_stale);

    // Before a log's header is written. `bytes` is the size of its file now.
    int Announce(const LogHeader& header, std::uint64_t bytes);
    // After transaction `number` of the log was synced, and before anybody is told.
    int Acknowledge(std::uint64_t number);
    // Before a transaction's place is used again that was synced but not told to anybody.
    int Withdraw(std::uint64_t number);
    // Before a log that has been moved into the database is cut or deleted.
    int Retire();

    // The newest whole table of slots.
    Result<KeySlots> ReadSlots();
    // Writes `slots` with the next sequence number, one copy after the other.
    Status WriteSlots(KeySlots slots);

  private:
    int ReadLocked(std::uint8_t* out, std::size_t size, std::size_t at);
    int WriteLocked(Bytes bytes, std::size_t at);
    int SyncLocked();
    // Both copies, each synced before the next is touched: one is whole at any time.
    int WriteBlockLocked(Superblock block);
    int WriteAnchorLocked(std::uint64_t number);
    std::array<std::uint8_t, 48> EncodeAnchorLocked(std::uint64_t number);

    const StoreKeys& keys_;
    mutable std::mutex mutex_;
    Hmac anchor_mac_;               // guarded by mutex_
    sqlite3_file* file_ = nullptr;  // guarded by mutex_
    Superblock block_;              // guarded by mutex_
    // A write of it failed: the file may say something else.
    bool block_unsure_ = false;            // guarded by mutex_
    std::optional<std::uint64_t> anchor_;  // guarded by mutex_
    bool anchor_damaged_ = false;          // guarded by mutex_
    bool is_judged_ = false;               // guarded by mutex_
    bool is_stale_ = false;                // guarded by mutex_
};

}  // namespace kamili::storage
