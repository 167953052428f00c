#include "daemon/process.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

namespace kamili::daemon {

Status HardenProcess() {
    umask(0077);
    std::signal(SIGPIPE, SIG_IGN);
    const rlimit none{.rlim_cur = 0, .rlim_max = 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) return SystemError("cannot turn off core files", errno);
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return SystemError("cannot make the process undumpable", errno);
    return {};
}

Status AllowOpenFiles(std::size_t count) {
    rlimit files{};
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return SystemError("cannot read the limit of open files", errno);
    if (files.rlim_cur >= count) return {};
    const rlim_t wanted = std::min<rlim_t>(count, files.rlim_max);
    files.rlim_cur = wanted;
    if (setrlimit(RLIMIT_NOFILE, &files) != 0)
        return SystemError("cannot raise the limit of open files", errno);
    if (wanted < count)
        return Error{.kind = ErrorKind::kSystem,
                     .message = fmt::format("only {} open files are allowed, {} are needed for "
                                            "socket.connections",
                                            wanted, count)};
    return {};
}

}  // namespace kamili::daemon
