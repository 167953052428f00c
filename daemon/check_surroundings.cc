#include <fmt/format.h>
#include <sys/resource.h>

#include "daemon/findings.h"
#include "daemon/process.h"
#include "model/zone.h"

namespace kamili::daemon {
namespace {

void CheckClock(const Context& context, Findings& findings) {
    // Certificates and tokens are judged by it; this release cannot have run before.
    if (context.clock.UtcNow() > *ParseRfc3339("2026-01-01T00:00:00Z"))
        findings.Ok("clock", "the clock is plausible");
    else
        findings.Fault("clock", "the clock is in the past",
                       "set it, or enable time synchronisation");
}

void CheckLimits(const Context& context, Findings& findings) {
    rlimit files{};
    const rlim_t wanted = context.configuration.connections + kOwnDescriptors;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < wanted)
        findings.Warn("limits",
                      fmt::format("{} open files are allowed, {} are needed for socket.connections",
                                  files.rlim_cur, wanted),
                      "raise LimitNOFILE= of the service (ulimit -n), or lower socket.connections");
}

}  // namespace

void CheckSurroundings(const Context& context, Findings& findings) {
    CheckClock(context, findings);
    CheckLimits(context, findings);
    // Any zone with a long name will do: it is the data base that is looked for.
    if (!model::Zone::Load("America/Argentina/Ushuaia"))
        findings.Fault("time zones", "the system's time zone files cannot be read",
                       "install the package tzdata, and take TZDIR out of the environment");
}

}  // namespace kamili::daemon
