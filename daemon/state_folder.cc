#include "daemon/state_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

namespace kamili::daemon {
namespace {

// Parents get the usual permissions, the folder itself 0700 from the start.
Status MakeFolder(const std::string& path) {
    std::error_code code;
    const auto parent = std::filesystem::path(path).parent_path();
    if (!parent.empty()) std::filesystem::create_directories(parent, code);
    if (code)
        return SystemError(fmt::format("cannot make the folder {}", parent.string()), code.value());
    if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
        return SystemError(fmt::format("cannot make the state folder {}", path), errno);
    return {};
}

Status CheckOwner(const std::string& path) {
    struct stat found {};
    if (stat(path.c_str(), &found) != 0)
        return SystemError(fmt::format("cannot look at the state folder {}", path), errno);
    if (!S_ISDIR(found.st_mode))
        return Error{.kind = ErrorKind::kSystem,
                     .message = fmt::format("the state folder {} is not a folder", path),
                     .hint = "move it away, or give another --state-dir"};
    if (found.st_uid != geteuid())
        return Error{.kind = ErrorKind::kPermissionDenied,
                     .message = fmt::format("the state folder {} belongs to user {}, not to {}",
                                            path, found.st_uid, geteuid()),
                     .hint = "run kamilid as its owner, or give another --state-dir"};
    if ((found.st_mode & 077) != 0 && chmod(path.c_str(), 0700) != 0)
        return SystemError(fmt::format("cannot close the state folder {} to others", path), errno);
    return {};
}

}  // namespace

Result<StateFolder> StateFolder::Open(const std::string& path) {
    if (auto made = MakeFolder(path); !made) return std::move(made).error();
    if (auto owned = CheckOwner(path); !owned) return std::move(owned).error();
    const std::string name = path + "/lock";
    const int lock = open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0) return SystemError(fmt::format("cannot open {}", name), errno);
    if (flock(lock, LOCK_EX | LOCK_NB) == 0) return StateFolder(path, lock);
    const int fault = errno;
    close(lock);
    if (fault != EWOULDBLOCK) return SystemError(fmt::format("cannot lock {}", name), fault);
    return Error{.kind = ErrorKind::kAlreadyRunning,
                 .message = fmt::format("another kamilid works on the state folder {}", path),
                 .hint = "stop it first, or give this one another --state-dir and --socket"};
}

StateFolder::StateFolder(StateFolder&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

StateFolder::~StateFolder() {
    if (lock_ >= 0) close(lock_);
}

}  // namespace kamili::daemon
