#include "storage/key_admin.h"

#include "base/encoding.h"
#include "storage/base_file.h"
#include "storage/open_store.h"
#include "storage/view.h"

namespace kamili::storage {
namespace {

class StoreRandom final : public Random {
  public:
    explicit StoreRandom(StoreSecrets& secrets) : secrets_(secrets) {}
    void Fill(std::span<std::uint8_t> out) override { secrets_.FillRandom(out); }

  private:
    StoreSecrets& secrets_;
};

SlotSummary Summary(const KeySlots& slots, int number) {
    const auto& slot = slots.slots()[static_cast<std::size_t>(number)];
    return {.number = number, .kind = slot->kind, .label = slot->label, .created = slot->created};
}

std::vector<SlotSummary> Summaries(const KeySlots& slots) {
    std::vector<SlotSummary> out;
    for (int i = 0; i < static_cast<int>(kSlotsMax); ++i)
        if (slots.slots()[static_cast<std::size_t>(i)]) out.push_back(Summary(slots, i));
    return out;
}

Result<KeySlots> PeekTable(const StoreOptions& options) {
    const auto start = ReadFileStart(BaseVfs(options), options.path, kPrefixBytes);
    if (!start) return start.error();
    const auto tables = ReadKeySlots(*start);
    if (!tables.empty()) return tables.front();
    return Error{.kind = ErrorKind::kStoreDamaged, .message = "the store's key slots are damaged"};
}

}  // namespace

Result<std::vector<SlotSummary>> ListKeySlots(const ReadView& view) {
    const auto slots = view.secrets().prefix().ReadSlots();
    if (!slots) return slots.error();
    return Summaries(*slots);
}

Result<SlotSummary> AddKeySlot(Txn& txn, const KeySlots::NewSlot& wanted) {
    auto slots = txn.secrets().prefix().ReadSlots();
    if (!slots) return slots.error();
    StoreRandom random(txn.secrets());
    const auto number = slots->Add(txn.secrets().keys().master, wanted, random);
    if (!number) return number.error();
    const SlotSummary added = Summary(*slots, *number);
    if (auto written = txn.secrets().prefix().WriteSlots(std::move(*slots)); !written)
        return std::move(written).error();
    return added;
}

Result<SlotSummary> RemoveKeySlot(Txn& txn, int number) {
    auto slots = txn.secrets().prefix().ReadSlots();
    if (!slots) return slots.error();
    const KeySlots before = *slots;
    if (auto removed = slots->Remove(number); !removed) return std::move(removed).error();
    if (auto written = txn.secrets().prefix().WriteSlots(std::move(*slots)); !written)
        return std::move(written).error();
    return Summary(before, number);
}

Result<SlotSummary> TestKeySlot(const ReadView& view, SlotKind kind, const Secret& secret) {
    const auto slots = view.secrets().prefix().ReadSlots();
    if (!slots) return slots.error();
    if (const auto match = slots->Open(kind, secret)) return Summary(*slots, match->number);
    return Error{.kind = ErrorKind::kKeyWrong, .message = "no key slot of this kind opens with it"};
}

Result<std::string> StoreName(const ReadView& view) {
    const auto slots = view.secrets().prefix().ReadSlots();
    if (!slots) return slots.error();
    return Hex(slots->store_id());
}

Result<std::string> PeekStoreName(const StoreOptions& options) {
    const auto slots = PeekTable(options);
    if (!slots) return slots.error();
    return Hex(slots->store_id());
}

Result<std::vector<SlotSummary>> PeekKeySlots(const StoreOptions& options) {
    const auto slots = PeekTable(options);
    if (!slots) return slots.error();
    return Summaries(*slots);
}

}  // namespace kamili::storage
