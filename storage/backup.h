#pragma once

#include <string>

#include "base/result.h"
#include "storage/statistics.h"
#include "storage/store.h"

namespace kamili::storage {

// A backup is a store file of its own, under a data key of its own, with the key slots of the store
// as they are now. Both block for as long as the store is large; readers only, so passes go on.

// Writes the rows of `view` to a new file `path`: there whole or not at all. kConflict when there
// is something already.
Status WriteBackup(const ReadView& view, const std::string& path);
// Opens a backup of the same store, reads every page, checks its integrity and changes nothing.
// kNotAStore, kKeyWrong (of another store), kStoreDamaged, kStoreNewer.
Result<Statistics> VerifyBackup(const ReadView& view, const std::string& path);

}  // namespace kamili::storage
