#pragma once

#include <memory>
#include <string>

#include "base/log.h"
#include "base/loop.h"
#include "base/subscription.h"
#include "base/time.h"
#include "daemon/zone_watch.h"
#include "storage/store.h"

namespace kamili::daemon {

// Keeps the store's range index (storage/range_index.h) whole: builds it when it is missing or was
// made with other zone files, a batch a transaction so that syncs go between. Looks at the start,
// when the zone files change, and twice a day whether the horizon has to move. Zones that are
// loaded get their new rules first. See docs/decisions/0072-zone-files-that-change.md. Loop thread
// only.
class IndexUpkeep : public std::enable_shared_from_this<IndexUpkeep> {
  public:
    IndexUpkeep(Loop& loop, const Clock& clock, storage::Store& store, Log& log)
        : loop_(loop), clock_(clock), store_(store), log_(log) {}

    void Start();

  private:
    struct Step;

    // Reads the zone files and does what is to be done.
    void Look();
    void Next();
    void On(Result<Step> step);
    void Later();

    Loop& loop_;
    const Clock& clock_;
    storage::Store& store_;
    Log& log_;
    std::string zone_data_;
    bool busy_ = false;
    bool look_again_ = false;
    bool building_ = false;
    std::unique_ptr<ZoneWatch> watch_;
    Subscription timer_;
};

}  // namespace kamili::daemon
