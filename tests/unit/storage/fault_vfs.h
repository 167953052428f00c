#pragma once

#include <sqlite3.h>

#include <string>
#include <utility>

namespace kamili::testing {

// A SQLite VFS above "unix-excl" whose reads, writes, truncations and syncs fail when told to.
// Counts them, so that a test can fail each in turn. One thread.
class FaultVfs {
  public:
    FaultVfs();
    ~FaultVfs();
    FaultVfs(const FaultVfs&) = delete;
    FaultVfs& operator=(const FaultVfs&) = delete;

    const std::string& name() const { return name_; }
    // From the operation `at` (counted from now, 1 is the next) `times` operations fail with
    // `code`.
    void FailAt(int at, int times, int code);
    // Reads are counted on their own: the one at `at` from now and all that follow fail.
    void FailReadsFrom(int at) { reads_left_ = at; }
    bool ReadFails();
    // The next sync fails; what was written before it has reached the file.
    void FailNextSync() { sync_fails_ = true; }
    bool TakeSyncFault() { return std::exchange(sync_fails_, false); }
    void Heal() {
        FailAt(0, 0, SQLITE_OK);
        FailReadsFrom(0);
    }
    // Operations since FailAt.
    int operations() const { return operations_; }
    // What the next operation gives instead of happening; SQLITE_OK lets it happen.
    int Next();

    sqlite3_vfs* base() const { return base_; }

  private:
    std::string name_;
    sqlite3_vfs vfs_{};
    sqlite3_vfs* base_ = nullptr;
    int operations_ = 0;
    int from_ = 0;
    int times_ = 0;
    int code_ = SQLITE_OK;
    bool sync_fails_ = false;
    int reads_left_ = 0;  // 1: they fail; 0: they never do
};

}  // namespace kamili::testing
