#pragma once

#include <optional>

#include "base/result.h"
#include "base/secret.h"
#include "base/unique_function.h"
#include "ipc/call.h"
#include "storage/key_slots.h"

namespace kamili::daemon {

// Closes and opens the store while the daemon runs, for the methods Lock and Unlock. Loop thread
// only; `done` runs on the loop.
class StoreControl {
  public:
    using Done = UniqueFunction<void(Status)>;
    // A key slot and what opens it.
    struct Attempt {
        storage::SlotKind kind = storage::SlotKind::kPassphrase;
        Secret secret;
    };

    virtual ~StoreControl() = default;
    // Ends every pass and every client but the one behind `keep`, closes the store and forgets its
    // keys. A store that is locked already is locked.
    virtual void Lock(const ipc::Call& keep, Done done) = 0;
    // Opens the store by `attempt`, or without one by the machine's own key. kKeyWrong, kKeyLocked
    // (nothing but a slot of a person opens it), or the errors of a store.
    virtual void Unlock(std::optional<Attempt> attempt, Done done) = 0;
};

}  // namespace kamili::daemon
