#pragma once

#include <memory>
#include <string>

#include "base/executor.h"

namespace kamili {

// An Executor with one named thread. All signals are blocked in it. Destruction runs what is
// queued, then joins.
class SerialWorker final : public Executor {
  public:
    // `name` is what top and gdb show: at most 15 characters.
    explicit SerialWorker(const std::string& name);
    ~SerialWorker() override;
    void Submit(Task task) override;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace kamili
