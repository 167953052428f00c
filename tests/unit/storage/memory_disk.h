#pragma once

#include <sqlite3.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace kamili::testing {

using FileBytes = std::vector<std::uint8_t>;

// A disk in memory as a SQLite VFS, which writes down all that would change a real one. Files are
// named by the end of their path ("store.db", "store.db-wal"). Connections of one thread only.
class MemoryDisk {
  public:
    struct Change {
        enum class Kind { kCreate, kWrite, kTruncate, kSync, kDelete };
        Kind kind = Kind::kWrite;
        std::string file;
        std::int64_t at = 0;  // where, or the new size
        FileBytes bytes;
    };
    using Files = std::map<std::string, FileBytes>;

    MemoryDisk();
    ~MemoryDisk();
    MemoryDisk(const MemoryDisk&) = delete;
    MemoryDisk& operator=(const MemoryDisk&) = delete;

    const std::string& name() const { return name_; }
    Files& files() { return files_; }
    // Empty until Record(), then every change in order.
    void Record() { records_ = true; }
    const std::vector<Change>& changes() const { return changes_; }

    // What an open file of this disk calls.
    void Note(Change change);
    struct Index {
        std::vector<std::unique_ptr<std::array<char, 32'768>>> regions;
        std::array<int, SQLITE_SHM_NLOCK> holders{};  // -1: exclusive
    };
    Index& index() { return index_; }
    sqlite3_vfs* unix_vfs() const { return unix_; }

  private:
    std::string name_;
    sqlite3_vfs vfs_{};
    sqlite3_vfs* unix_ = nullptr;
    Files files_;
    std::vector<Change> changes_;
    bool records_ = false;
    Index index_;  // of the one log there is
};

}  // namespace kamili::testing
