#include "storage/store_copy.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include <cerrno>

#include "storage/base_file.h"
#include "storage/encrypted_vfs.h"
#include "storage/new_file.h"

namespace kamili::storage {
namespace {

constexpr int kPagesAtOnce = 256;

// As a store is made: the geometry first. No rollback journal may lie on the disk, and the log
// makes the copy one transaction.
Status PrepareTarget(Connection& target) {
    int reserve = static_cast<int>(kReserveBytes);
    sqlite3_file_control(target.handle(), "main", SQLITE_FCNTL_RESERVE_BYTES, &reserve);
    return target.Execute(
        "PRAGMA page_size=4096; PRAGMA journal_mode=MEMORY; PRAGMA auto_vacuum=INCREMENTAL;"
        "PRAGMA synchronous=FULL; PRAGMA journal_mode=WAL;");
}

Status CopyPages(Connection& source, Connection& target, CopyProgress& progress) {
    sqlite3_backup* copy = sqlite3_backup_init(target.handle(), "main", source.handle(), "main");
    if (!copy) return target.LastError(sqlite3_errcode(target.handle()));
    bool goes_on = true;
    int code = SQLITE_OK;
    while (goes_on && code == SQLITE_OK) {
        code = sqlite3_backup_step(copy, kPagesAtOnce);
        const std::int64_t total = sqlite3_backup_pagecount(copy);
        goes_on = progress(total - sqlite3_backup_remaining(copy), total);
    }
    code = sqlite3_backup_finish(copy);
    if (!goes_on) return Error{.kind = ErrorKind::kCancelled, .message = "the copy was ended"};
    if (code != SQLITE_OK) return target.LastError(code);
    return target.Execute("PRAGMA wal_checkpoint(TRUNCATE);");
}

Status FillCopy(Connection& source, CopyTarget& target, CopyProgress& progress, Random& random) {
    if (auto made = WriteWholeFile(target.base_vfs, target.path, target.prefix.bytes); !made)
        return made;
    if (chmod(target.path.c_str(), 0600) != 0)
        return SystemError("cannot set the mode of the copy", errno);
    StoreSecrets secrets(std::move(target.prefix.keys), random);
    auto vfs = EncryptedVfs::Register(target.base_vfs, secrets);
    if (!vfs) return std::move(vfs).error();
    auto connection =
        Connection::Open({.path = target.path, .vfs = (*vfs)->name(), .create = true});
    if (!connection) return std::move(connection).error();
    if (auto prepared = PrepareTarget(**connection); !prepared) return prepared;
    return CopyPages(source, **connection, progress);
}

}  // namespace

Status CopyStore(Connection& source, CopyTarget target, CopyProgress progress, Random& random) {
    RemoveRemains(target.path);
    Status filled = FillCopy(source, target, progress, random);
    if (!filled) RemoveRemains(target.path);
    return filled;
}

}  // namespace kamili::storage
