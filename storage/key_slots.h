#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "storage/cipher.h"
#include "storage/passphrase.h"

namespace kamili::storage {

inline constexpr std::size_t kSlotsMax = 16;
inline constexpr std::size_t kSlotBytes = 512;
inline constexpr std::size_t kSlotAreaBytes = 16'384;
inline constexpr std::size_t kSlotLabelMax = 63;  // bytes

enum class SlotKind : std::uint8_t {
    kKeyFile = 1,
    kCredential = 2,
    kPassphrase = 3,
    kRecovery = 4,
    kKeyring = 5  // the desktop's, which may be locked or gone: never the only one
};

// "keyfile", "credential", "passphrase", "recovery", "keyring".
std::string_view Text(SlotKind kind);
std::optional<SlotKind> SlotKindFromText(std::string_view text);

// One way to the master key: what its owner knows or has wraps a copy of it.
struct KeySlot {
    SlotKind kind = SlotKind::kKeyFile;
    KdfCost cost;  // zeros unless a passphrase
    UtcTime created{};
    std::string label;  // UTF-8, kSlotLabelMax bytes
    std::array<std::uint8_t, 32> salt{};
    std::array<std::uint8_t, 60> wrapped{};     // nonce, master key, tag
    std::array<std::uint8_t, 32> commitment{};  // a key that fits this cannot open two slots
};

// The slots of one store (docs/store-format.md). A value; not thread-safe.
class KeySlots {
  public:
    using StoreId = std::array<std::uint8_t, 16>;

    explicit KeySlots(const StoreId& store_id) : store_id_(store_id) {}
    // Nothing when a byte of this copy is not as it was written.
    static std::optional<KeySlots> Decode(Bytes copy);
    std::vector<std::uint8_t> Encode(const Secret& master) const;
    // Was this table written by somebody who had the master key?
    bool IsSealedBy(const Secret& master) const;

    struct NewSlot {
        SlotKind kind = SlotKind::kKeyFile;
        const Secret& secret;
        std::string label = {};
        UtcTime created{};
        KdfCost cost = kDefaultKdfCost;  // of a passphrase
    };
    // The number of the new slot. kTooMany when all are taken, kInvalidArgument for a label that is
    // too long or costs out of bounds, kConflict for a second keyring.
    Result<int> Add(const Secret& master, const NewSlot& wanted, Random& random);
    // kNotFound for an empty slot, kConflict for the last one that is not a keyring's.
    Status Remove(int number);

    struct Match {
        int number = 0;
        Secret master;
    };
    // The first slot of `kind` that `secret` opens. Slow for a passphrase.
    std::optional<Match> Open(SlotKind kind, const Secret& secret) const;

    const StoreId& store_id() const { return store_id_; }
    std::uint64_t sequence() const { return sequence_; }
    void set_sequence(std::uint64_t sequence) { sequence_ = sequence; }
    const std::array<std::optional<KeySlot>, kSlotsMax>& slots() const { return slots_; }
    bool Has(SlotKind kind) const;

  private:
    std::optional<Secret> TryOpen(const KeySlot& slot, const Secret& secret) const;
    std::vector<std::uint8_t> EncodeUnsealed() const;

    StoreId store_id_{};
    std::uint64_t sequence_ = 1;
    std::array<std::optional<KeySlot>, kSlotsMax> slots_;
    std::array<std::uint8_t, 32> seal_{};  // as it was read
};

// Of the two copies in a prefix, newest first, those that are whole.
std::vector<KeySlots> ReadKeySlots(Bytes prefix);

}  // namespace kamili::storage
