#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "oauth/settings.h"
#include "storage/accounts.h"
#include "sync/providers.h"
#include "sync/sign_in.h"
#include "sync/token_service.h"
#include "tests/support/memory_log.h"
#include "tests/support/scripted_transport.h"
#include "tests/support/seeded_random.h"
#include "tests/support/test_store.h"

namespace kamili::sync::testing {

using kamili::testing::FakeClock;
using kamili::testing::FakeLoop;
using kamili::testing::MemoryLog;
using kamili::testing::ScriptedTransport;
using kamili::testing::SeededRandom;
using kamili::testing::TestStore;

// The real store, with writes that a test can make fail or delay.
class FragileStore final : public storage::Store {
  public:
    explicit FragileStore(storage::Store& inner) : inner_(inner) {}
    void FailNextWrite(ErrorKind kind) { fail_ = kind; }
    // Called once the next write has committed, before its `done`.
    void AfterNextWrite(Task task) { after_ = std::move(task); }
    // Called when the next write is asked for, before it runs.
    void BeforeNextWrite(Task task) { before_ = std::move(task); }
    std::size_t writes() const { return writes_; }

    void Write(WriteJob job, Done done) override;
    void Read(ReadJob job, Done done, Length length) override {
        inner_.Read(std::move(job), std::move(done), length);
    }
    void Settle(Task done) override { inner_.Settle(std::move(done)); }
    using Store::Read;
    Subscription WatchJournal(UniqueFunction<void(std::int64_t)> on_change) override {
        return inner_.WatchJournal(std::move(on_change));
    }
    void RotateKey(UniqueFunction<void(std::int64_t, std::int64_t)> progress, Done done) override {
        inner_.RotateKey(std::move(progress), std::move(done));
    }
    bool usable() const override { return inner_.usable(); }
    void Close() override { inner_.Close(); }

  private:
    storage::Store& inner_;
    std::optional<ErrorKind> fail_;
    Task after_;
    Task before_;
    std::size_t writes_ = 0;
};

// Everything around the token and sign-in services, with virtual time.
struct AuthWorld {
    AuthWorld();

    FakeClock clock;
    FakeLoop loop{clock};
    TestStore files{loop};
    FragileStore store{*files};
    ScriptedTransport transport{loop};
    SeededRandom random{42};
    MemoryLog log;
    oauth::ProviderSettings settings;
    Providers providers;

    void Run() { loop.RunPosted(); }
    // What a token endpoint says.
    static std::string Tokens(const std::string& access, const std::string& refresh,
                              int expires_in = 3600,
                              const std::string& scope = "list.scope events.scope");

    // An account with the scopes of Tokens() and this refresh token.
    model::AccountId AddAccount(model::Provider provider, const std::string& refresh);
    void SetSecret(model::AccountId id, storage::SecretPurpose purpose, const std::string& text);
    // "" if there is none.
    std::string SecretOf(model::AccountId id, storage::SecretPurpose purpose);
    model::Account Row(model::AccountId id);
    std::size_t AccountCount();
};

// A codec of a few lines: asks for /identity and reads "remote_id address".
class TinyProvider final : public Provider {
  public:
    explicit TinyProvider(std::string base) : base_(std::move(base)) {}
    net::Request ListCalendars(const model::Account&) const override { return {}; }
    Result<CalendarPage> ParseCalendars(const model::Account&, const net::Response&,
                                        UtcTime) const override {
        return CalendarPage{};
    }
    net::Request ListChanges(const model::Account&, const model::Calendar&,
                             UtcTime) const override {
        return {};
    }
    Result<ChangePage> ParseChanges(const model::Account&, const model::Calendar&,
                                    const net::Response&, UtcTime) const override {
        return ChangePage{};
    }
    net::Request FetchItem(const model::Account&, const model::Calendar&, const std::string&,
                           const std::string&) const override {
        return {};
    }
    Result<ItemReply> ParseItem(const model::Account&, const model::Calendar&, const std::string&,
                                const std::string&, const net::Response&, UtcTime) const override {
        return ItemReply{};
    }
    bool IsInsideRound(const model::Calendar&) const override { return false; }
    bool NeedsFullListing(const model::Calendar&, UtcTime) const override { return false; }
    net::Request FetchIdentity() const override;
    Result<Identity> ParseIdentity(const net::Response& response, UtcTime now) const override;

  private:
    std::string base_;
};

}  // namespace kamili::sync::testing
