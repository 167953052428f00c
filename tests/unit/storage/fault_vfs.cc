#include "tests/unit/storage/fault_vfs.h"

#include <cstring>

#include "base/check.h"
#include "storage/file_below.h"

namespace kamili::testing {
namespace {

struct FaultFile {
    sqlite3_file part;  // pMethods, as SQLite wants it first
    FaultVfs* owner;
    sqlite3_file* below;

    static FaultFile& Of(sqlite3_file* file) { return *reinterpret_cast<FaultFile*>(file); }
};
constexpr int kFileBytes = (static_cast<int>(sizeof(FaultFile)) + 15) / 16 * 16;

FaultFile& Of(sqlite3_file* file) { return FaultFile::Of(file); }

int Read(sqlite3_file* file, void* out, int size, sqlite3_int64 at) {
    if (Of(file).owner->ReadFails()) return SQLITE_IOERR_READ;
    sqlite3_file* below = Of(file).below;
    return below->pMethods->xRead(below, out, size, at);
}
// The first half of a write that fails reaches the file, as on a disk that is full.
int Write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) {
    sqlite3_file* below = Of(file).below;
    const int code = Of(file).owner->Next();
    if (code == SQLITE_OK) return below->pMethods->xWrite(below, data, size, at);
    below->pMethods->xWrite(below, data, size / 2, at);
    return code;
}
int Truncate(sqlite3_file* file, sqlite3_int64 size) {
    sqlite3_file* below = Of(file).below;
    const int code = Of(file).owner->Next();
    return code == SQLITE_OK ? below->pMethods->xTruncate(below, size) : code;
}
int Sync(sqlite3_file* file, int flags) {
    sqlite3_file* below = Of(file).below;
    const int code = Of(file).owner->Next();
    if (code != SQLITE_OK || Of(file).owner->TakeSyncFault()) return SQLITE_IOERR_FSYNC;
    return below->pMethods->xSync(below, flags);
}
int SectorSize(sqlite3_file*) { return 4096; }
int DeviceCharacteristics(sqlite3_file*) { return 0; }

constexpr sqlite3_io_methods kMethods = [] {
    sqlite3_io_methods out = storage::MethodsOfBelow<FaultFile>();
    out.xRead = Read;
    out.xWrite = Write;
    out.xTruncate = Truncate;
    out.xSync = Sync;
    out.xSectorSize = SectorSize;
    out.xDeviceCharacteristics = DeviceCharacteristics;
    return out;
}();

int Open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* out_flags) {
    auto* owner = static_cast<FaultVfs*>(vfs->pAppData);
    auto* below = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + kFileBytes);
    std::memset(static_cast<void*>(file), 0, static_cast<std::size_t>(vfs->szOsFile));
    const int code = owner->base()->xOpen(owner->base(), name, below, flags, out_flags);
    if (code != SQLITE_OK) return code;
    Of(file).part.pMethods = &kMethods;
    Of(file).owner = owner;
    Of(file).below = below;
    return SQLITE_OK;
}

}  // namespace

FaultVfs::FaultVfs() {
    static int count = 0;
    base_ = sqlite3_vfs_find("unix-excl");
    KAMILI_CHECK(base_ != nullptr);
    name_ = "fault-" + std::to_string(++count);
    vfs_ = *base_;
    vfs_.pNext = nullptr;
    vfs_.zName = name_.c_str();
    vfs_.szOsFile = kFileBytes + base_->szOsFile;
    vfs_.pAppData = this;
    vfs_.xOpen = Open;
    // The base finds its own data through the pointer it is called with.
    vfs_.xDelete = [](sqlite3_vfs* vfs, const char* name, int sync) {
        sqlite3_vfs* base = static_cast<FaultVfs*>(vfs->pAppData)->base();
        return base->xDelete(base, name, sync);
    };
    vfs_.xAccess = [](sqlite3_vfs* vfs, const char* name, int flags, int* out) {
        sqlite3_vfs* base = static_cast<FaultVfs*>(vfs->pAppData)->base();
        return base->xAccess(base, name, flags, out);
    };
    vfs_.xFullPathname = [](sqlite3_vfs* vfs, const char* name, int size, char* out) {
        sqlite3_vfs* base = static_cast<FaultVfs*>(vfs->pAppData)->base();
        return base->xFullPathname(base, name, size, out);
    };
    KAMILI_CHECK(sqlite3_vfs_register(&vfs_, /*makeDflt=*/0) == SQLITE_OK);
}

FaultVfs::~FaultVfs() { sqlite3_vfs_unregister(&vfs_); }

void FaultVfs::FailAt(int at, int times, int code) {
    operations_ = 0;
    from_ = at;
    times_ = times;
    code_ = code;
}

bool FaultVfs::ReadFails() {
    if (reads_left_ == 1) return true;
    if (reads_left_ > 1) --reads_left_;
    return false;
}

int FaultVfs::Next() {
    ++operations_;
    return times_ > 0 && operations_ >= from_ && operations_ - from_ < times_ ? code_ : SQLITE_OK;
}

}  // namespace kamili::testing
