#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/random.h"
#include "storage/connection.h"
#include "storage/encrypted_vfs.h"
#include "storage/page_codec.h"
#include "storage/store.h"

namespace kamili::storage {

// Below the encryption when nothing else is asked for: locks out other processes and keeps the
// log's index in memory.
inline constexpr const char* kSystemVfs = "unix-excl";

// The SQLite VFS below the encryption.
inline std::string BaseVfs(const StoreOptions& options) {
    return options.base_vfs.empty() ? kSystemVfs : options.base_vfs;
}

// An open store's parts, in the order in which they may go last: connections before the VFS before
// the secrets.
struct OpenedFiles {
    std::unique_ptr<StoreSecrets> secrets;
    std::unique_ptr<EncryptedVfs> vfs;
    std::unique_ptr<Connection> writer;
    std::vector<std::unique_ptr<Connection>> readers;
};

// Opens the store at `options.path`, or makes it: under another name, synced, then renamed, so that
// it is there whole or not at all. Errors as Store::Open says.
Result<OpenedFiles> OpenFiles(const StoreOptions& options, const Secret& key, std::size_t readers,
                              Random& random, Log& log);

}  // namespace kamili::storage
