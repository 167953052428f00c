#pragma once

#include <memory>

#include "base/log.h"
#include "base/loop.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/serial_worker.h"
#include "base/time.h"
#include "daemon/change_feed.h"
#include "daemon/configuration.h"
#include "daemon/index_upkeep.h"
#include "daemon/memory_trim.h"
#include "daemon/places.h"
#include "net/transport.h"
#include "storage/store.h"
#include "sync/driver.h"
#include "sync/sign_in.h"
#include "sync/token_service.h"

namespace kamili::daemon {

// What the engine gets from outside.
struct Outside {
    Loop& loop;
    const Clock& clock;
    Random& random;
    net::Transport& transport;
    Log& log;
};

// All that works on an open store: its threads, tokens, sign-ins and the sync driver, built once in
// this order and taken down in the opposite one. Loop thread only.
class Engine {
  public:
    // Opens the store, or makes one with a key slot of `new_slot`; its errors are those of
    // storage::Store::Open.
    static Result<std::unique_ptr<Engine>> Open(Outside outside, const std::string& store_path,
                                                const Secret& key,
                                                const Configuration& configuration,
                                                storage::SlotKind new_slot);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    // Cancels what runs and closes the store. Nothing may be called after.
    void Stop();

    storage::Store& store() { return *store_; }
    sync::TokenService& tokens() { return *tokens_; }
    sync::SignInService& sign_ins() { return *sign_ins_; }
    sync::SyncDriver& driver() { return *driver_; }
    // Calls `done` on the loop once the writer has come to it: a sign of life.
    void ProbeWriter(Task done);
    // Calls `done` on the loop once all that the store was asked before is answered.
    void Settle(Task done);
    Random& random() { return outside_.random; }
    MemoryTrim& memory() { return memory_; }
    ChangeFeed& changes() { return *changes_; }

  private:
    Engine(Outside outside, const Configuration& configuration);

    Outside outside_;
    SerialWorker writer_;
    SerialWorker reader_a_;
    SerialWorker reader_b_;
    SerialWorker reader_c_;  // for short questions alone
    sync::Providers providers_;
    SerialWorker page_reader_;  // uses providers_
    std::unique_ptr<storage::Store> store_;
    std::shared_ptr<IndexUpkeep> upkeep_;
    std::shared_ptr<ChangeFeed> changes_;
    std::unique_ptr<sync::TokenService> tokens_;
    std::unique_ptr<sync::SignInService> sign_ins_;
    std::unique_ptr<sync::SyncDriver> driver_;
    MemoryTrim memory_;
    Subscription status_;
};

}  // namespace kamili::daemon
