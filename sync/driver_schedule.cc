#include <algorithm>

#include "storage/free_space.h"
#include "storage/journal.h"
#include "sync/backoff.h"
#include "sync/driver_impl.h"

namespace kamili::sync {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

// How often the list of calendars is asked for beside `sync`.
constexpr hours kListEvery{1};
// When a second listing shall confirm what the deletion guard holds.
constexpr minutes kConfirmAfter{15};
// Passes that are due this soon go with the one that is due now: fewer wakeups.
constexpr milliseconds kTogether{10'000};
constexpr hours kTrimEvery{1};

}  // namespace

Instant SyncDriver::Impl::Spread(milliseconds interval) {
    const auto fifth = static_cast<std::uint64_t>(std::max<std::int64_t>(1, interval.count() / 5));
    const auto off = static_cast<std::int64_t>(context.random.Below(2 * fifth)) -
                     static_cast<std::int64_t>(fifth);
    return context.clock.Now() + interval + milliseconds(off);
}

void SyncDriver::Impl::PlanNext(CalendarEntry& calendar, const Status& status) {
    milliseconds wait = options.interval;
    if (status && calendar.row.held_events > 0) wait = kConfirmAfter;
    if (!status && IsTransient(status.error().kind))
        wait = status.error().retry_after.value_or(
            Backoff(calendar.failures, kBackoffFirst, context.random));
    // What nobody but the provider or the user can mend is asked seldom, but asked.
    if (!status && !IsTransient(status.error().kind)) wait = 3 * options.interval;
    calendar.next_at =
        status || !status.error().retry_after ? Spread(wait) : context.clock.Now() + wait;
    calendar.next_attempt = context.clock.UtcNow() + std::chrono::duration_cast<milliseconds>(
                                                         calendar.next_at - context.clock.Now());
}

void SyncDriver::Impl::Schedule(AccountEntry& account) {
    account.timer.Cancel();
    if (account.round || !account.MayRun()) return;
    Instant due = account.list_at;
    for (const auto& [id, calendar] : account.calendars)
        if (calendar.row.enabled) due = std::min(due, calendar.next_at);
    due = std::max(due, account.not_before);
    if (!account.waiting.empty()) due = std::max(context.clock.Now(), account.not_before);
    account.timer = context.loop.RunAt(due, [weak = weak_from_this(), id = account.row.id] {
        if (const auto self = weak.lock()) self->RunDue(id);
    });
}

void SyncDriver::Impl::RunDue(model::AccountId id) {
    AccountEntry* account = Find(id);
    if (!account || account->round || !account->MayRun()) return;
    const Instant now = context.clock.Now();
    AccountRound::Plan plan;
    if (!account->waiting.empty()) {
        ServeWaiters(*account);
        plan.list = plan.all = true;
        for (const auto& waiter : account->served) plan.full = plan.full || waiter->full;
    } else {
        plan.list = account->list_at <= now + kTogether;
        plan.all = account->calendars.empty();
        for (const auto& [calendar_id, calendar] : account->calendars)
            if (calendar.row.enabled && calendar.next_at <= now + kTogether)
                plan.calendars.push_back(calendar_id);
    }
    if (plan.list) account->list_at = Spread(kListEvery);
    StartRound(*account, std::move(plan));
}

void SyncDriver::Impl::TrimLater() {
    trim = context.loop.RunAt(context.clock.Now() + kTrimEvery, [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self) return;
        const UtcTime before = self->context.clock.UtcNow() - self->options.journal_keep;
        self->context.store.Write(
            [before](storage::Txn& txn) {
                if (auto trimmed = storage::TrimJournal(txn, before); !trimmed) return trimmed;
                return storage::ReleaseFreePages(txn);
            },
            [](Status) {});
        self->TrimLater();
    });
}

}  // namespace kamili::sync
