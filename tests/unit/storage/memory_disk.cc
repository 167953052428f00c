#include "tests/unit/storage/memory_disk.h"

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "base/check.h"

namespace kamili::testing {
namespace {

using Kind = MemoryDisk::Change::Kind;

struct MemoryFile {
    sqlite3_file part;  // pMethods, as SQLite wants it first
    MemoryDisk* disk;
    const char* name;  // key of the map
    std::uint16_t shared;
    std::uint16_t exclusive;
};

MemoryFile& Of(sqlite3_file* file) { return *reinterpret_cast<MemoryFile*>(file); }
FileBytes& BytesOf(sqlite3_file* file) { return Of(file).disk->files()[Of(file).name]; }

int Close(sqlite3_file*) { return SQLITE_OK; }

int Read(sqlite3_file* file, void* out, int size, sqlite3_int64 at) {
    const FileBytes& bytes = BytesOf(file);
    const auto begin = std::min(static_cast<std::size_t>(at), bytes.size());
    const auto count = std::min(static_cast<std::size_t>(size), bytes.size() - begin);
    if (count > 0) std::memcpy(out, bytes.data() + begin, count);
    if (count == static_cast<std::size_t>(size)) return SQLITE_OK;
    std::memset(static_cast<char*>(out) + count, 0, static_cast<std::size_t>(size) - count);
    return SQLITE_IOERR_SHORT_READ;
}

int Write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) {
    const auto* from = static_cast<const std::uint8_t*>(data);
    FileBytes& bytes = BytesOf(file);
    const auto end = static_cast<std::size_t>(at) + static_cast<std::size_t>(size);
    if (bytes.size() < end) bytes.resize(end);
    std::memcpy(bytes.data() + at, from, static_cast<std::size_t>(size));
    Of(file).disk->Note({Kind::kWrite, Of(file).name, at, FileBytes(from, from + size)});
    return SQLITE_OK;
}

int Truncate(sqlite3_file* file, sqlite3_int64 size) {
    BytesOf(file).resize(static_cast<std::size_t>(size));
    Of(file).disk->Note({Kind::kTruncate, Of(file).name, size, {}});
    return SQLITE_OK;
}

int Sync(sqlite3_file* file, int) {
    Of(file).disk->Note({Kind::kSync, Of(file).name, 0, {}});
    return SQLITE_OK;
}

int FileSize(sqlite3_file* file, sqlite3_int64* size) {
    *size = static_cast<sqlite3_int64>(BytesOf(file).size());
    return SQLITE_OK;
}

int Lock(sqlite3_file*, int) { return SQLITE_OK; }
int Unlock(sqlite3_file*, int) { return SQLITE_OK; }
int CheckReservedLock(sqlite3_file*, int* held) {
    *held = 0;
    return SQLITE_OK;
}
int FileControl(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int SectorSize(sqlite3_file*) { return 4096; }
int DeviceCharacteristics(sqlite3_file*) { return 0; }

int ShmMap(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
    auto& regions = Of(file).disk->index().regions;
    KAMILI_CHECK(size <= 32'768);
    *out = nullptr;
    while (extend != 0 && regions.size() <= static_cast<std::size_t>(region))
        regions.push_back(std::make_unique<std::array<char, 32'768>>());
    if (static_cast<std::size_t>(region) < regions.size())
        *out = regions[static_cast<std::size_t>(region)]->data();
    return SQLITE_OK;
}

void Release(MemoryFile& open, int slot) {
    const auto bit = static_cast<std::uint16_t>(1u << slot);
    int& holders = open.disk->index().holders[static_cast<std::size_t>(slot)];
    if ((open.shared & bit) != 0) --holders;
    if ((open.exclusive & bit) != 0) holders = 0;
    open.shared = static_cast<std::uint16_t>(open.shared & ~bit);
    open.exclusive = static_cast<std::uint16_t>(open.exclusive & ~bit);
}

int ShmLock(sqlite3_file* file, int offset, int count, int flags) {
    MemoryFile& open = Of(file);
    auto& holders = open.disk->index().holders;
    const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
    for (int slot = offset; (flags & SQLITE_SHM_LOCK) != 0 && slot < offset + count; ++slot) {
        const int held = holders[static_cast<std::size_t>(slot)];
        if (held < 0 || (exclusive && held > 0)) return SQLITE_BUSY;
    }
    for (int slot = offset; slot < offset + count; ++slot) {
        if ((flags & SQLITE_SHM_UNLOCK) != 0) {
            Release(open, slot);
            continue;
        }
        const auto bit = static_cast<std::uint16_t>(1u << slot);
        if (((exclusive ? open.exclusive : open.shared) & bit) != 0) continue;
        auto& mask = exclusive ? open.exclusive : open.shared;
        mask = static_cast<std::uint16_t>(mask | bit);
        int& held = holders[static_cast<std::size_t>(slot)];
        held = exclusive ? -1 : held + 1;
    }
    return SQLITE_OK;
}

void ShmBarrier(sqlite3_file*) {}
int ShmUnmap(sqlite3_file* file, int remove) {
    for (int slot = 0; slot < SQLITE_SHM_NLOCK; ++slot) Release(Of(file), slot);
    if (remove != 0) Of(file).disk->index().regions.clear();
    return SQLITE_OK;
}

constexpr sqlite3_io_methods kMethods = {2,
                                         Close,
                                         Read,
                                         Write,
                                         Truncate,
                                         Sync,
                                         FileSize,
                                         Lock,
                                         Unlock,
                                         CheckReservedLock,
                                         FileControl,
                                         SectorSize,
                                         DeviceCharacteristics,
                                         ShmMap,
                                         ShmLock,
                                         ShmBarrier,
                                         ShmUnmap,
                                         nullptr,
                                         nullptr};

std::string NameOf(const char* path) { return std::filesystem::path(path).filename().string(); }

int Open(sqlite3_vfs* vfs, sqlite3_filename path, sqlite3_file* file, int flags, int* out_flags) {
    auto* disk = static_cast<MemoryDisk*>(vfs->pAppData);
    const std::string name = NameOf(path);
    auto found = disk->files().find(name);
    if (found == disk->files().end()) {
        if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
        found = disk->files().emplace(name, FileBytes()).first;
        disk->Note({Kind::kCreate, name, 0, {}});
    }
    Of(file) = {{&kMethods}, disk, found->first.c_str(), 0, 0};
    if (out_flags) *out_flags = flags;
    return SQLITE_OK;
}

int Delete(sqlite3_vfs* vfs, const char* path, int) {
    auto* disk = static_cast<MemoryDisk*>(vfs->pAppData);
    const std::string name = NameOf(path);
    if (disk->files().erase(name) == 0) return SQLITE_IOERR_DELETE_NOENT;
    disk->Note({Kind::kDelete, name, 0, {}});
    return SQLITE_OK;
}

int Access(sqlite3_vfs* vfs, const char* path, int, int* out) {
    *out = static_cast<MemoryDisk*>(vfs->pAppData)->files().count(NameOf(path)) > 0 ? 1 : 0;
    return SQLITE_OK;
}

int FullPathname(sqlite3_vfs* vfs, const char* name, int size, char* out) {
    sqlite3_vfs* below = static_cast<MemoryDisk*>(vfs->pAppData)->unix_vfs();
    return below->xFullPathname(below, name, size, out);
}

}  // namespace

MemoryDisk::MemoryDisk() {
    static int count = 0;
    unix_ = sqlite3_vfs_find("unix-excl");
    KAMILI_CHECK(unix_ != nullptr);
    name_ = "memory-" + std::to_string(++count);
    vfs_ = *unix_;
    vfs_.iVersion = 1;
    vfs_.pNext = nullptr;
    vfs_.zName = name_.c_str();
    vfs_.szOsFile = static_cast<int>(sizeof(MemoryFile));
    vfs_.pAppData = this;
    vfs_.xOpen = Open;
    vfs_.xDelete = Delete;
    vfs_.xAccess = Access;
    vfs_.xFullPathname = FullPathname;
    KAMILI_CHECK(sqlite3_vfs_register(&vfs_, /*makeDflt=*/0) == SQLITE_OK);
}

MemoryDisk::~MemoryDisk() { sqlite3_vfs_unregister(&vfs_); }

void MemoryDisk::Note(Change change) {
    if (records_) changes_.push_back(std::move(change));
}

}  // namespace kamili::testing
