#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "storage/cipher.h"
#include "storage/mapped_file.h"
#include "storage/prefix_file.h"
#include "storage/superblock.h"

namespace kamili::storage {

inline constexpr std::size_t kFrameHeaderBytes = 24;
inline constexpr std::size_t kFrameBytes = kFrameHeaderBytes + kPageBytes;

// What every open file of one store shares: its keys and the salts of the present WAL generation.
// Any thread.
class StoreSecrets {
  public:
    using Salts = std::array<std::uint8_t, 8>;

    StoreSecrets(StoreKeys keys, Random& random) : keys_(std::move(keys)), random_(random) {}
    const StoreKeys& keys() const { return keys_; }
    // The log whose frames are sealed and opened. Its number tells it from one with the same salts
    // whose first transaction failed.
    struct Log {
        Salts salts{};
        std::uint32_t number = 0;
    };
    void SetLog(const Log& log);
    Log log() const;
    void FillRandom(MutableBytes out);
    // The number of the transaction whose frames are being written, from 1 in each generation of
    // the log; grows with each commit frame.
    std::uint64_t commit_sequence() const;
    void set_commit_sequence(std::uint64_t sequence);
    // Damage that was met; the text names file and place for the log.
    void ReportDamage(const std::string& what);
    std::optional<std::string> damage() const;
    // What was found while the store was opened and does not keep it from being opened, once.
    void Tell(std::string what);
    std::vector<std::string> TakeTold();
    // The parts of the file's prefix that change.
    PrefixFile& prefix() { return prefix_; }
    // The database's file; nothing when it is not mapped. Set before the first connection.
    const MappedFile* mapped() const { return mapped_.get(); }
    void set_mapped(std::unique_ptr<MappedFile> file) { mapped_ = std::move(file); }

  private:
    const StoreKeys keys_;
    PrefixFile prefix_{keys_};
    std::unique_ptr<MappedFile> mapped_;
    mutable std::mutex mutex_;
    Random& random_;                     // guarded by mutex_
    Log log_;                            // guarded by mutex_
    std::uint64_t sequence_ = 1;         // guarded by mutex_
    std::optional<std::string> damage_;  // guarded by mutex_
    std::vector<std::string> told_;      // guarded by mutex_
};

// Seals and opens pages and WAL frame headers (docs/store-format.md). One for each open file; not
// thread-safe.
class PageCodec {
  public:
    explicit PageCodec(StoreSecrets& secrets);

    // `page` is kPageBytes of plain text whose reserved bytes are zero; `out` gets the record, the
    // same one in the database and, until SealHeader adds its part, in the log.
    // False when they are not: SQLite never does that, and the WAL's checksums would not fit.
    bool SealPage(std::uint64_t number, const std::uint8_t* page, std::uint8_t* out);
    // The inverse; false when the record is not authentic at this number. `out` may be `record`.
    bool OpenPage(std::uint64_t number, const std::uint8_t* record, std::uint8_t* out);

    // A frame: `header` (24 plain bytes as SQLite writes them) and a sealed page record. Writes the
    // sealed header to `out_header` and its tag into the record's trailer. `counter` is 0 for a
    // fresh record and one more for each later header of the same record; `sequence` is the number
    // of its transaction.
    struct Place {
        std::uint64_t frame = 0;
        std::uint32_t counter = 0;
        std::uint64_t sequence = 0;
    };
    void SealHeader(const Place& place, const std::uint8_t* header, std::uint8_t* record,
                    std::uint8_t* out_header);
    struct Header {
        std::array<std::uint8_t, kFrameHeaderBytes> plain{};  // with SQLite's salts in place
        std::uint32_t page = 0;
        bool is_commit = false;
        std::uint64_t commit_sequence = 0;
        std::uint32_t counter = 0;
    };
    // Nothing when the header does not belong to this frame, record and generation.
    std::optional<Header> OpenHeader(std::uint64_t frame, const std::uint8_t* header,
                                     const std::uint8_t* record);

  private:
    void RenewSession();
    void PutFreshNonce(std::uint8_t* out);

    StoreSecrets& secrets_;
    Xaes pages_;
    Xaes frames_;
    std::array<std::uint8_t, kNonceBytes> session_{};
    std::uint32_t sealed_ = 0;  // pages under this session
    // Random bytes for the next nonces: a call to the kernel for each would be a quarter of
    // the price of sealing a page.
    std::array<std::uint8_t, 32 * kNonceBytes> drawn_{};
    std::size_t drawn_left_ = 0;
};

// The parts of a page record's trailer that others than the codec must know.
inline constexpr std::size_t kRecordTagAt = kPageBytes - kReserveBytes + 24;
// What only the log uses of a record; zero in the database.
inline constexpr std::size_t kLogPartBytes = 20;

}  // namespace kamili::storage
