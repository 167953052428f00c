#include "storage/superblock.h"

#include <algorithm>
#include <cstring>

#include "storage/little_endian.h"

namespace kamili::storage {
namespace {

constexpr std::uint8_t kMagic[8] = {'K', 'A', 'M', 'I', 'L', 'I', 'S', '1'};
constexpr std::uint16_t kFormat = 1;

// Offsets within a superblock; docs/store-format.md has the table.
constexpr std::size_t kAtFormat = 8;
constexpr std::size_t kAtReader = 10;
constexpr std::size_t kAtSuite = 12;
constexpr std::size_t kAtPageSize = 16;
constexpr std::size_t kAtReserve = 20;
constexpr std::size_t kAtStoreId = 24;
constexpr std::size_t kAtSalt = 40;
constexpr std::size_t kAtEpoch = 72;
constexpr std::size_t kAtDataKey = 76;  // nonce 12, key 32, tag 16
constexpr std::size_t kAtGeneration = 136;
constexpr std::size_t kAtLogState = 144;
constexpr std::size_t kAtLogNumber = 148;
constexpr std::size_t kAtLogHeader = 152;
constexpr std::size_t kAtLogBytes = 184;
constexpr std::size_t kAtMac = 192;
constexpr std::size_t kAtChecksum = 224;  // SHA-256 of all before: damage without a key
constexpr std::size_t kUsed = 256;

Secret For(const Secret& key, const Superblock& block, std::string_view purpose) {
    return DeriveKey(key, block.salt, purpose, block.store_id);
}

StoreKeys KeysOf(const Secret& master, const Secret& data_key, const Superblock& block) {
    StoreKeys keys;
    keys.superblock = block;
    keys.master = master.Copy();
    keys.header = For(master, block, "kamili superblock ");
    keys.anchor = For(master, block, "kamili anchor ");
    keys.pages = For(data_key, block, "kamili pages ");
    keys.frames = For(data_key, block, "kamili frames ");
    keys.vault = For(master, block, "kamili vault ");
    return keys;
}

bool HasMagic(Bytes block) {
    return std::equal(std::begin(kMagic), std::end(kMagic), block.begin());
}

bool IsNewer(Bytes block) {
    return GetLittle(&block[kAtReader], 2) > kFormat || GetLittle(&block[kAtSuite], 2) != 1;
}

// The checksum has its place in every format; what follows it is a later format's own affair.
bool IsWhole(Bytes block) {
    if (!HasMagic(block)) return false;
    const auto checksum = Sha256(block.first(kAtChecksum));
    if (!SameBytes(checksum, block.subspan(kAtChecksum, 32))) return false;
    return IsNewer(block) || IsZero(block.subspan(kUsed));
}

bool IsSealedBy(Bytes block, const Secret& header_key) {
    return SameBytes(HmacSha256(header_key, block.first(kAtMac)), block.subspan(kAtMac, 32));
}

Error Damaged(const char* what) {
    return {.kind = ErrorKind::kStoreDamaged,
            .message = what,
            .hint = "set the store aside and pull again, or restore a backup"};
}

Error Newer() {
    return {.kind = ErrorKind::kStoreNewer,
            .message = "the store was made by a later version of Kamili",
            .hint = "install that version; nothing was changed"};
}

Error WrongKey() {
    return {.kind = ErrorKind::kKeyWrong,
            .message = "the key does not open this store",
            .hint = "bring back the key file or credential that belongs to it"};
}

// Everything of the block that stays the same for a store's whole life.
void EncodeFixed(const Superblock& block, std::uint8_t* at) {
    std::copy(std::begin(kMagic), std::end(kMagic), at);
    PutLittle(at + kAtFormat, kFormat, 2);
    PutLittle(at + kAtReader, kFormat, 2);
    PutLittle(at + kAtSuite, 1, 2);
    PutLittle(at + kAtPageSize, kPageBytes, 4);
    at[kAtReserve] = kReserveBytes;
    std::copy(block.store_id.begin(), block.store_id.end(), at + kAtStoreId);
    std::copy(block.salt.begin(), block.salt.end(), at + kAtSalt);
    PutLittle(at + kAtEpoch, block.epoch, 4);
}

Superblock Decode(Bytes bytes) {
    Superblock block;
    std::copy_n(&bytes[kAtStoreId], block.store_id.size(), block.store_id.begin());
    std::copy_n(&bytes[kAtSalt], block.salt.size(), block.salt.begin());
    block.epoch = static_cast<std::uint32_t>(GetLittle(&bytes[kAtEpoch], 4));
    std::copy_n(&bytes[kAtDataKey], block.wrapped_key.size(), block.wrapped_key.begin());
    block.generation = GetLittle(&bytes[kAtGeneration], 8);
    block.log_state = static_cast<LogState>(bytes[kAtLogState]);
    block.log_number = static_cast<std::uint32_t>(GetLittle(&bytes[kAtLogNumber], 4));
    std::copy_n(&bytes[kAtLogHeader], block.log_header.size(), block.log_header.begin());
    block.log_bytes = GetLittle(&bytes[kAtLogBytes], 8);
    return block;
}

// The copies of the superblock whose bytes add up; the magic must be in one of them.
Result<std::vector<Bytes>> WholeBlocks(Bytes prefix) {
    std::vector<Bytes> whole;
    bool has_magic = false;
    for (const std::size_t at : {std::size_t{0}, kSuperblockBytes}) {
        if (prefix.size() < at + kSuperblockBytes) continue;
        const Bytes block = prefix.subspan(at, kSuperblockBytes);
        has_magic = has_magic || HasMagic(block);
        if (IsWhole(block)) whole.push_back(block);
    }
    if (!has_magic)
        return Error{.kind = ErrorKind::kNotAStore,
                     .message = "the file is not a Kamili store",
                     .hint = "nothing was changed; move it away to begin a new store"};
    if (whole.empty()) return Damaged("the store's header is damaged");
    for (const Bytes block : whole)
        if (IsNewer(block)) return Newer();
    if (GetLittle(&whole[0][kAtPageSize], 4) != kPageBytes || whole[0][kAtReserve] != kReserveBytes)
        return Damaged("the store's header is damaged");
    return whole;
}

// `open` gives the master key from a table of slots, if it can.
template <typename Open>
Result<Secret> MasterFrom(Bytes prefix, const Superblock& block, Open open) {
    const auto tables = ReadKeySlots(prefix);
    bool opened = false;
    for (const KeySlots& table : tables) {
        if (table.store_id() != block.store_id) continue;
        std::optional<Secret> master = open(table);
        if (master && table.IsSealedBy(*master)) return std::move(*master);
        opened = opened || master;
    }
    // A table that opens but was not written by a holder of the master key was changed.
    if (tables.empty() || opened) return Damaged("the store's key slots are damaged");
    return WrongKey();
}

std::optional<Secret> OpenRaw(const KeySlots& table, const Secret& key) {
    for (const SlotKind kind : {SlotKind::kKeyFile, SlotKind::kCredential, SlotKind::kRecovery})
        if (auto match = table.Open(kind, key)) return std::move(match->master);
    return std::nullopt;
}

Result<Secret> FindMaster(Bytes prefix, Bytes block, const Secret& key) {
    const Superblock read = Decode(block);
    if (IsSealedBy(block, For(key, read, "kamili superblock "))) return key.Copy();
    return MasterFrom(prefix, read, [&](const KeySlots& table) { return OpenRaw(table, key); });
}

// With a new data key and no log.
NewPrefix FreshPrefix(Superblock block, const Secret& master, const KeySlots& slots,
                      Random& random) {
    NewPrefix out;
    Secret data_key = Secret::OfSize(kKeyBytes);
    random.Fill(data_key.writable());
    std::array<std::uint8_t, kNonceBytes> nonce{};
    random.Fill(nonce);
    std::array<std::uint8_t, kAtDataKey> fixed{};
    EncodeFixed(block, fixed.data());
    SealSmall(For(master, block, "kamili wrap "), nonce, fixed, data_key.bytes(),
              block.wrapped_key.data());
    out.keys = KeysOf(master, data_key, block);
    const auto area = slots.Encode(master);
    const auto encoded = EncodeSuperblock(block, out.keys.header);
    out.bytes.assign(kPrefixBytes, 0);
    for (const std::size_t at : {std::size_t{0}, kSuperblockBytes})
        std::copy(encoded.begin(), encoded.end(), &out.bytes[at]);
    for (const std::size_t at : {kSlotsAt, kSlotsAt + kSlotAreaBytes})
        std::copy(area.begin(), area.end(), &out.bytes[at]);
    return out;
}

}  // namespace

std::vector<std::uint8_t> EncodeSuperblock(const Superblock& block, const Secret& header_key) {
    std::vector<std::uint8_t> out(kSuperblockBytes, 0);
    std::uint8_t* at = out.data();
    EncodeFixed(block, at);
    std::copy(block.wrapped_key.begin(), block.wrapped_key.end(), at + kAtDataKey);
    PutLittle(at + kAtGeneration, block.generation, 8);
    at[kAtLogState] = static_cast<std::uint8_t>(block.log_state);
    PutLittle(at + kAtLogNumber, block.log_number, 4);
    std::copy(block.log_header.begin(), block.log_header.end(), at + kAtLogHeader);
    PutLittle(at + kAtLogBytes, block.log_bytes, 8);
    const auto mac = HmacSha256(header_key, {at, kAtMac});
    std::copy(mac.begin(), mac.end(), at + kAtMac);
    const auto checksum = Sha256({at, kAtChecksum});
    std::copy(checksum.begin(), checksum.end(), at + kAtChecksum);
    return out;
}

std::optional<Superblock> NewestSuperblock(Bytes prefix, const Secret& header_key) {
    std::optional<Superblock> newest;
    const auto blocks = WholeBlocks(prefix);
    if (!blocks) return newest;
    for (const Bytes bytes : *blocks) {
        if (!IsSealedBy(bytes, header_key)) continue;
        const Superblock block = Decode(bytes);
        if (!newest || block.generation > newest->generation) newest = block;
    }
    return newest;
}

NewPrefix MakePrefix(const Secret& key, SlotKind kind, Random& random, UtcTime created) {
    Superblock block;
    random.Fill(block.store_id);
    random.Fill(block.salt);
    Secret master = Secret::OfSize(kKeyBytes);
    random.Fill(master.writable());
    KeySlots slots(block.store_id);
    [[maybe_unused]] const auto added =
        slots.Add(master, {.kind = kind, .secret = key, .created = created}, random);
    return FreshPrefix(block, master, slots, random);
}

NewPrefix CopyPrefix(const StoreKeys& keys, const KeySlots& slots, Random& random) {
    Superblock block;
    block.store_id = keys.superblock.store_id;
    block.salt = keys.superblock.salt;
    return FreshPrefix(block, keys.master, slots, random);
}

bool IsPristine(Bytes prefix) {
    if (prefix.size() < kPrefixBytes) return false;
    constexpr std::size_t kSlotsEnd = kSlotsAt + 2 * kSlotAreaBytes;
    constexpr std::size_t kAnchorEnd = kAnchorAt + kAnchorBytes;
    return IsWhole(prefix.first(kSuperblockBytes)) &&
           IsWhole(prefix.subspan(kSuperblockBytes, kSuperblockBytes)) &&
           IsZero(prefix.subspan(kAnchorEnd, kSlotsAt - kAnchorEnd)) &&
           ReadKeySlots(prefix).size() == 2 &&
           IsZero(prefix.first(kPrefixBytes).subspan(kSlotsEnd));
}

Result<StoreKeys> ReadPrefix(Bytes prefix, const Secret& key) {
    const auto blocks = WholeBlocks(prefix);
    if (!blocks) return blocks.error();
    const auto master = FindMaster(prefix, (*blocks)[0], key);
    if (!master) return master.error();
    const Secret header_key = For(*master, Decode((*blocks)[0]), "kamili superblock ");
    const auto newest = NewestSuperblock(prefix, header_key);
    if (!newest) return Damaged("the store's header is damaged");
    std::array<std::uint8_t, kAtDataKey> fixed{};
    EncodeFixed(*newest, fixed.data());
    const auto data_key =
        OpenSmall(For(*master, *newest, "kamili wrap "), fixed, newest->wrapped_key);
    if (!data_key.good) return Damaged("the store's header is damaged");
    return KeysOf(*master, data_key.plain, *newest);
}

Result<Secret> OpenPrefix(Bytes prefix, SlotKind kind, const Secret& secret) {
    const auto blocks = WholeBlocks(prefix);
    if (!blocks) return blocks.error();
    return MasterFrom(prefix, Decode((*blocks)[0]),
                      [&](const KeySlots& table) -> std::optional<Secret> {
                          auto match = table.Open(kind, secret);
                          if (!match) return std::nullopt;
                          return std::move(match->master);
                      });
}

}  // namespace kamili::storage
