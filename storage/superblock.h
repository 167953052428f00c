#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "storage/cipher.h"
#include "storage/key_slots.h"

namespace kamili::storage {

// Sizes of the file (docs/store-format.md).
inline constexpr std::size_t kPrefixBytes = 65'536;
inline constexpr std::size_t kPageBytes = 4096;
inline constexpr std::size_t kReserveBytes = 64;
inline constexpr std::size_t kSuperblockBytes = 4096;
inline constexpr std::size_t kAnchorAt = 8192;
inline constexpr std::size_t kAnchorBytes = 512;
inline constexpr std::size_t kSlotsAt = 12'288;  // two copies of kSlotAreaBytes
inline constexpr std::size_t kWalHeaderBytes = 32;

// What the store's file says about its log: there is none; one was begun; one holds transactions
// that were acknowledged.
enum class LogState : std::uint8_t { kNone = 0, kAnnounced = 1, kLive = 2 };

// What the store's first pages say in the clear: which store it is, how it is sealed, which log
// belongs to it.
struct Superblock {
    std::array<std::uint8_t, 16> store_id{};
    std::array<std::uint8_t, 32> salt{};
    std::uint32_t epoch = 1;
    std::array<std::uint8_t, 60> wrapped_key{};
    std::uint64_t generation = 1;  // one more with each change
    LogState log_state = LogState::kNone;
    std::uint32_t log_number = 0;                            // one more with each log that is begun
    std::array<std::uint8_t, kWalHeaderBytes> log_header{};  // zero without a log
    std::uint64_t log_bytes = 0;  // of the log's file when this log was begun
};

// The keys of an open store.
struct StoreKeys {
    Superblock superblock;
    Secret master;
    Secret header;  // of the superblock's HMAC
    Secret anchor;  // of the anchor's HMAC
    Secret pages;   // of database and WAL pages
    Secret frames;  // of WAL frame headers
    Secret vault;   // of tokens, not derived from the data key
};

// A new store's keys and the prefix that holds them. The master key is random; `key` opens its
// first slot.
struct NewPrefix {
    StoreKeys keys;
    std::vector<std::uint8_t> bytes;  // kPrefixBytes
};
NewPrefix MakePrefix(const Secret& key, SlotKind kind, Random& random, UtcTime created = {});

// The prefix of a copy of the store: the same store and master key, `slots` as they are, another
// data key.
NewPrefix CopyPrefix(const StoreKeys& keys, const KeySlots& slots, Random& random);

// One copy, kSuperblockBytes.
std::vector<std::uint8_t> EncodeSuperblock(const Superblock& block, const Secret& header_key);
// Of the two copies at the beginning of `prefix` the newest authentic one, if there is any.
std::optional<Superblock> NewestSuperblock(Bytes prefix, const Secret& header_key);

// Is nothing of a prefix damaged: all copies whole and the rest zero? A store opens with less, but
// somebody should know.
bool IsPristine(Bytes prefix);

// Reads a prefix. `key` is the master key, or what opens a slot without deriving (a key file, a
// credential, the bytes of a recovery code). kNotAStore for something else, kStoreNewer for a later
// format, kStoreDamaged when both copies of a part are damaged, kKeyWrong when they are whole but
// `key` does not fit.
Result<StoreKeys> ReadPrefix(Bytes prefix, const Secret& key);
// The master key by a slot of `kind`. Slow for a passphrase. Errors as ReadPrefix.
Result<Secret> OpenPrefix(Bytes prefix, SlotKind kind, const Secret& secret);

}  // namespace kamili::storage
