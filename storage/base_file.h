#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "storage/cipher.h"

namespace kamili::storage {

// Whole-file work through a SQLite VFS, before a connection has the file open: closing a descriptor
// of an open database would drop its locks.

// Makes `path` with this content and syncs it.
Status WriteWholeFile(const std::string& vfs, const std::string& path, Bytes content);
// Up to `size` bytes from the beginning.
Result<std::vector<std::uint8_t>> ReadFileStart(const std::string& vfs, const std::string& path,
                                                std::size_t size);

}  // namespace kamili::storage
