#pragma once

#include "base/result.h"
#include "storage/store.h"

namespace kamili::storage {

// Gives pages that nothing uses any more back to the file system, at most 40 MiB of them, when they
// are more than a few; the file shrinks at the next checkpoint.
Status ReleaseFreePages(Txn& txn);

}  // namespace kamili::storage
