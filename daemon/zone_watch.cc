#include "daemon/zone_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "model/zone_files.h"

namespace kamili::daemon {
namespace {

constexpr std::chrono::seconds kQuiet{3};
// Somebody who writes there all the time does not keep us from looking.
constexpr std::chrono::seconds kPatience{60};
constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                  IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

}  // namespace

Result<std::unique_ptr<ZoneWatch>> ZoneWatch::Open(Loop& loop, const Clock& clock, Task on_change) {
    const int descriptor = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (descriptor < 0) return SystemError("cannot watch the zone files", errno);
    std::unique_ptr<ZoneWatch> watch(new ZoneWatch(loop, clock, descriptor, std::move(on_change)));
    if (!watch->AddFolders()) return SystemError("cannot watch the zone files", errno);
    return watch;
}

ZoneWatch::ZoneWatch(Loop& loop, const Clock& clock, int descriptor, Task on_change)
    : loop_(loop), clock_(clock), descriptor_(descriptor), on_change_(std::move(on_change)) {
    watch_ = loop.WatchDescriptor(descriptor, {.readable = true}, [this](IoEvents) { Read(); });
}

bool ZoneWatch::AddFolders() {
    for (const std::string& folder : model::ZoneFolders())
        if (inotify_add_watch(descriptor_.get(), folder.c_str(), kEvents) < 0) return false;
    return true;
}

void ZoneWatch::Read() {
    std::array<char, 16 * 1024> buffer;
    // What has happened and where does not matter: all files are looked at.
    while (read(descriptor_.get(), buffer.data(), buffer.size()) > 0) continue;
    const Instant now = clock_.Now();
    if (!first_) first_ = now;
    quiet_ = loop_.RunAt(std::min(now + kQuiet, *first_ + kPatience), [this] { Tell(); });
}

void ZoneWatch::Tell() {
    first_.reset();
    AddFolders();
    on_change_();
}

}  // namespace kamili::daemon
