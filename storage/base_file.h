#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "storage/cipher.h"

namespace kamili::storage {

// The file below ours, with SQLite's own calls.
class BaseFile {
  public:
    explicit BaseFile(sqlite3_file* file) : file_(file) {}
    int Read(void* out, int size, sqlite3_int64 at) {
        return file_->pMethods->xRead(file_, out, size, at);
    }
    int Write(const void* data, int size, sqlite3_int64 at) {
        return file_->pMethods->xWrite(file_, data, size, at);
    }
    int Truncate(sqlite3_int64 size) { return file_->pMethods->xTruncate(file_, size); }
    int Size(sqlite3_int64* size) { return file_->pMethods->xFileSize(file_, size); }
    int Sync(int flags) { return file_->pMethods->xSync(file_, flags); }
    sqlite3_file* get() { return file_; }

  private:
    sqlite3_file* file_;
};

// Whole-file work through a SQLite VFS, before a connection has the file open: closing a descriptor
// of an open database would drop its locks.

// Makes `path` with this content and syncs it.
Status WriteWholeFile(const std::string& vfs, const std::string& path, Bytes content);
// Up to `size` bytes from the beginning.
Result<std::vector<std::uint8_t>> ReadFileStart(const std::string& vfs, const std::string& path,
                                                std::size_t size);

}  // namespace kamili::storage
