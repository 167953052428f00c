#include "storage/new_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

namespace kamili::storage {

bool FileExists(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
}

void RemoveRemains(const std::string& path) {
    for (const char* end : {"", "-wal", "-journal", "-shm"}) unlink((path + end).c_str());
}

Status NameNewFile(const std::string& fresh, const std::string& path) {
    if (renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0)
        return {};
    const bool is_unknown = errno == EINVAL || errno == ENOSYS;
    if (is_unknown && std::rename(fresh.c_str(), path.c_str()) == 0) return {};
    return SystemError("cannot name the new store", errno);
}

Status SyncFolderOf(const std::string& path) {
    const auto folder = std::filesystem::path(path).parent_path();
    const int descriptor =
        open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return SystemError("cannot open the store's folder", errno);
    const int code = fsync(descriptor);
    const int fault = errno;
    close(descriptor);
    if (code != 0) return SystemError("cannot sync the store's folder", fault);
    return {};
}

}  // namespace kamili::storage
