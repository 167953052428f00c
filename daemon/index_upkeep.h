#pragma once

#include <memory>
#include <string>

#include "base/log.h"
#include "base/loop.h"
#include "base/subscription.h"
#include "base/time.h"
#include "storage/store.h"

namespace kamili::daemon {

// The version of the system's zone files: what tzdata says ("2025b"), else when their folder was
// last changed. Empty if there are none.
std::string ZoneDataVersion();

// Keeps the store's range index (storage/range_index.h) whole: builds it at the start when it is
// missing or its zone files are old ones, a batch a transaction so that syncs go between, and looks
// twice a day whether the horizon has to move. Loop thread only.
class IndexUpkeep : public std::enable_shared_from_this<IndexUpkeep> {
  public:
    IndexUpkeep(Loop& loop, const Clock& clock, storage::Store& store, Log& log)
        : loop_(loop), clock_(clock), store_(store), log_(log), zone_data_(ZoneDataVersion()) {}

    void Run();

  private:
    void Later();

    Loop& loop_;
    const Clock& clock_;
    storage::Store& store_;
    Log& log_;
    // Zones that are loaded stay as they are until the process ends, so this does too.
    const std::string zone_data_;
    bool building_ = false;
    Subscription timer_;
};

}  // namespace kamili::daemon
