#include "storage/base_file.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "storage/connection.h"

namespace kamili::storage {
namespace {

constexpr int kPieceBytes = 64 << 10;  // a single write of SQLite's must stay below 128 KiB

class OpenVfsFile {
  public:
    OpenVfsFile() = default;
    OpenVfsFile(const OpenVfsFile&) = delete;
    OpenVfsFile& operator=(const OpenVfsFile&) = delete;
    ~OpenVfsFile() {
        if (file() && file()->pMethods) file()->pMethods->xClose(file());
        sqlite3_free_filename(name_);
    }
    int Open(const std::string& vfs_name, const std::string& path, int flags) {
        sqlite3_vfs* vfs = sqlite3_vfs_find(vfs_name.c_str());
        if (!vfs) return SQLITE_ERROR;
        name_ = sqlite3_create_filename(path.c_str(), "", "", 0, nullptr);
        if (!name_) return SQLITE_NOMEM;
        memory_.assign(static_cast<std::size_t>(vfs->szOsFile), 0);
        return vfs->xOpen(vfs, name_, file(), flags, nullptr);
    }
    sqlite3_file* file() {
        return memory_.empty() ? nullptr : reinterpret_cast<sqlite3_file*>(memory_.data());
    }

  private:
    // std::vector's memory is aligned for every type.
    std::vector<char> memory_;
    sqlite3_filename name_ = nullptr;
};

Status As(int code, const std::string& what) {
    if (code == SQLITE_OK) return {};
    return Error{.kind = KindOf(code),
                 .message = fmt::format("{}: {} ({})", what, sqlite3_errstr(code), code)};
}

}  // namespace

Status WriteWholeFile(const std::string& vfs, const std::string& path, Bytes content) {
    OpenVfsFile out;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MAIN_DB;
    int code = out.Open(vfs, path, flags);
    for (std::size_t at = 0; code == SQLITE_OK && at < content.size(); at += kPieceBytes) {
        const auto size = std::min<std::size_t>(kPieceBytes, content.size() - at);
        code = out.file()->pMethods->xWrite(out.file(), content.data() + at, static_cast<int>(size),
                                            static_cast<sqlite3_int64>(at));
    }
    if (code == SQLITE_OK) code = out.file()->pMethods->xSync(out.file(), SQLITE_SYNC_FULL);
    return As(code, "cannot make the store's file");
}

Result<std::vector<std::uint8_t>> ReadFileStart(const std::string& vfs, const std::string& path,
                                                std::size_t size) {
    OpenVfsFile in;
    int code = in.Open(vfs, path, SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB);
    sqlite3_int64 length = 0;
    if (code == SQLITE_OK) code = in.file()->pMethods->xFileSize(in.file(), &length);
    std::vector<std::uint8_t> out(std::min(size, static_cast<std::size_t>(length)));
    if (code == SQLITE_OK && !out.empty())
        code = in.file()->pMethods->xRead(in.file(), out.data(), static_cast<int>(out.size()), 0);
    if (auto done = As(code, "cannot read the store's file"); !done) return std::move(done).error();
    return out;
}

}  // namespace kamili::storage
