#include "storage/key_slots.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/encoding.h"
#include "storage/little_endian.h"
#include "storage/superblock.h"

namespace kamili::storage {
namespace {

constexpr std::uint8_t kMagic[8] = {'K', 'A', 'M', 'I', 'L', 'I', 'K', '1'};

// The head of the area, and where the slots begin.
constexpr std::size_t kAtSequence = 8;
constexpr std::size_t kAtStoreId = 16;
constexpr std::size_t kAtMac = 32;
constexpr std::size_t kAtChecksum = 64;  // SHA-256 of all else: damage without a key
constexpr std::size_t kAtSlots = 512;
constexpr std::size_t kUsed = kAtSlots + kSlotsMax * kSlotBytes;
static_assert(kUsed <= kSlotAreaBytes);

// A slot.
constexpr std::size_t kAtCost = 4;  // passes, KiB, lanes
constexpr std::size_t kAtCreated = 16;
constexpr std::size_t kAtSalt = 24;
constexpr std::size_t kAtWrapped = 56;
constexpr std::size_t kAtCommitment = 116;
constexpr std::size_t kAtLabel = 148;  // length, then text

void EncodeSlot(const KeySlot& slot, std::uint8_t* at) {
    at[0] = static_cast<std::uint8_t>(slot.kind);
    PutLittle(at + kAtCost, slot.cost.passes, 4);
    PutLittle(at + kAtCost + 4, slot.cost.memory_kib, 4);
    PutLittle(at + kAtCost + 8, slot.cost.lanes, 4);
    PutLittle(at + kAtCreated, static_cast<std::uint64_t>(slot.created.time_since_epoch().count()),
              8);
    std::copy(slot.salt.begin(), slot.salt.end(), at + kAtSalt);
    std::copy(slot.wrapped.begin(), slot.wrapped.end(), at + kAtWrapped);
    std::copy(slot.commitment.begin(), slot.commitment.end(), at + kAtCommitment);
    at[kAtLabel] = static_cast<std::uint8_t>(slot.label.size());
    std::copy(slot.label.begin(), slot.label.end(), at + kAtLabel + 1);
}

KeySlot DecodeSlot(Bytes bytes) {
    const std::uint8_t* at = bytes.data();
    KeySlot slot;
    slot.kind = static_cast<SlotKind>(at[0]);
    slot.cost = {.passes = static_cast<std::uint32_t>(GetLittle(at + kAtCost, 4)),
                 .memory_kib = static_cast<std::uint32_t>(GetLittle(at + kAtCost + 4, 4)),
                 .lanes = static_cast<std::uint32_t>(GetLittle(at + kAtCost + 8, 4))};
    slot.created = UtcTime(
        std::chrono::milliseconds(static_cast<std::int64_t>(GetLittle(at + kAtCreated, 8))));
    std::copy_n(at + kAtSalt, slot.salt.size(), slot.salt.begin());
    std::copy_n(at + kAtWrapped, slot.wrapped.size(), slot.wrapped.begin());
    std::copy_n(at + kAtCommitment, slot.commitment.size(), slot.commitment.begin());
    const std::size_t length = std::min<std::size_t>(at[kAtLabel], kSlotLabelMax);
    slot.label.assign(reinterpret_cast<const char*>(at + kAtLabel + 1), length);
    return slot;
}

// The bytes that the checksum and the HMAC are about: everything but the two.
std::vector<std::uint8_t> Covered(Bytes area) {
    std::vector<std::uint8_t> out(area.begin(), area.begin() + kAtMac);
    out.insert(out.end(), area.begin() + kAtSlots, area.begin() + kUsed);
    return out;
}

std::array<std::uint8_t, 32> ChecksumOf(Bytes area) {
    std::vector<std::uint8_t> covered = Covered(area);
    covered.insert(covered.end(), area.begin() + kAtMac, area.begin() + kAtChecksum);
    return Sha256(covered);
}

std::array<std::uint8_t, 32> SealOf(Bytes area, const Secret& master) {
    const Bytes id = area.subspan(kAtStoreId, 16);
    return HmacSha256(DeriveKey(master, id, "kamili slots ", id), Covered(area));
}

// What a slot is wrapped under, and what tells that it is the right one.
struct SlotKeys {
    Secret wrap;
    Secret commit;
};

Result<SlotKeys> KeysFor(const KeySlot& slot, const KeySlots::StoreId& store,
                         const Secret& secret) {
    const auto keys = [&](const Secret& from) {
        return SlotKeys{.wrap = DeriveKey(from, slot.salt, "kamili slot wrap ", store),
                        .commit = DeriveKey(from, slot.salt, "kamili slot commit ", store)};
    };
    if (slot.kind != SlotKind::kPassphrase) return keys(secret);
    auto derived = DeriveFromPassphrase(secret, slot.salt, slot.cost);
    if (!derived) return std::move(derived).error();
    return keys(*derived);
}

std::string AadFor(const KeySlot& slot, const KeySlots::StoreId& store) {
    return fmt::format("kamili slot {} {}", static_cast<int>(slot.kind), Hex(store));
}

Status CheckWanted(const KeySlots::NewSlot& wanted) {
    if (wanted.label.size() > kSlotLabelMax || !IsUtf8(wanted.label))
        return Error{.kind = ErrorKind::kInvalidArgument,
                     .message = fmt::format("a label has {} bytes at most", kSlotLabelMax)};
    if (wanted.kind == SlotKind::kPassphrase && !IsAllowed(wanted.cost))
        return Error{.kind = ErrorKind::kInvalidArgument,
                     .message = "the costs of a passphrase are out of bounds"};
    return {};
}

}  // namespace

std::string_view Text(SlotKind kind) {
    switch (kind) {
        case SlotKind::kKeyFile:
            return "keyfile";
        case SlotKind::kCredential:
            return "credential";
        case SlotKind::kPassphrase:
            return "passphrase";
        case SlotKind::kRecovery:
            return "recovery";
        case SlotKind::kKeyring:
            return "keyring";
    }
    return "unknown";
}

std::optional<SlotKind> SlotKindFromText(std::string_view text) {
    for (const SlotKind kind : {SlotKind::kKeyFile, SlotKind::kCredential, SlotKind::kPassphrase,
                                SlotKind::kRecovery, SlotKind::kKeyring})
        if (Text(kind) == text) return kind;
    return std::nullopt;
}

std::optional<KeySlots> KeySlots::Decode(Bytes copy) {
    if (copy.size() < kSlotAreaBytes ||
        !std::equal(std::begin(kMagic), std::end(kMagic), copy.begin()) ||
        !SameBytes(ChecksumOf(copy), copy.subspan(kAtChecksum, 32)) ||
        !IsZero(copy.subspan(kAtChecksum + 32, kAtSlots - kAtChecksum - 32)) ||
        !IsZero(copy.first(kSlotAreaBytes).subspan(kUsed)))
        return std::nullopt;
    StoreId id{};
    std::copy_n(&copy[kAtStoreId], id.size(), id.begin());
    KeySlots out(id);
    out.sequence_ = GetLittle(&copy[kAtSequence], 8);
    std::copy_n(&copy[kAtMac], out.seal_.size(), out.seal_.begin());
    for (std::size_t i = 0; i < kSlotsMax; ++i) {
        const Bytes slot = copy.subspan(kAtSlots + i * kSlotBytes, kSlotBytes);
        if (slot[0] != 0) out.slots_[i] = DecodeSlot(slot);
    }
    return out;
}

std::vector<std::uint8_t> KeySlots::EncodeUnsealed() const {
    std::vector<std::uint8_t> area(kSlotAreaBytes, 0);
    std::copy(std::begin(kMagic), std::end(kMagic), area.begin());
    PutLittle(&area[kAtSequence], sequence_, 8);
    std::copy(store_id_.begin(), store_id_.end(), &area[kAtStoreId]);
    for (std::size_t i = 0; i < kSlotsMax; ++i)
        if (slots_[i]) EncodeSlot(*slots_[i], &area[kAtSlots + i * kSlotBytes]);
    return area;
}

std::vector<std::uint8_t> KeySlots::Encode(const Secret& master) const {
    std::vector<std::uint8_t> area = EncodeUnsealed();
    const auto seal = SealOf(area, master);
    std::copy(seal.begin(), seal.end(), &area[kAtMac]);
    const auto checksum = ChecksumOf(area);
    std::copy(checksum.begin(), checksum.end(), &area[kAtChecksum]);
    return area;
}

bool KeySlots::IsSealedBy(const Secret& master) const {
    return SameBytes(SealOf(EncodeUnsealed(), master), seal_);
}

Result<int> KeySlots::Add(const Secret& master, const NewSlot& wanted, Random& random) {
    if (auto good = CheckWanted(wanted); !good) return std::move(good).error();
    if (wanted.kind == SlotKind::kKeyring && Has(SlotKind::kKeyring))
        return Error{.kind = ErrorKind::kConflict,
                     .message = "there is a key slot for the keyring already",
                     .hint = "remove it first: kamilictl key slot list"};
    const auto free = std::find(slots_.begin(), slots_.end(), std::nullopt);
    if (free == slots_.end())
        return Error{.kind = ErrorKind::kTooMany,
                     .message = fmt::format("all {} key slots are taken", kSlotsMax),
                     .hint = "remove one first: kamilictl key slot list"};
    KeySlot slot;
    slot.kind = wanted.kind;
    if (slot.kind == SlotKind::kPassphrase) slot.cost = wanted.cost;
    slot.created = wanted.created;
    slot.label = wanted.label;
    random.Fill(slot.salt);
    std::array<std::uint8_t, kNonceBytes> nonce{};
    random.Fill(nonce);
    auto keys = KeysFor(slot, store_id_, wanted.secret);
    if (!keys) return std::move(keys).error();
    SealSmall(keys->wrap, nonce, AsBytes(AadFor(slot, store_id_)), master.bytes(),
              slot.wrapped.data());
    std::copy_n(keys->commit.bytes().begin(), slot.commitment.size(), slot.commitment.begin());
    *free = std::move(slot);
    return static_cast<int>(free - slots_.begin());
}

Status KeySlots::Remove(int number) {
    const auto index = static_cast<std::size_t>(number);
    if (number < 0 || index >= kSlotsMax || !slots_[index])
        return Error{.kind = ErrorKind::kNotFound,
                     .message = fmt::format("there is no key slot {}", number),
                     .hint = "kamilictl key slot list"};
    const auto lasting = std::count_if(slots_.begin(), slots_.end(), [](const auto& slot) {
        return slot && slot->kind != SlotKind::kKeyring;
    });
    if (lasting == 1 && slots_[index]->kind != SlotKind::kKeyring)
        return Error{.kind = ErrorKind::kConflict,
                     .message = Has(SlotKind::kKeyring)
                                    ? "the last key slot beside the keyring's stays: a keyring can "
                                      "be lost without the store"
                                    : "the last key slot stays: nothing would open the store again",
                     .hint = "add another one first: kamilictl key slot add"};
    slots_[index].reset();
    return {};
}

std::optional<Secret> KeySlots::TryOpen(const KeySlot& slot, const Secret& secret) const {
    // A changed table could ask for all memory there is.
    if (slot.kind == SlotKind::kPassphrase && !IsAllowed(slot.cost)) return std::nullopt;
    const auto keys = KeysFor(slot, store_id_, secret);
    if (!keys || !SameBytes(keys->commit.bytes(), slot.commitment)) return std::nullopt;
    auto opened = OpenSmall(keys->wrap, AsBytes(AadFor(slot, store_id_)), slot.wrapped);
    if (!opened.good) return std::nullopt;
    return std::move(opened.plain);
}

std::optional<KeySlots::Match> KeySlots::Open(SlotKind kind, const Secret& secret) const {
    for (std::size_t i = 0; i < kSlotsMax; ++i) {
        if (!slots_[i] || slots_[i]->kind != kind) continue;
        if (auto master = TryOpen(*slots_[i], secret))
            return Match{.number = static_cast<int>(i), .master = std::move(*master)};
    }
    return std::nullopt;
}

bool KeySlots::Has(SlotKind kind) const {
    return std::any_of(slots_.begin(), slots_.end(),
                       [&](const auto& slot) { return slot && slot->kind == kind; });
}

std::vector<KeySlots> ReadKeySlots(Bytes prefix) {
    std::vector<KeySlots> found;
    for (const std::size_t at : {kSlotsAt, kSlotsAt + kSlotAreaBytes}) {
        if (prefix.size() < at + kSlotAreaBytes) continue;
        if (auto slots = KeySlots::Decode(prefix.subspan(at, kSlotAreaBytes)))
            found.push_back(std::move(*slots));
    }
    if (found.size() == 2 && found[1].sequence() > found[0].sequence())
        std::swap(found[0], found[1]);
    return found;
}

}  // namespace kamili::storage
