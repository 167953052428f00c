#include <algorithm>
#include <utility>

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
// Accounts that would all begin at once (start, resume, network) begin this far apart.
constexpr milliseconds kSlot{250};

}  // namespace

Instant SyncDriver::Impl::Spread(milliseconds interval) {
    const auto fifth = static_cast<std::uint64_t>(std::max<std::int64_t>(1, interval.count() / 5));
    const auto off = static_cast<std::int64_t>(context.random.Below(2 * fifth)) -
                     static_cast<std::int64_t>(fifth);
    return context.clock.Now() + interval + milliseconds(off);
}

Instant SyncDriver::Impl::SlotOf(std::size_t place) {
    const auto within = context.random.Below(static_cast<std::uint64_t>(kSlot.count()));
    return context.clock.Now() + place * kSlot +
           milliseconds(place == 0 ? 0 : static_cast<std::int64_t>(within));
}

void SyncDriver::Impl::PlanNext(CalendarEntry& calendar, const Status& status) {
    const Instant now = context.clock.Now();
    milliseconds wait = PollPace(options.poll, now - calendar.changed_at);
    if (status && calendar.row.held_events > 0) wait = kConfirmAfter;
    if (!status && IsTransient(status.error().kind))
        wait = status.error().retry_after.value_or(
            Backoff(calendar.failures, kBackoffFirst, context.random));
    // What nobody but the provider or the user can mend is asked seldom, but asked.
    if (!status && !IsTransient(status.error().kind)) wait = 3 * options.poll.interval;
    calendar.next_at = status || !status.error().retry_after ? Spread(wait) : now + wait;
    calendar.next_attempt =
        context.clock.UtcNow() + std::chrono::duration_cast<milliseconds>(calendar.next_at - now);
}

Instant SyncDriver::Impl::DueOf(const AccountEntry& account) const {
    const Instant now = context.clock.Now();
    Instant project{};
    if (account.row.provider == model::Provider::kGoogle) project = project_not_before;
    // Somebody waits: as soon as the provider lets us.
    if (!account.waiting.empty())
        return std::max(
            {now, account.not_before, std::min<Instant>(project, now + kRetryAfterKept)});
    Instant due = account.list_at;
    for (const auto& [id, calendar] : account.calendars)
        if (calendar.row.enabled) due = std::min(due, calendar.next_at);
    // What was held back together does not come back together.
    if (project > now)
        project += std::chrono::duration_cast<std::chrono::nanoseconds>(account.share *
                                                                        options.poll.interval);
    return std::max({due, account.not_before, project});
}

void SyncDriver::Impl::Schedule(AccountEntry& account) {
    account.timer.Cancel();
    if (account.round || !account.MayRun()) return;
    account.timer =
        context.loop.RunAt(DueOf(account), [weak = weak_from_this(), id = account.row.id] {
            if (const auto self = weak.lock()) self->RunDue(id);
        });
}

void SyncDriver::Impl::RunDue(model::AccountId id) {
    AccountEntry* account = Find(id);
    if (!account || account->round || !account->MayRun() || context.held) return;
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

// Each refusal in a row doubles the wait of the whole project, whichever account met it.
void SyncDriver::Impl::SlowProject(const Error& error) {
    const Instant now = context.clock.Now();
    // Rounds that ran already when the first was refused say nothing new.
    if (project_not_before <= now) ++project_failures;
    const auto own = Backoff(project_failures, kBackoffFirst, context.random);
    const auto wait =
        std::min<milliseconds>(std::max(own, error.retry_after.value_or(own)), hours(24));
    project_not_before = std::max(project_not_before, now + wait);
    context.log.Warn("the client id's quota is used up: all its accounts wait",
                     {{"wait_ms", wait.count()}});
    for (auto& [id, account] : accounts)
        if (account.row.provider == model::Provider::kGoogle) Schedule(account);
}

milliseconds SyncDriver::Impl::ProjectDelay(const AccountEntry& account) const {
    if (account.row.provider != model::Provider::kGoogle) return milliseconds(0);
    return std::chrono::ceil<milliseconds>(std::max<std::chrono::nanoseconds>(
        project_not_before - context.clock.Now(), std::chrono::nanoseconds(0)));
}

void SyncDriver::Impl::ProjectAnswered() {
    if (project_not_before <= context.clock.Now()) project_failures = 0;
}

void SyncDriver::Impl::Wake() {
    const Instant now = context.clock.Now();
    std::size_t place = 0;
    for (auto& [id, account] : accounts) {
        if (account.round || !account.MayRun()) continue;
        // The wait of an account without a network was our own; others were asked for.
        const bool was_offline = account.state == model::State::kOffline;
        bool due = was_offline;
        for (const auto& [calendar_id, calendar] : account.calendars)
            due = due || calendar.passed_at + options.poll.Busy() <= now;
        if (!due) continue;
        const Instant slot = SlotOf(place++);
        if (was_offline) account.not_before = {};
        for (auto& [calendar_id, calendar] : account.calendars)
            calendar.next_at = std::min(calendar.next_at, slot);
        if (was_offline) account.list_at = std::min(account.list_at, slot);
        Schedule(account);
    }
    ClockStepped();
}

void SyncDriver::Impl::Release() {
    if (!std::exchange(context.held, false)) return;
    for (auto& [id, account] : accounts) {
        // It may end in this call, and tell others.
        if (const auto round = account.round)
            context.loop.Post([round] { round->Resume(); });
        else
            Schedule(account);
    }
}

void SyncDriver::Impl::ClockStepped() {
    const Instant now = context.clock.Now();
    for (auto& [id, account] : accounts)
        for (auto& [calendar_id, calendar] : account.calendars)
            if (calendar.next_attempt)
                calendar.next_attempt =
                    context.clock.UtcNow() +
                    std::chrono::duration_cast<milliseconds>(calendar.next_at - now);
    Changed();
}

void SyncDriver::Impl::TrimLater(milliseconds wait) {
    trim = context.loop.RunAt(context.clock.Now() + wait, [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self) return;
        const UtcTime before = self->context.clock.UtcNow() - self->options.journal_keep;
        self->context.store.Write(
            [before](storage::Txn& txn) {
                if (auto trimmed = storage::TrimJournal(txn, before); !trimmed) return trimmed;
                return storage::ReleaseFreePages(txn);
            },
            [](Status) {});
        self->TrimLater(kTrimEvery);
    });
}

}  // namespace kamili::sync
