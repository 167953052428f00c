#pragma once

#include <memory>
#include <optional>

#include "base/descriptor.h"
#include "base/loop.h"
#include "base/result.h"
#include "base/subscription.h"
#include "base/time.h"

namespace kamili::daemon {

// Notices when the system's zone files change (inotify), and says so once they have been left alone
// for a few seconds: a package manager replaces them one by one. Costs nothing until then. A folder
// that is exchanged as a whole behind a symbolic link is not noticed. Loop thread only.
class ZoneWatch {
  public:
    // Fails where the kernel gives no more watches, or there are no zone files.
    static Result<std::unique_ptr<ZoneWatch>> Open(Loop& loop, const Clock& clock, Task on_change);

  private:
    ZoneWatch(Loop& loop, const Clock& clock, int descriptor, Task on_change);
    // Again after each change, for folders that have come.
    bool AddFolders();
    void Read();
    void Tell();

    Loop& loop_;
    const Clock& clock_;
    Descriptor descriptor_;
    Task on_change_;
    std::optional<Instant> first_;  // of the changes that were not told yet
    Subscription watch_;
    Subscription quiet_;
};

}  // namespace kamili::daemon
