#include "storage/encrypted_vfs.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <atomic>
#include <cstring>
#include <new>
#include <optional>
#include <variant>

#include "storage/connection.h"
#include "storage/file_below.h"
#include "storage/sealed_file.h"

namespace kamili::storage {

struct EncryptedVfs::Hooks {
    sqlite3_vfs vfs{};
    sqlite3_vfs* base = nullptr;
    StoreSecrets* secrets = nullptr;

    static Hooks& Of(sqlite3_vfs* vfs) { return *static_cast<Hooks*>(vfs->pAppData); }
};

namespace {

// What SQLite allocates for an open file of ours; the base file's own bytes follow it.
struct OpenFile {
    sqlite3_file base_part;  // pMethods, as SQLite wants it first
    std::variant<std::monostate, SealedDatabase, SealedWal> sealed;
    sqlite3_file* below = nullptr;
    StoreSecrets* secrets = nullptr;

    static OpenFile& Of(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file); }
    SealedWal* wal() { return std::get_if<SealedWal>(&sealed); }
    SealedDatabase* database() { return std::get_if<SealedDatabase>(&sealed); }
};

constexpr std::size_t kOpenFileBytes = (sizeof(OpenFile) + 15) / 16 * 16;

int Close(sqlite3_file* file) noexcept {
    OpenFile& open = OpenFile::Of(file);
    int code = SQLITE_OK;
    if (SealedWal* wal = open.wal()) code = wal->Flush();
    open.secrets->prefix().Detach(open.below);
    const int closed = open.below->pMethods->xClose(open.below);
    open.~OpenFile();
    return code == SQLITE_OK ? closed : code;
}

template <typename Act>
int OnSealed(sqlite3_file* file, Act act) noexcept {
    OpenFile& open = OpenFile::Of(file);
    if (SealedWal* wal = open.wal()) return act(*wal);
    return act(*open.database());
}

int Read(sqlite3_file* file, void* out, int size, sqlite3_int64 at) noexcept {
    return OnSealed(file, [&](auto& sealed) { return sealed.Read(out, size, at); });
}
int Write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) noexcept {
    return OnSealed(file, [&](auto& sealed) { return sealed.Write(data, size, at); });
}
int Truncate(sqlite3_file* file, sqlite3_int64 size) noexcept {
    return OnSealed(file, [&](auto& sealed) { return sealed.Truncate(size); });
}
int FileSize(sqlite3_file* file, sqlite3_int64* size) noexcept {
    return OnSealed(file, [&](auto& sealed) { return sealed.Size(size); });
}

int Sync(sqlite3_file* file, int flags) noexcept {
    OpenFile& open = OpenFile::Of(file);
    if (SealedWal* wal = open.wal()) return wal->Sync(flags);
    return open.below->pMethods->xSync(open.below, flags);
}

int FileControl(sqlite3_file* file, int what, void* argument) noexcept {
    OpenFile& open = OpenFile::Of(file);
    switch (what) {
        // A mapping would hand out sealed bytes as if they were plain.
        case SQLITE_FCNTL_MMAP_SIZE:
            *static_cast<sqlite3_int64*>(argument) = 0;
            return SQLITE_OK;
        case SQLITE_FCNTL_SIZE_HINT: {
            sqlite3_int64 size = *static_cast<sqlite3_int64*>(argument);
            if (open.database()) size += static_cast<sqlite3_int64>(kPrefixBytes);
            return open.below->pMethods->xFileControl(open.below, what, &size);
        }
        case SQLITE_FCNTL_CKPT_START:
            CheckpointCopy::Begin(*open.secrets);
            return SQLITE_OK;
        case SQLITE_FCNTL_CKPT_DONE:
            CheckpointCopy::End();
            return SQLITE_OK;
        case SQLITE_FCNTL_BEGIN_ATOMIC_WRITE:
        case SQLITE_FCNTL_COMMIT_ATOMIC_WRITE:
        case SQLITE_FCNTL_ROLLBACK_ATOMIC_WRITE:
        case SQLITE_FCNTL_PRAGMA:
            return SQLITE_NOTFOUND;
        default:
            return open.below->pMethods->xFileControl(open.below, what, argument);
    }
}

// SQLite takes and gives these locks around a checkpoint, never within its copying: should it leave
// that without a word, what it reads next is plain again.
int ShmLock(sqlite3_file* file, int offset, int count, int flags) noexcept {
    CheckpointCopy::End();
    sqlite3_file* below = OpenFile::Of(file).below;
    return below->pMethods->xShmLock(below, offset, count, flags);
}

int SectorSize(sqlite3_file*) noexcept { return static_cast<int>(kPageBytes); }

// Without POWERSAFE_OVERWRITE SQLite would split a page in two writes, which cannot be sealed.
int DeviceCharacteristics(sqlite3_file*) noexcept {
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE | SQLITE_IOCAP_UNDELETABLE_WHEN_OPEN;
}

constexpr sqlite3_io_methods kMethods = [] {
    sqlite3_io_methods out = MethodsOfBelow<OpenFile>();
    out.xClose = Close;
    out.xRead = Read;
    out.xWrite = Write;
    out.xTruncate = Truncate;
    out.xSync = Sync;
    out.xFileSize = FileSize;
    out.xFileControl = FileControl;
    out.xShmLock = ShmLock;
    out.xSectorSize = SectorSize;
    out.xDeviceCharacteristics = DeviceCharacteristics;
    return out;
}();

int OpenSealed(sqlite3_vfs* base, StoreSecrets& secrets, sqlite3_filename name, sqlite3_file* file,
               int flags, int* out_flags) {
    const bool is_wal = (flags & SQLITE_OPEN_WAL) != 0;
    // Journals, temporary and statement files would hold pages outside of the two sealed files.
    if (!is_wal && (flags & SQLITE_OPEN_MAIN_DB) == 0) return SQLITE_CANTOPEN;
    auto* below = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + kOpenFileBytes);
    std::memset(static_cast<void*>(below), 0, static_cast<std::size_t>(base->szOsFile));
    const int code = base->xOpen(base, name, below, flags, out_flags);
    if (code != SQLITE_OK) {
        if (below->pMethods) below->pMethods->xClose(below);
        return code;
    }
    auto* open =
        new (file) OpenFile{.base_part = {}, .sealed = {}, .below = below, .secrets = &secrets};
    open->base_part.pMethods = &kMethods;
    if (is_wal) {
        open->sealed.emplace<SealedWal>(below, secrets);
    } else {
        open->sealed.emplace<SealedDatabase>(below, secrets);
        secrets.prefix().Attach(below);
    }
    return SQLITE_OK;
}

}  // namespace

Result<std::unique_ptr<EncryptedVfs>> EncryptedVfs::Register(const std::string& base,
                                                             StoreSecrets& secrets) {
    static std::atomic<int> count{0};
    PrepareSqlite();
    sqlite3_vfs* below = sqlite3_vfs_find(base.c_str());
    if (!below)
        return Error{.kind = ErrorKind::kSystem,
                     .message = fmt::format("SQLite has no file system layer {}", base)};
    std::unique_ptr<EncryptedVfs> made(new EncryptedVfs());
    made->name_ = fmt::format("kamili-{}", ++count);
    made->hooks_ = std::make_unique<Hooks>();
    Hooks& hooks = *made->hooks_;
    hooks.base = below;
    hooks.secrets = &secrets;
    // Everything that has nothing to do with files' content is the base's, under its own pointer.
    hooks.vfs.iVersion = 1;
    hooks.vfs.szOsFile = static_cast<int>(kOpenFileBytes) + below->szOsFile;
    hooks.vfs.mxPathname = below->mxPathname;
    hooks.vfs.zName = made->name_.c_str();
    hooks.vfs.pAppData = &hooks;
    hooks.vfs.xOpen = [](sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags,
                         int* out_flags) {
        file->pMethods = nullptr;
        Hooks& self = Hooks::Of(vfs);
        return OpenSealed(self.base, *self.secrets, name, file, flags, out_flags);
    };
    hooks.vfs.xDelete = [](sqlite3_vfs* vfs, const char* name, int sync) {
        Hooks& self = Hooks::Of(vfs);
        // As for cutting it: first it must be known that there is none.
        if (std::string_view(name).ends_with("-wal"))
            if (const int code = self.secrets->prefix().Retire(); code != SQLITE_OK) return code;
        return self.base->xDelete(self.base, name, sync);
    };
    hooks.vfs.xAccess = [](sqlite3_vfs* vfs, const char* name, int flags, int* out) {
        sqlite3_vfs* of = Hooks::Of(vfs).base;
        const std::string_view path(name);
        // A forged hot journal would be played back over the database: there is none, ever.
        if (path.ends_with("-journal")) {
            *out = 0;
            return SQLITE_OK;
        }
        return of->xAccess(of, name, flags, out);
    };
    hooks.vfs.xFullPathname = [](sqlite3_vfs* vfs, const char* name, int size, char* out) {
        sqlite3_vfs* of = Hooks::Of(vfs).base;
        return of->xFullPathname(of, name, size, out);
    };
    hooks.vfs.xRandomness = [](sqlite3_vfs* vfs, int size, char* out) {
        sqlite3_vfs* of = Hooks::Of(vfs).base;
        return of->xRandomness(of, size, out);
    };
    hooks.vfs.xSleep = [](sqlite3_vfs* vfs, int microseconds) {
        sqlite3_vfs* of = Hooks::Of(vfs).base;
        return of->xSleep(of, microseconds);
    };
    hooks.vfs.xCurrentTime = [](sqlite3_vfs* vfs, double* now) {
        sqlite3_vfs* of = Hooks::Of(vfs).base;
        return of->xCurrentTime(of, now);
    };
    hooks.vfs.xGetLastError = [](sqlite3_vfs* vfs, int size, char* out) {
        sqlite3_vfs* of = Hooks::Of(vfs).base;
        return of->xGetLastError ? of->xGetLastError(of, size, out) : 0;
    };
    if (sqlite3_vfs_register(&hooks.vfs, /*makeDflt=*/0) != SQLITE_OK)
        return Error{.kind = ErrorKind::kSystem, .message = "SQLite takes no file system layer"};
    return made;
}

EncryptedVfs::~EncryptedVfs() {
    if (hooks_) sqlite3_vfs_unregister(&hooks_->vfs);
}

}  // namespace kamili::storage
