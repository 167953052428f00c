#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "storage/key_slots.h"
#include "storage/store.h"

namespace kamili::storage {

// What may be told of a slot.
struct SlotSummary {
    int number = 0;
    SlotKind kind = SlotKind::kKeyFile;
    std::string label;
    UtcTime created{};
};

// The slots of an open store. Adding and testing a passphrase takes about half a second. What is
// changed here is durable at once and not undone with the transaction.
Result<std::vector<SlotSummary>> ListKeySlots(const ReadView& view);
// Errors as KeySlots::Add and Remove.
Result<SlotSummary> AddKeySlot(Txn& txn, const KeySlots::NewSlot& wanted);
// The slot that is gone.
Result<SlotSummary> RemoveKeySlot(Txn& txn, int number);
// The slot of `kind` that `secret` opens; kKeyWrong if there is none.
Result<SlotSummary> TestKeySlot(const ReadView& view, SlotKind kind, const Secret& secret);

// What a keyring knows the store by: 32 hexadecimal digits.
Result<std::string> StoreName(const ReadView& view);
// The same of a store that is not open; as little authentic as PeekKeySlots.
Result<std::string> PeekStoreName(const StoreOptions& options);

// The slots of a store that is not open, without a key: what there is, not whether it is authentic.
Result<std::vector<SlotSummary>> PeekKeySlots(const StoreOptions& options);

}  // namespace kamili::storage
