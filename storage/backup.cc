#include "storage/backup.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <cerrno>

#include "storage/base_file.h"
#include "storage/encrypted_vfs.h"
#include "storage/new_file.h"
#include "storage/open_store.h"
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

// As a store is made: the geometry first. No rollback journal may lie on the disk, and the log
// makes the copy one transaction.
Status PrepareTarget(Connection& target) {
    int reserve = static_cast<int>(kReserveBytes);
    sqlite3_file_control(target.handle(), "main", SQLITE_FCNTL_RESERVE_BYTES, &reserve);
    return target.Execute(
        "PRAGMA page_size=4096; PRAGMA journal_mode=MEMORY; PRAGMA auto_vacuum=INCREMENTAL;"
        "PRAGMA synchronous=FULL; PRAGMA journal_mode=WAL;");
}

// The source is inside a read transaction, so it stands still however long this takes.
Status CopyPages(Connection& source, Connection& target) {
    sqlite3_backup* copy = sqlite3_backup_init(target.handle(), "main", source.handle(), "main");
    if (!copy) return target.LastError(sqlite3_errcode(target.handle()));
    sqlite3_backup_step(copy, -1);
    const int code = sqlite3_backup_finish(copy);
    if (code != SQLITE_OK) return target.LastError(code);
    return target.Execute("PRAGMA wal_checkpoint(TRUNCATE);");
}

Status FillBackup(const ReadView& view, const std::string& path, NewPrefix prefix, Random& random) {
    if (auto written = WriteWholeFile(kSystemVfs, path, prefix.bytes); !written) return written;
    if (chmod(path.c_str(), 0600) != 0)
        return SystemError("cannot set the mode of the backup", errno);
    StoreSecrets secrets(std::move(prefix.keys), random);
    auto vfs = EncryptedVfs::Register(kSystemVfs, secrets);
    if (!vfs) return std::move(vfs).error();
    auto target = Connection::Open({.path = path, .vfs = (*vfs)->name(), .create = true});
    if (!target) return std::move(target).error();
    if (auto prepared = PrepareTarget(**target); !prepared) return prepared;
    return CopyPages(view.connection(), **target);
}

}  // namespace

Status WriteBackup(const ReadView& view, const std::string& path) {
    if (FileExists(path))
        return Error{.kind = ErrorKind::kConflict,
                     .message = fmt::format("there is a file {} already", path),
                     .hint = "choose another name; a backup is never written over another file"};
    auto slots = view.secrets().prefix().ReadSlots();
    if (!slots) return std::move(slots).error();
    const std::string fresh = path + ".part";
    RemoveRemains(fresh);
    SystemRandom random;
    Status filled =
        FillBackup(view, fresh, CopyPrefix(view.secrets().keys(), *slots, random), random);
    if (filled) filled = NameNewFile(fresh, path);
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
