#include "sync/driver.h"

#include <algorithm>

#include "storage/accounts.h"
#include "storage/calendars.h"
#include "storage/view.h"
#include "sync/backoff.h"
#include "sync/driver_impl.h"
#include "sync/state_log.h"

namespace kamili::sync {

using model::AccountId;
using model::CalendarId;
using model::State;

State StateOf(const Error& error) {
    if (error.retry_after && IsTransient(error.kind)) return State::kThrottled;
    switch (error.kind) {
        case ErrorKind::kOffline:
        case ErrorKind::kTimeout:
            return State::kOffline;
        case ErrorKind::kThrottled:
            return State::kThrottled;
        case ErrorKind::kAuthRevoked:
            return State::kNeedsSignIn;
        case ErrorKind::kInsufficientScope:
            return State::kInsufficientScope;
        default:
            return State::kError;
    }
}

bool IsTransient(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::kOffline:
        case ErrorKind::kTimeout:
        case ErrorKind::kThrottled:
        case ErrorKind::kServerFault:
        case ErrorKind::kBadReply:
        case ErrorKind::kCursorExpired:
        case ErrorKind::kConflict:
        case ErrorKind::kCancelled:
        case ErrorKind::kAuthExpired:
            return true;
        default:
            return false;
    }
}

namespace {

// The first trim of the journal: a machine that is never on for an hour forgets, too.
constexpr std::chrono::seconds kTrimFirst{10};

struct Rows {
    std::vector<model::Account> accounts;
    std::vector<model::Calendar> calendars;
};

Result<Rows> ReadRows(const storage::ReadView& view) {
    auto accounts = storage::ListAccounts(view);
    if (!accounts) return std::move(accounts).error();
    auto calendars = storage::ListCalendars(view);
    if (!calendars) return std::move(calendars).error();
    return Rows{.accounts = std::move(*accounts), .calendars = std::move(*calendars)};
}

Status ChangeCalendar(storage::Txn& txn, CalendarId id, State state, const std::string& reason,
                      UtcTime now) {
    auto row = storage::FindCalendar(txn, id);
    if (!row) return std::move(row).error();
    if (!*row) return {};
    // Passing troubles are known here alone; what survives a restart is an error or nothing.
    (*row)->state = state == State::kError ? State::kError : State::kOk;
    (*row)->reason = (*row)->state == State::kError ? reason : "";
    (*row)->last_attempt = now;
    return storage::UpdateCalendar(txn, **row);
}

Status ChangeAccount(storage::Txn& txn, AccountId id, State state, const std::string& reason) {
    auto row = storage::FindAccount(txn, id);
    if (!row) return std::move(row).error();
    if (!*row) return {};
    (*row)->state = state;
    (*row)->reason = reason;
    return storage::UpdateAccount(txn, **row);
}

}  // namespace

void SyncDriver::Impl::ReadAll(UniqueFunction<void(Status)> ready) {
    context.store.ReadFor<Rows>(
        ReadRows, [weak = weak_from_this(), ready = std::move(ready)](Result<Rows> rows) mutable {
            const auto self = weak.lock();
            if (!self) return;
            if (!rows) return ready(std::move(rows).error());
            std::size_t place = 0;
            for (const auto& account : rows->accounts) {
                std::vector<model::Calendar> own;
                for (const auto& calendar : rows->calendars)
                    if (calendar.account_id == account.id) own.push_back(calendar);
                self->TakeAccount(account);
                AccountEntry& entry = self->accounts.at(account.id);
                self->TakeRows(entry, own);
                // A start is no stampede.
                entry.list_at = self->SlotOf(place++);
                for (auto& [id, calendar] : entry.calendars) calendar.next_at = entry.list_at;
                self->Schedule(entry);
            }
            self->TrimLater(kTrimFirst);
            ready({});
        });
}

void SyncDriver::Impl::TakeAccount(const model::Account& row) {
    const auto [found, is_new] = accounts.try_emplace(row.id);
    AccountEntry& entry = found->second;
    if (is_new) entry.share = static_cast<double>(context.random.Below(1'000'000)) / 1e6;
    entry.row = row;
    entry.state = row.paused ? State::kPaused : row.state;
    entry.reason = row.reason;
}

void SyncDriver::Impl::TakeRows(AccountEntry& account, const std::vector<model::Calendar>& rows) {
    std::map<CalendarId, CalendarEntry> fresh;
    for (const auto& row : rows) {
        const auto old = account.calendars.find(row.id);
        CalendarEntry entry = old == account.calendars.end() ? CalendarEntry() : old->second;
        if (old == account.calendars.end()) {
            entry.state = row.state;
            entry.reason = row.reason;
            entry.next_at = context.clock.Now();
            // Nothing is known of it: asked at the plain interval first.
            entry.changed_at = entry.next_at - kPaceAge;
        }
        entry.row = row;
        if (!row.enabled) {
            entry.state = State::kDisabled;
            entry.reason.clear();
            entry.next_attempt.reset();
        } else if (entry.state == State::kDisabled) {
            entry.state = State::kOk;
            entry.next_at = context.clock.Now();
        }
        fresh.emplace(row.id, std::move(entry));
    }
    account.calendars = std::move(fresh);
    Changed();
}

void SyncDriver::Impl::ReloadAccount(AccountId id, Task done) {
    context.store.ReadFor<Rows>(ReadRows, [weak = weak_from_this(), id,
                                           done = std::move(done)](Result<Rows> rows) mutable {
        const auto self = weak.lock();
        if (!self) return;
        if (rows) {
            const auto found = std::find_if(rows->accounts.begin(), rows->accounts.end(),
                                            [id](const auto& account) { return account.id == id; });
            self->TakeReloaded(id, found == rows->accounts.end() ? nullptr : &*found,
                               rows->calendars);
        }
        if (done) done();
    });
}

void SyncDriver::Impl::TakeReloaded(AccountId id, const model::Account* row,
                                    const std::vector<model::Calendar>& calendars) {
    if (!row) {
        accounts.erase(id);
        return Changed();
    }
    const AccountEntry* before = Find(id);
    const bool could_run = before && before->MayRun();
    // Another access level has other rows and cursors: what runs belongs to the past.
    const bool renewed = before && before->row.access != row->access;
    TakeAccount(*row);
    std::vector<model::Calendar> own;
    for (const auto& calendar : calendars)
        if (calendar.account_id == id) own.push_back(calendar);
    AccountEntry& entry = accounts.at(id);
    TakeRows(entry, own);
    if (!entry.MayRun() || renewed) EndRound(entry);
    if (!entry.MayRun()) {
        entry.timer.Cancel();
    } else if (!could_run || renewed) {
        // New, signed in again or resumed: at once.
        entry.failures = 0;
        entry.not_before = {};
        entry.list_at = {};
        for (auto& [calendar_id, calendar] : entry.calendars)
            calendar.next_at = context.clock.Now();
    }
    Schedule(entry);
}

AccountRound::Hooks SyncDriver::Impl::RoundHooks(AccountId id) {
    AccountRound::Hooks hooks;
    const auto with = [weak = weak_from_this(), id](auto act) {
        const auto self = weak.lock();
        AccountEntry* account = self ? self->Find(id) : nullptr;
        if (account) act(*self, *account);
    };
    hooks.on_rows = [with](const std::vector<model::Calendar>& rows) {
        with([&](Impl& self, AccountEntry& account) { self.TakeRows(account, rows); });
    };
    hooks.on_row = [with](const model::Calendar& row) {
        with([&](Impl&, AccountEntry& account) {
            const auto found = account.calendars.find(row.id);
            if (found != account.calendars.end()) found->second.row = row;
        });
    };
    hooks.on_begin = [with](CalendarId calendar) {
        with([&](Impl& self, AccountEntry& account) {
            const auto found = account.calendars.find(calendar);
            if (found == account.calendars.end()) return;
            found->second.state = State::kSyncing;
            found->second.row.last_attempt = self.context.clock.UtcNow();
            self.Changed();
        });
    };
    hooks.on_page = [with](const PassReport& report, std::int64_t events) {
        with([&](Impl& self, AccountEntry& account) {
            self.TellProgress(account, report, events);
            self.Changed();
        });
    };
    hooks.on_pass = [with](const Status& status, const PassReport& report) {
        with([&](Impl& self, AccountEntry& account) { self.OnPass(account, status, report); });
    };
    hooks.on_end = [weak = weak_from_this(), id](Status status) {
        if (const auto self = weak.lock()) self->OnRoundEnd(id, std::move(status));
    };
    return hooks;
}

void SyncDriver::Impl::StartRound(AccountEntry& account, AccountRound::Plan plan) {
    account.errors.clear();
    account.state = State::kSyncing;
    account.reason.clear();
    account.round_began = context.clock.Now();
    account.round = std::make_shared<AccountRound>(context, account.row, std::move(plan),
                                                   RoundHooks(account.row.id));
    Changed();
    account.round->Start();
}

void SyncDriver::Impl::StoreFailure(CalendarId id, State state, const std::string& reason) {
    context.store.Write(
        [id, state, reason, now = context.clock.UtcNow()](storage::Txn& txn) {
            return ChangeCalendar(txn, id, state, reason, now);
        },
        [](Status) {});
}

void SyncDriver::Impl::StoreAccountState(const AccountEntry& account) {
    context.store.Write(
        [id = account.row.id, state = account.row.state, reason = account.row.reason](
            storage::Txn& txn) { return ChangeAccount(txn, id, state, reason); },
        [](Status) {});
}

// One event that cannot be read fails no page, so nobody would learn of it otherwise.
void SyncDriver::Impl::NoteBadEvents(CalendarEntry& calendar, const PassReport& report) {
    if (report.listed_anew) calendar.bad_events = 0;
    calendar.bad_events += report.bad_events;
    if (report.bad_events > 0)
        context.log.Warn("events could not be read whole",
                         {{"calendar", report.calendar.Text()}, {"count", report.bad_events}});
}

void SyncDriver::Impl::OnPass(AccountEntry& account, const Status& status,
                              const PassReport& report) {
    const auto found = account.calendars.find(report.calendar);
    if (found == account.calendars.end()) return;
    CalendarEntry& calendar = found->second;
    PassReport told = report;
    NoteBadEvents(calendar, report);
    if (status) {
        calendar.failures = 0;
        calendar.passed_at = context.clock.Now();
        // What a full listing brings tells nothing of how busy the calendar is.
        if (!report.listed_anew && report.added + report.changed + report.removed > 0)
            calendar.changed_at = calendar.passed_at;
        calendar.state = State::kOk;
        calendar.reason.clear();
    } else {
        ++calendar.failures;
        calendar.state = StateOf(status.error());
        // A sign-in is the account's trouble, not this calendar's.
        if (calendar.state == State::kNeedsSignIn || calendar.state == State::kInsufficientScope)
            calendar.state = State::kOk;
        calendar.reason = status.error().message;
        account.errors.emplace_back(report.calendar, status.error());
        StoreFailure(report.calendar, calendar.state, calendar.reason);
    }
    StateLog(context.log, context.clock).OnPass(account.row.id, status, report, calendar.told);
    PlanNext(calendar, status);
    told.state = status ? State::kOk : StateOf(status.error());
    told.reason = calendar.reason;
    for (const auto& waiter : account.served) waiter->reports[report.calendar] = told;
    Changed();
}

void SyncDriver::Impl::EndRound(AccountEntry& account) {
    account.round.reset();
    for (auto& [id, calendar] : account.calendars)
        if (calendar.state == State::kSyncing) calendar.state = State::kOk;
    auto waiters = std::exchange(account.served, {});
    for (auto& waiter : std::exchange(account.waiting, {})) waiters.push_back(std::move(waiter));
    TurnAway(account, waiters);
}

void SyncDriver::Impl::OnRoundEnd(AccountId id, Status status) {
    AccountEntry* account = Find(id);
    if (!account) return;
    // The round is in one of its own functions: it goes when that has ended.
    context.loop.Post([gone = std::move(account->round)] {});
    account->round.reset();
    account->state = account->row.paused ? State::kPaused : State::kOk;
    account->reason.clear();
    if (status) {
        account->failures = 0;
        if (account->row.provider == model::Provider::kGoogle) ProjectAnswered();
        if (account->row.state != State::kOk) {
            account->row.state = State::kOk;
            account->row.reason.clear();
            StoreAccountState(*account);
        }
    } else {
        const Error& error = status.error();
        ++account->failures;
        account->state = StateOf(error);
        account->reason = error.message;
        // A provider that always asks for one second is met with more each time.
        const auto own = Backoff(account->failures, kBackoffFirst, context.random);
        const auto wait = std::max(own, error.retry_after.value_or(own));
        account->not_before =
            context.clock.Now() + std::min<std::chrono::milliseconds>(wait, std::chrono::hours(24));
        if (account->state == State::kNeedsSignIn || account->state == State::kInsufficientScope) {
            account->row.state = account->state;
            account->row.reason = account->reason;
            StoreAccountState(*account);
        }
        // Google counts by client id: every other account that uses it would be refused as well.
        if (error.kind == ErrorKind::kThrottled &&
            account->row.provider == model::Provider::kGoogle)
            SlowProject(error);
    }
    StateLog(context.log, context.clock)
        .OnRound(id, status,
                 std::chrono::duration_cast<std::chrono::milliseconds>(context.clock.Now() -
                                                                       account->round_began),
                 account->told);
    SettleWaiters(*account, status);
    Changed();
    if (AccountEntry* still = Find(id)) Schedule(*still);
}

AccountEntry* SyncDriver::Impl::AccountOf(CalendarId calendar) {
    for (auto& [id, account] : accounts)
        if (account.calendars.contains(calendar)) return &account;
    return nullptr;
}

AccountStatus SyncDriver::Impl::StatusOf(const AccountEntry& account) const {
    AccountStatus status{.account = account.row,
                         .state = account.state,
                         .reason = account.reason,
                         .last_used = account.row.created};
    // An empty optional is less than any time.
    status.last_used = std::max(status.last_used, context.tokens.LastUsed(account.row.id));
    for (const auto& [id, calendar] : account.calendars)
        status.last_used = std::max(status.last_used, calendar.row.last_complete_sync);
    return status;
}

void SyncDriver::Impl::Changed() {
    if (std::exchange(telling, true)) return;
    context.loop.Post([weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self) return;
        self->telling = false;
        const auto told = self->watchers;
        for (const auto& watcher : told)
            if (std::find(self->watchers.begin(), self->watchers.end(), watcher) !=
                self->watchers.end())
                (*watcher)();
    });
}

SyncDriver::SyncDriver(Loop& loop, const Clock& clock, Random& random, net::Transport& transport,
                       storage::Store& store, TokenService& tokens, const Providers& providers,
                       Executor& reader, Log& log, DriverOptions options)
    : impl_(std::make_shared<Impl>(
          PassContext{loop, clock, random, transport, store, tokens, providers, reader, log},
          options)) {}

SyncDriver::~SyncDriver() { Stop(); }

void SyncDriver::Start(UniqueFunction<void(Status)> ready) { impl_->ReadAll(std::move(ready)); }

void SyncDriver::Stop() {
    impl_->accounts.clear();
    impl_->watchers.clear();
    impl_->trim.Cancel();
}

void SyncDriver::SetOptions(DriverOptions options) {
    impl_->options = options;
    for (auto& [id, account] : impl_->accounts) impl_->Schedule(account);
}

void SyncDriver::Reload(AccountId account, Task done) {
    impl_->ReloadAccount(account, std::move(done));
}

void SyncDriver::Drop(AccountId account) {
    AccountEntry* entry = impl_->Find(account);
    if (!entry) return;
    const auto waiting = entry->waiting;
    const auto served = entry->served;
    impl_->accounts.erase(account);
    for (const auto& list : {waiting, served})
        for (const auto& waiter : list) {
            waiter->accounts[account] = true;
            impl_->FinishWaiter(*waiter);
        }
    impl_->Changed();
}

void SyncDriver::ReloadCalendar(CalendarId calendar) {
    if (AccountEntry* account = impl_->AccountOf(calendar))
        impl_->ReloadAccount(account->row.id, {});
}

void SyncDriver::DropCalendar(CalendarId calendar) {
    AccountEntry* account = impl_->AccountOf(calendar);
    if (account && account->round) account->round->Drop(calendar);
}

Subscription SyncDriver::Sync(SyncRequest request, SyncObserver observer) {
    return impl_->AddWaiter(std::move(request), std::move(observer));
}

void SyncDriver::Wake() { impl_->Wake(); }

void SyncDriver::Hold() { impl_->context.held = true; }

void SyncDriver::Release() { impl_->Release(); }

void SyncDriver::ClockStepped() { impl_->ClockStepped(); }

std::vector<AccountStatus> SyncDriver::Accounts() const {
    std::vector<AccountStatus> out;
    for (const auto& [id, account] : impl_->accounts) out.push_back(impl_->StatusOf(account));
    return out;
}

std::optional<AccountStatus> SyncDriver::Account(AccountId id) const {
    const AccountEntry* account = impl_->Find(id);
    if (!account) return std::nullopt;
    return impl_->StatusOf(*account);
}

std::vector<CalendarStatus> SyncDriver::Calendars() const {
    std::vector<CalendarStatus> out;
    for (const auto& [id, account] : impl_->accounts)
        for (const auto& [calendar_id, calendar] : account.calendars)
            out.push_back({.calendar = calendar.row,
                           .state = calendar.state,
                           .reason = calendar.reason,
                           .next_attempt = calendar.next_attempt,
                           .bad_events = calendar.bad_events});
    return out;
}

Subscription SyncDriver::WatchStatus(Task on_change) {
    auto watcher = std::make_shared<Task>(std::move(on_change));
    impl_->watchers.push_back(watcher);
    return Subscription([weak = std::weak_ptr(impl_), watcher] {
        if (const auto impl = weak.lock()) std::erase(impl->watchers, watcher);
    });
}

}  // namespace kamili::sync
