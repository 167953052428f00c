#pragma once

#include <string>

#include "base/result.h"
#include "storage/open_store.h"
#include "storage/store_copy.h"

namespace kamili::storage {

// A new data key for a store (docs/store-format.md, "Rotation"), in two steps. Both block.

// Writes all that `writer` holds to `path` + ".new" under a data key of its own. Changes nothing
// else; readers go on.
Status CopyUnderNewKey(Connection& writer, StoreSecrets& secrets, const StoreOptions& options,
                       CopyProgress progress);
// Once nobody has the store open any more: gives that copy the store's name and overwrites the key
// in the file that had it. A failure leaves the old file where it is.
Status TakeCopyForStore(const StoreOptions& options, Log& log);

}  // namespace kamili::storage
