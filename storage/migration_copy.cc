#include "storage/migration_copy.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <time.h>

#include <cerrno>
#include <cstdio>

#include "storage/new_file.h"
#include "storage/open_store.h"
#include "storage/schema.h"
#include "storage/store_copy.h"

namespace kamili::storage {
namespace {

constexpr time_t kKeptSeconds = 30 * 24 * 3600;

std::string CopyName(const std::string& store_path, int version) {
    return fmt::format("{}.schema-{}", store_path, version);
}

bool IsOld(const std::string& path) {
    struct stat about {};
    return stat(path.c_str(), &about) == 0 && time(nullptr) - about.st_mtime > kKeptSeconds;
}

}  // namespace

Status CopyBeforeMigration(const OpenedFiles& files, const StoreOptions& options, int version) {
    auto slots = files.secrets->prefix().ReadSlots();
    if (!slots) return std::move(slots).error();
    const std::string name = CopyName(options.path, version);
    const std::string fresh = name + ".part";
    SystemRandom random;
    Status done = CopyStore(
        *files.writer,
        {.path = fresh,
         .base_vfs = BaseVfs(options),
         .prefix = CopyPrefix(files.secrets->keys(), *slots, random)},
        [](std::int64_t, std::int64_t) { return true; }, random);
    // One that is there is of an earlier attempt.
    if (done && std::rename(fresh.c_str(), name.c_str()) != 0)
        done = SystemError("cannot name the copy of the store", errno);
    if (done) return SyncFolderOf(options.path);
    RemoveRemains(fresh);
    return done;
}

void RemoveMigrationCopies(const std::string& store_path, MigrationCopies which) {
    for (int version = 1; version < kSchemaVersion; ++version) {
        const std::string name = CopyName(store_path, version);
        if (which == MigrationCopies::kAll || IsOld(name)) RemoveRemains(name);
    }
}

}  // namespace kamili::storage
