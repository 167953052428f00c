#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "storage/statistics.h"
#include "storage/store.h"

namespace kamili::storage {

// A backup is a store file of its own, under a data key of its own, with the key slots of the store
// as they are now. Both block for as long as the store is large; readers only, so passes go on.

// Writes the rows of `view` to a new file `path`: there whole or not at all. kConflict when there
// is something already. `on_progress` is told now and then how many pages of how many are written,
// on the thread of the caller.
Status WriteBackup(const ReadView& view, const std::string& path,
                   const std::function<void(std::int64_t, std::int64_t)>& on_progress = {});
// Opens a backup of the same store, reads every page, checks its integrity and changes nothing.
// kNotAStore, kKeyWrong (of another store), kStoreDamaged, kStoreNewer.
Result<Statistics> VerifyBackup(const ReadView& view, const std::string& path);

}  // namespace kamili::storage
