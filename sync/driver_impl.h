#pragma once

#include <map>
#include <memory>
#include <vector>

#include "sync/driver.h"
#include "sync/driver_state.h"

namespace kamili::sync {

// Somebody who waits is held up by a Retry-After no longer than this.
inline constexpr std::chrono::milliseconds kRetryAfterKept{600'000};

// See sync/driver.h. Loop thread only.
struct SyncDriver::Impl : std::enable_shared_from_this<SyncDriver::Impl> {
    Impl(PassContext context_in, DriverOptions options_in)
        : context(context_in), options(options_in) {}

    // driver.cc: rows and rounds.
    void ReadAll(UniqueFunction<void(Status)> ready);
    void ReloadAccount(model::AccountId id, Task done);
    void TakeReloaded(model::AccountId id, const model::Account* row,
                      const std::vector<model::Calendar>& calendars);
    void TakeAccount(const model::Account& row);
    void TakeRows(AccountEntry& account, const std::vector<model::Calendar>& rows);
    void StartRound(AccountEntry& account, AccountRound::Plan plan);
    AccountRound::Hooks RoundHooks(model::AccountId id);
    void NoteBadEvents(CalendarEntry& calendar, const PassReport& report);
    void OnPass(AccountEntry& account, const Status& status, const PassReport& report);
    // Drops what runs for an account that was paused or signed in anew; who waited is told.
    void EndRound(AccountEntry& account);
    void OnRoundEnd(model::AccountId id, Status status);
    void StoreFailure(model::CalendarId id, model::State state, const std::string& reason);
    void StoreAccountState(const AccountEntry& account);

    // driver_schedule.cc: when.
    void Schedule(AccountEntry& account);
    void RunDue(model::AccountId id);
    Instant Spread(std::chrono::milliseconds interval);
    Instant DueOf(const AccountEntry& account) const;
    // When the account that is `place`-th in a queue may begin, so that a thousand do not together.
    Instant SlotOf(std::size_t place);
    void SlowProject(const Error& error);
    void ProjectAnswered();
    // How long the project still waits; zero for an account that is not one of its own.
    std::chrono::milliseconds ProjectDelay(const AccountEntry& account) const;
    void Wake();
    void Release();
    void ClockStepped();
    void PlanNext(CalendarEntry& calendar, const Status& status);
    void TrimLater(std::chrono::milliseconds wait);

    // driver_sync.cc: those who wait.
    Subscription AddWaiter(SyncRequest request, SyncObserver observer);
    void ServeWaiters(AccountEntry& account);
    void TellProgress(AccountEntry& account, const PassReport& report, std::int64_t events);
    void SettleWaiters(AccountEntry& account, const Status& status);
    // For them the account has failed, as it stands.
    void TurnAway(const AccountEntry& account,
                  const std::vector<std::shared_ptr<SyncWaiter>>& waiters);
    void FinishWaiter(SyncWaiter& waiter);
    std::chrono::milliseconds RetryDelay(const AccountEntry& account, const SyncWaiter& waiter);

    AccountEntry* Find(model::AccountId id) {
        const auto found = accounts.find(id);
        return found == accounts.end() ? nullptr : &found->second;
    }
    AccountEntry* AccountOf(model::CalendarId calendar);
    AccountStatus StatusOf(const AccountEntry& account) const;
    void Changed();

    PassContext context;
    DriverOptions options;
    std::map<model::AccountId, AccountEntry> accounts;
    std::vector<std::shared_ptr<Task>> watchers;
    bool telling = false;
    // Google counts the requests of all accounts together, by client id.
    Instant project_not_before{};
    int project_failures = 0;
    Subscription trim;
};

}  // namespace kamili::sync
