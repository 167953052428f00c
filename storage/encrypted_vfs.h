#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "storage/page_codec.h"

namespace kamili::storage {

// A SQLite VFS that seals database and WAL pages above another one (docs/store-format.md). Refuses
// every other kind of file: no journal, no temporary file, no shared memory on disk. Registered for
// as long as it lives; connections must be closed before.
class EncryptedVfs {
  public:
    // `base` is the name of the VFS below ("unix-excl").
    static Result<std::unique_ptr<EncryptedVfs>> Register(const std::string& base,
                                                          StoreSecrets& secrets);
    ~EncryptedVfs();
    EncryptedVfs(const EncryptedVfs&) = delete;
    EncryptedVfs& operator=(const EncryptedVfs&) = delete;

    const std::string& name() const { return name_; }

  private:
    struct Hooks;
    EncryptedVfs() = default;
    std::string name_;
    std::unique_ptr<Hooks> hooks_;
};

}  // namespace kamili::storage
