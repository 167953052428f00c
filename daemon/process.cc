#include "daemon/process.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

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

}  // namespace kamili::daemon
