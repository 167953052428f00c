#include "storage/backup.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "storage/base_file.h"
#include "storage/encrypted_vfs.h"
#include "storage/new_file.h"
#include "storage/open_store.h"
#include "storage/store_copy.h"
#include "storage/view.h"

namespace kamili::storage {
namespace {

Error NoBackup(Error error) {
    if (error.kind == ErrorKind::kKeyWrong) {
        error.message = "this backup is of another store";
        error.hint = "only a daemon with that store's key can verify it";
    }
    return error;
}

}  // namespace

Status WriteBackup(const ReadView& view, const std::string& path,
                   const std::function<void(std::int64_t, std::int64_t)>& on_progress) {
    if (FileExists(path))
        return Error{.kind = ErrorKind::kConflict,
                     .message = fmt::format("there is a file {} already", path),
                     .hint = "choose another name; a backup is never written over another file"};
    const std::string folder = path.substr(0, path.rfind('/') + 1);
    if (access(folder.c_str(), W_OK | X_OK) != 0) {
        Error error = SystemError("cannot write a backup into " + folder, errno);
        error.hint = "kamilid writes it: name a folder that is there and where kamilid may write";
        return error;
    }
    auto slots = view.secrets().prefix().ReadSlots();
    if (!slots) return std::move(slots).error();
    const std::string fresh = path + ".part";
    SystemRandom random;
    Status filled = CopyStore(
        view.connection(),
        {.path = fresh,
         .base_vfs = kSystemVfs,
         .prefix = CopyPrefix(view.secrets().keys(), *slots, random)},
        [&](std::int64_t pages, std::int64_t total) {
            if (on_progress) on_progress(pages, total);
            return true;
        },
        random);
    if (!filled) return filled;
    filled = NameNewFile(fresh, path);
    if (filled) return SyncFolderOf(path);
    RemoveRemains(fresh);
    return filled;
}

Result<Statistics> VerifyBackup(const ReadView& view, const std::string& path) {
    constexpr std::size_t kLeast = kPrefixBytes + kPageBytes;
    const auto start = ReadFileStart(kSystemVfs, path, kLeast);
    if (!start) return start.error();
    auto keys = ReadPrefix(*start, view.secrets().keys().master);
    if (!keys) return NoBackup(std::move(keys).error());
    if (start->size() < kLeast || !IsPristine(*start))
        return Error{.kind = ErrorKind::kStoreDamaged, .message = "the backup's header is damaged"};
    SystemRandom random;
    StoreSecrets secrets(std::move(*keys), random);
    auto vfs = EncryptedVfs::Register(kSystemVfs, secrets);
    if (!vfs) return std::move(vfs).error();
    auto connection = Connection::Open(
        {.path = path, .vfs = (*vfs)->name(), .read_only = true, .is_immutable = true});
    if (!connection) return std::move(connection).error();
    const ReadView backup(**connection, secrets);
    if (auto whole = VerifyStore(backup); !whole) return std::move(whole).error();
    return ReadStatistics(backup);
}

}  // namespace kamili::storage
