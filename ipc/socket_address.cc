#include "ipc/socket_address.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>

namespace kamili::ipc {

Result<sockaddr_un> MakeSocketAddress(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    // One byte stays for the NUL at the end.
    const std::size_t most = sizeof address.sun_path - 1;
    if (path.empty() || path.size() > most || path.find('\0') != std::string::npos)
        return Error{.kind = ErrorKind::kInvalidArgument,
                     .message = fmt::format("the socket's path has {} bytes; 1 to {} are possible",
                                            path.size(), most),
                     .hint = "choose a shorter path with --socket"};
    std::copy(path.begin(), path.end(), address.sun_path);
    return address;
}

}  // namespace kamili::ipc
