#pragma once

#include <string>

#include "base/result.h"

namespace kamili::storage {

// A store file that is made under another name and gets its own when it is whole.

bool FileExists(const std::string& path);
// The file and what SQLite may have put beside it.
void RemoveRemains(const std::string& path);
// Never over a file that somebody made meanwhile, where the file system can tell.
Status NameNewFile(const std::string& fresh, const std::string& path);
// Syncs the folder that holds `path`.
Status SyncFolderOf(const std::string& path);

}  // namespace kamili::storage
