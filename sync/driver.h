#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/executor.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/random.h"
#include "base/result.h"
#include "base/subscription.h"
#include "base/time.h"
#include "model/account.h"
#include "model/calendar.h"
#include "net/transport.h"
#include "storage/store.h"
#include "sync/poll_pace.h"
#include "sync/providers.h"
#include "sync/token_service.h"

namespace kamili::sync {

struct DriverOptions {
    PollLimits poll;  // each wait is spread by +-20 %
    std::chrono::milliseconds journal_keep{30LL * 24 * 3600 * 1000};
};

// What an account or a calendar is up to now: the stored row with the passing states on top.
struct AccountStatus {
    model::Account account;
    model::State state = model::State::kOk;
    std::string reason;
    // When the provider last answered a request with its token. Of an earlier run the last complete
    // pass is known, and the sign-in itself.
    std::optional<UtcTime> last_used;
};
struct CalendarStatus {
    model::Calendar calendar;
    model::State state = model::State::kOk;
    std::string reason;
    std::optional<UtcTime> next_attempt;
    // Seen since the last full listing or the start: kept with a flag, or without an id and left
    // out.
    std::int64_t bad_events = 0;
};

// The end of one calendar's pass, for `sync`.
struct PassReport {
    model::CalendarId calendar;
    model::State state = model::State::kOk;
    std::string reason;
    std::int64_t added = 0;
    std::int64_t changed = 0;
    std::int64_t removed = 0;
    std::int64_t pages = 0;
    std::int64_t bad_events = 0;  // could not be read whole
    bool listed_anew = false;     // it began a full listing
    std::chrono::milliseconds duration{0};
};

// A pass that somebody waits for.
struct SyncRequest {
    std::vector<model::AccountId> accounts;  // empty: all
    bool full = false;                       // begin every listing anew
};
struct SyncObserver {
    UniqueFunction<void(model::CalendarId, std::int64_t pages, std::int64_t events)> on_progress;
    // All that was asked for has ended (or 150 s of retries have passed). `needs_sign_in` is set
    // when every account asked for must sign in again.
    struct Summary {
        std::vector<PassReport> calendars;
        std::vector<AccountStatus> failed_accounts;
        bool needs_sign_in = false;
        bool partial = false;
    };
    UniqueFunction<void(Summary)> on_done;
};

// Carries the steps of passes to the transport and the store, decides when each calendar is asked
// again, and knows what everyone is up to. Loop thread only.
class SyncDriver {
  public:
    // `reader` is where long replies are read.
    SyncDriver(Loop& loop, const Clock& clock, Random& random, net::Transport& transport,
               storage::Store& store, TokenService& tokens, const Providers& providers,
               Executor& reader, Log& log, DriverOptions options);
    ~SyncDriver();

    // Reads accounts and calendars from the store and schedules them; `ready` when status() works.
    void Start(UniqueFunction<void(Status)> ready);
    // Cancels every pass and timer. What was committed stays; nothing runs afterwards.
    void Stop();
    void SetOptions(DriverOptions options);

    // The row of this account changed (added, signed in again, paused, resumed): read it anew and
    // begin a pass if it is new or was resumed. `done` runs once it is known here: a Sync before
    // that does not include it.
    void Reload(model::AccountId account, Task done = {});
    // Cancels what runs for it, before the account's rows are removed.
    void Drop(model::AccountId account);
    // A calendar was enabled or disabled; its rows are already changed.
    void ReloadCalendar(model::CalendarId calendar);
    // Cancels what runs for a calendar, before its rows are cleared or removed.
    void DropCalendar(model::CalendarId calendar);

    // Starts a pass that begins after this call: lists the calendars, then syncs each. Waits for
    // the end; dropping the subscription stops observing, not the pass.
    Subscription Sync(SyncRequest request, SyncObserver observer);

    // The machine slept or has a network again: what was not asked within the busiest interval is
    // asked now, account after account. A wait that a provider asked for stays.
    void Wake();
    // The machine is about to sleep: no pass begins between these two. What runs goes on.
    void Hold();
    void Release();
    // The wall clock was set: the times that status tells are counted anew.
    void ClockStepped();

    std::vector<AccountStatus> Accounts() const;  // by id
    std::optional<AccountStatus> Account(model::AccountId id) const;
    std::vector<CalendarStatus> Calendars() const;  // by account, then id
    // Called after any change of what Accounts() or Calendars() say, at most once per turn.
    Subscription WatchStatus(Task on_change);

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace kamili::sync
