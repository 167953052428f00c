#pragma once

#include "base/unique_function.h"

namespace kamili {

// Runs tasks one after the other, in the order of Submit, somewhere else: on a thread of its own
// (SerialWorker) or, in a test, when the test says so. Submit may be called from any thread.
class Executor {
  public:
    virtual ~Executor() = default;
    virtual void Submit(Task task) = 0;
};

}  // namespace kamili
