#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/unique_function.h"
#include "storage/connection.h"
#include "storage/superblock.h"

namespace kamili::storage {

// Told now and then how many pages of a copy are written, of how many; false ends the copy.
using CopyProgress = UniqueFunction<bool(std::int64_t done, std::int64_t total)>;

struct CopyTarget {
    std::string path;
    std::string base_vfs;
    NewPrefix prefix;
};

// Writes the rows of `source`, which is inside a transaction and so stands still, to a store file
// of its own: mode 0600, synced, without a log. Blocks. Nothing is left of one that fails;
// kCancelled when `progress` ends it.
Status CopyStore(Connection& source, CopyTarget target, CopyProgress progress, Random& random);

}  // namespace kamili::storage
