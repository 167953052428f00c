#include "ipc/listening_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "ipc/socket_address.h"

namespace kamili::ipc {
namespace {

int NewSocket() { return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

// A full backlog (EAGAIN) belongs to somebody who is alive, too.
bool IsServed(const sockaddr_un& address) {
    const int probe = NewSocket();
    if (probe < 0) return true;
    const bool served =
        connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
        errno != ECONNREFUSED;
    close(probe);
    return served;
}

Status MakeFolder(const std::string& path) {
    const auto folder = std::filesystem::path(path).parent_path();
    if (folder.empty() || mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return {};
    return SystemError("cannot make the socket's folder", errno);
}

// Leaves the path free, or says why it is not.
Status MakeRoom(const std::string& path, const sockaddr_un& address) {
    struct stat found {};
    if (lstat(path.c_str(), &found) != 0) {
        if (errno == ENOENT) return {};
        return SystemError("cannot look at the socket's path", errno);
    }
    if (!S_ISSOCK(found.st_mode))
        return Error{.kind = ErrorKind::kBadConfiguration,
                     .message = "the socket's path is taken by a file that is not a socket",
                     .hint = "choose another path with --socket, or remove the file"};
    if (IsServed(address))
        return Error{.kind = ErrorKind::kAlreadyRunning,
                     .message = "another daemon serves this socket",
                     .hint = "stop it, or choose another path with --socket"};
    if (unlink(path.c_str()) != 0) return SystemError("cannot remove the dead socket", errno);
    return {};
}

bool IsListening(int descriptor) {
    int family = 0;
    int type = 0;
    int listening = 0;
    socklen_t size = sizeof family;
    return getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &size) == 0 &&
           family == AF_UNIX && getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
           type == SOCK_STREAM &&
           getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 &&
           listening == 1;
}

}  // namespace

ListeningSocket::ListeningSocket(ListeningSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::exchange(other.path_, {})),
      device_(other.device_),
      inode_(other.inode_) {}

ListeningSocket::~ListeningSocket() {
    struct stat found {};
    const bool ours = !path_.empty() && lstat(path_.c_str(), &found) == 0 &&
                      found.st_dev == device_ && found.st_ino == inode_;
    if (ours) unlink(path_.c_str());
    if (descriptor_ >= 0) close(descriptor_);
}

Result<ListeningSocket> ListeningSocket::Bind(const std::string& path) {
    const auto address = MakeSocketAddress(path);
    if (!address) return address.error();
    if (auto made = MakeFolder(path); !made) return std::move(made).error();
    if (auto room = MakeRoom(path, *address); !room) return std::move(room).error();

    ListeningSocket made(NewSocket());
    if (made.descriptor_ < 0) return SystemError("cannot make a socket", errno);
    // The mode before the name, so that it is never open to others, whatever the umask.
    if (fchmod(made.descriptor_, 0600) != 0 ||
        bind(made.descriptor_, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0)
        return SystemError("cannot bind the socket", errno);
    struct stat found {};
    if (lstat(path.c_str(), &found) != 0) return SystemError("cannot find the socket", errno);
    made.path_ = path;
    made.device_ = found.st_dev;
    made.inode_ = found.st_ino;
    if (listen(made.descriptor_, SOMAXCONN) != 0)
        return SystemError("cannot listen on the socket", errno);
    return made;
}

Result<ListeningSocket> ListeningSocket::Take(int descriptor) {
    ListeningSocket taken(descriptor);
    if (!IsListening(descriptor))
        return Error{.kind = ErrorKind::kInvalidArgument,
                     .message = "what was passed in is not a listening Unix stream socket"};
    const int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) != 0 ||
        fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0)
        return SystemError("cannot use the socket that was passed in", errno);
    return taken;
}

}  // namespace kamili::ipc
