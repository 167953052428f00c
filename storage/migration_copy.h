#pragma once

#include <string>

#include "base/result.h"
#include "storage/store.h"

namespace kamili::storage {

struct OpenedFiles;

// Before a store gets a newer schema, it is copied to `path` + ".schema-N" (N: the schema that it
// has), an ordinary backup with the store's slots. A copy that cannot be made is an error, and
// nothing is migrated.
Status CopyBeforeMigration(const OpenedFiles& files, const StoreOptions& options, int version);
// Such copies go after 30 days, or at once: they hold what has been erased since.
enum class MigrationCopies { kOld, kAll };
void RemoveMigrationCopies(const std::string& store_path, MigrationCopies which);

}  // namespace kamili::storage
