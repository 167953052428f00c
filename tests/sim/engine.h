#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sync/driver.h"
#include "sync/sign_in.h"
#include "tests/sim/sim_settings.h"
#include "tests/sim/sim_transport.h"
#include "tests/support/fake_loop.h"
#include "tests/support/memory_log.h"
#include "tests/support/seeded_random.h"
#include "tests/support/test_store.h"

namespace kamili::testing {

struct EngineOptions {
    std::uint64_t seed = 1;
    std::size_t events = 150;  // of the simulator's world
    std::string base_vfs = {};
};

// Who signs in where.
struct SimPerson {
    model::Provider provider = model::Provider::kGoogle;
    model::Access access = model::Access::kRead;
    std::string authority = "common";
    std::string login_hint = {};
    bool device_code = false;  // Microsoft
};

// The whole engine (codecs, tokens, sign-in, driver, encrypted store) on one thread with virtual
// time against the simulator.
class Engine {
  public:
    using json = nlohmann::json;

    explicit Engine(EngineOptions options);
    // With one account in mind: the first person of that provider.
    Engine(model::Provider provider, std::uint64_t seed) : Engine(EngineOptions{.seed = seed}) {
        provider_ = provider;
    }
    ~Engine() { Stop(); }

    // Asks the simulator's control endpoint; it must agree.
    json Control(const std::string& method, const std::string& what, const json& body = json());
    std::string account() const {
        return provider_ == model::Provider::kGoogle ? "google" : "microsoft";
    }

    // A whole sign-in, from the browser's page to the stored account that the driver knows.
    // kTimeout if the provider's page never sends the browser back.
    Result<model::Account> TrySignIn(const SimPerson& person);
    void SignIn();

    void RunFor(std::chrono::nanoseconds span) { loop_.RunFor(span); }

    // As after kill -9: nothing is told, the files are opened again.
    void Restart() {
        Kill();
        Resume();
    }
    // The two halves of it, for what happens in between.
    void Kill();
    void Resume();

    // A pass that somebody waits for, to its end.
    sync::SyncObserver::Summary SyncToEnd(bool full = false);
    bool Sync();

    sync::SyncDriver& driver() { return *driver_; }
    TestStore& store() { return store_; }
    SeededRandom& random() { return random_; }
    SimTransport& transport() { return transport_; }
    FakeClock& clock() { return clock_; }
    model::Provider provider() const { return provider_; }
    UtcTime now() const { return clock_.UtcNow(); }
    // Every line that anyone logged.
    std::vector<std::string> LogLines() const;

  private:
    void Start();
    void Stop();
    Result<model::Account> Complete(sync::SignInService& service, const std::string& id,
                                    const oauth::RedirectParameters& parameters);
    Result<model::Account> DeviceSignIn(sync::SignInService& service,
                                        const sync::SignInRequest& request);
    // Runs until the sign-in has ended and the driver knows its account.
    Result<model::Account> End(const std::optional<Result<model::Account>>& out);

    model::Provider provider_ = model::Provider::kGoogle;
    FakeClock clock_;
    FakeLoop loop_{clock_};
    SeededRandom random_;
    simulator::Simulator simulator_;
    SimTransport transport_;
    TestStore store_;
    MemoryLog log_;
    oauth::ProviderSettings settings_;
    sync::Providers providers_;
    LoopExecutor reader_{loop_};
    std::unique_ptr<sync::TokenService> tokens_;
    std::unique_ptr<sync::SyncDriver> driver_;
};

}  // namespace kamili::testing
