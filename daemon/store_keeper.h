#pragma once

#include <memory>
#include <optional>

#include "base/serial_worker.h"
#include "base/subscription.h"
#include "daemon/engine.h"
#include "daemon/keyring_desk.h"
#include "daemon/methods.h"
#include "daemon/store_control.h"
#include "ipc/server.h"

namespace kamili::daemon {

// Holds the engine: opens the store at the start, and closes and opens it on request. Says in
// `health` why there is none. Loop thread only.
class StoreKeeper final : public StoreControl {
  public:
    // All of these outlive it.
    struct Parts {
        Outside outside;
        const Places& places;
        const Configuration& configuration;
        Health& health;
        std::unique_ptr<Engine>& engine;
        KeyringDesk& keyring;
    };
    explicit StoreKeeper(Parts parts);
    ~StoreKeeper() override;

    // By the machine's own key; makes store and key at the first start. Blocks. A store that does
    // not open is no error: `health` has it. When only the keyring is left, it is asked while the
    // loop runs, and again while it is locked or not there.
    void Open();
    void UseServer(ipc::Server* server) { server_ = server; }

    void Lock(const ipc::Call& keep, Done done) override;
    void Unlock(std::optional<Attempt> attempt, Done done) override;

  private:
    void Refuse(Error error);
    Status OpenEngine(const Secret& key, KeyOrigin origin);
    Status OpenByMachine();
    bool MayAskKeyring(const Error& error) const;
    void AskKeyring(KeyringDesk::Found found);
    void AskInBackground(std::chrono::seconds wait);
    void OnBackground(std::chrono::seconds wait, Result<std::vector<Secret>> keys);
    Status OpenByKeyring(const Error& machine, Result<std::vector<Secret>> keys);
    void UnlockByMachine();
    void Settle(int rounds);
    void FinishLock();
    void OnUnlocked(Result<Secret> master);
    void StartEngine(Status opened);
    // Ends what Lock or Unlock began.
    void Finish(Status status);

    Parts parts_;
    ipc::Server* server_ = nullptr;
    std::unique_ptr<Engine> closing_;
    // Of the Lock or Unlock that runs; the next one is refused.
    std::optional<Done> done_;
    Error machine_;  // why the machine's own key did not open the store at the start
    Subscription ask_again_;
    // Goes up when somebody locks: what the keyring says to an older question no longer counts.
    int question_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    // Argon2id takes half a second, which the loop does not have. Made when it is needed.
    std::unique_ptr<SerialWorker> worker_;
};

}  // namespace kamili::daemon
