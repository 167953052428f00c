#include <algorithm>

#include "sync/backoff.h"
#include "sync/driver_impl.h"

namespace kamili::sync {
namespace {

using model::State;
using std::chrono::milliseconds;

constexpr milliseconds kRetriesFor{150'000};
constexpr milliseconds kRetryFirst{500};

}  // namespace

Subscription SyncDriver::Impl::AddWaiter(SyncRequest request, SyncObserver observer) {
    auto waiter = std::make_shared<SyncWaiter>();
    waiter->observer = std::move(observer);
    waiter->full = request.full;
    waiter->give_up = context.clock.Now() + kRetriesFor;
    for (auto& [id, account] : accounts) {
        const bool wanted = request.accounts.empty() ||
                            std::find(request.accounts.begin(), request.accounts.end(), id) !=
                                request.accounts.end();
        if (!wanted || account.row.paused) continue;
        // An account that must sign in again cannot be asked.
        const bool done = !account.MayRun();
        waiter->accounts[id] = done;
        if (done)
            waiter->failed[id] = StatusOf(account);
        else
            account.waiting.push_back(waiter);
    }
    context.loop.Post([weak = weak_from_this(), waiter] {
        const auto self = weak.lock();
        if (!self) return;
        self->FinishWaiter(*waiter);
        for (auto& [id, account] : self->accounts)
            if (!account.waiting.empty()) {
                // Our own caution ends here; what the provider asked for stays, within reason.
                account.not_before =
                    std::min(account.not_before, self->context.clock.Now() + kRetryAfterKept);
                self->Schedule(account);
            }
    });
    return Subscription([waiter] { waiter->gone = true; });
}

void SyncDriver::Impl::ServeWaiters(AccountEntry& account) {
    account.served = std::exchange(account.waiting, {});
    for (const auto& waiter : account.served) ++waiter->attempts;
}

void SyncDriver::Impl::TellProgress(AccountEntry& account, const PassReport& report,
                                    std::int64_t events) {
    for (const auto& waiter : account.served)
        if (!waiter->gone && waiter->observer.on_progress)
            waiter->observer.on_progress(report.calendar, report.pages, events);
}

// How long until the account is tried again for the sake of those who wait.
milliseconds SyncDriver::Impl::RetryDelay(const AccountEntry& account, const SyncWaiter& waiter) {
    milliseconds asked{0};
    for (const auto& [calendar, error] : account.errors)
        asked = std::max(asked, error.retry_after.value_or(milliseconds(0)));
    if (asked.count() > 0) return std::min(asked, kRetryAfterKept);
    return Backoff(waiter.attempts, kRetryFirst, context.random);
}

void SyncDriver::Impl::SettleWaiters(AccountEntry& account, const Status& status) {
    if (!status) account.errors.emplace_back(model::CalendarId(), status.error());
    const bool transient =
        !account.errors.empty() &&
        std::all_of(account.errors.begin(), account.errors.end(),
                    [](const auto& one) { return IsTransient(one.second.kind); });
    bool asked_to_wait = false;
    for (const auto& [calendar, error] : account.errors)
        asked_to_wait = asked_to_wait || error.retry_after.has_value();
    const auto served = std::exchange(account.served, {});
    for (const auto& waiter : served) {
        const auto delay = std::max(RetryDelay(account, *waiter), ProjectDelay(account));
        const bool in_time = asked_to_wait || context.clock.Now() + delay < waiter->give_up;
        if (transient && in_time && !waiter->gone && waiter->attempts < 20) {
            account.waiting.push_back(waiter);
            account.not_before =
                context.clock.Now() + std::min<milliseconds>(delay, kRetryAfterKept);
            continue;
        }
        waiter->accounts[account.row.id] = true;
        if (!status) waiter->failed[account.row.id] = StatusOf(account);
        FinishWaiter(*waiter);
    }
    // Those who asked while the round ran wait for one that will never be.
    if (!account.MayRun()) TurnAway(account, std::exchange(account.waiting, {}));
}

void SyncDriver::Impl::TurnAway(const AccountEntry& account,
                                const std::vector<std::shared_ptr<SyncWaiter>>& waiters) {
    for (const auto& waiter : waiters) {
        waiter->accounts[account.row.id] = true;
        waiter->failed[account.row.id] = StatusOf(account);
        FinishWaiter(*waiter);
    }
}

void SyncDriver::Impl::FinishWaiter(SyncWaiter& waiter) {
    const bool all = std::all_of(waiter.accounts.begin(), waiter.accounts.end(),
                                 [](const auto& one) { return one.second; });
    if (!all || waiter.gone || !waiter.observer.on_done) return;
    SyncObserver::Summary summary;
    for (const auto& [id, report] : waiter.reports) {
        summary.calendars.push_back(report);
        summary.partial = summary.partial || report.state != State::kOk;
    }
    summary.needs_sign_in =
        !waiter.failed.empty() && waiter.failed.size() == waiter.accounts.size();
    for (const auto& [id, status] : waiter.failed) {
        summary.failed_accounts.push_back(status);
        summary.partial = true;
        summary.needs_sign_in =
            summary.needs_sign_in &&
            (status.state == State::kNeedsSignIn || status.state == State::kInsufficientScope);
    }
    auto done = std::exchange(waiter.observer.on_done, {});
    done(std::move(summary));
}

}  // namespace kamili::sync
