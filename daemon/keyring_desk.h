#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/loop.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/serial_worker.h"
#include "base/unique_function.h"

namespace kamili::daemon {

class Keyring;

// Asks the desktop's keyring on a thread of its own, which is there once something was asked: each
// question is answered within five seconds, whatever the keyring does. Loop thread only; `done`
// runs on the loop, and not once the desk is gone. Errors are those of Keyring.
class KeyringDesk {
  public:
    using Found = UniqueFunction<void(Result<std::vector<Secret>>)>;
    using Done = UniqueFunction<void(Status)>;

    explicit KeyringDesk(Loop& loop) : loop_(loop) {}
    // Ends what runs.
    ~KeyringDesk();

    void Find(const std::string& name, Found done);
    void Put(const std::string& name, const Secret& secret, Done done);
    void Remove(const std::string& name, const Secret& secret, Done done);

  private:
    template <typename Answer, typename Work>
    void Ask(Work work, UniqueFunction<void(Answer)> done);

    Loop& loop_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    std::atomic<bool> stop_ = false;
    std::unique_ptr<SerialWorker> worker_;
};

}  // namespace kamili::daemon
