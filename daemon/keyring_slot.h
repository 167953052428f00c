#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_function.h"
#include "daemon/methods.h"
#include "storage/key_admin.h"

namespace kamili::daemon {

// The key slot of the open store whose secret lies in the desktop's keyring. Each step is taken
// only while the store is open. Loop thread only.
using SlotDone = UniqueFunction<void(Result<storage::SlotSummary>)>;

// Makes a secret, gives it to the keyring and adds the slot; nothing is left of it if one of the
// two fails. kConflict when there is one already, the errors of Keyring::Put.
void AddKeyringSlot(Context& context, const std::string& label, SlotDone done);
// The slot, if the keyring opens it. kNotFound when there is none; kKeyWrong when what it holds
// does not; the errors of Keyring::Find.
void TestKeyringSlot(Context& context, SlotDone done);
// After the slot is gone: what the keyring holds for the store is of no use.
void ForgetKeyringItems(Context& context);

}  // namespace kamili::daemon
