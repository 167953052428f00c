#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "tests/unit/storage/memory_disk.h"

namespace kamili::testing {

// What a disk may hold after a power cut, from a recording of its changes. What was synced is
// there; of the rest any part may be: whole writes, none, or some of their sectors, in any order. A
// file that was made or deleted since the last sync of its name may be there or not.
class CrashModel {
  public:
    enum class Cut {
        kClean,     // everything that was asked for has happened: the process was killed
        kSynced,    // nothing but what was synced
        kShuffled,  // any of the unsynced writes, each whole or not at all
        kTorn,      // the same, but sectors of 512 bytes instead of whole writes
    };

    explicit CrashModel(MemoryDisk::Files files);
    void Apply(const MemoryDisk::Change& change);
    MemoryDisk::Files After(Cut cut, Random& random) const;

  private:
    struct Inode {
        FileBytes durable;
        std::vector<MemoryDisk::Change> pending;
    };
    static FileBytes Image(const Inode& inode, Cut cut, Random& random);

    std::vector<Inode> inodes_;
    // An inode for each name, none once it was deleted: now, and what the folder may still say.
    std::map<std::string, std::optional<std::size_t>> names_;
    std::map<std::string, std::vector<std::optional<std::size_t>>> older_;
};

}  // namespace kamili::testing
