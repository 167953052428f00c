#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sync/account_round.h"
#include "sync/driver.h"
#include "sync/state_log.h"

namespace kamili::sync {

// A calendar as the driver knows it.
struct CalendarEntry {
    model::Calendar row;
    model::State state = model::State::kOk;
    std::string reason;
    int failures = 0;
    std::int64_t bad_events = 0;
    Instant next_at{};
    Instant passed_at{};   // when the last pass ended well
    Instant changed_at{};  // when a pass last brought a change
    std::optional<UtcTime> next_attempt;
    ToldState told;
};

// Somebody who waits for passes that begin after they asked.
struct SyncWaiter {
    SyncObserver observer;
    Instant give_up{};
    bool full = false;
    bool gone = false;
    int attempts = 0;
    std::map<model::AccountId, bool> accounts;  // done?
    std::map<model::CalendarId, PassReport> reports;
    std::map<model::AccountId, AccountStatus> failed;
};

// An account as the driver knows it.
struct AccountEntry {
    model::Account row;
    model::State state = model::State::kOk;
    std::string reason;
    int failures = 0;
    Instant list_at{};
    Instant not_before{};  // the provider asked to wait
    // Its place in the queue of accounts that come back together, as a share of the interval.
    double share = 0;
    std::map<model::CalendarId, CalendarEntry> calendars;
    std::shared_ptr<AccountRound> round;
    Instant round_began{};
    ToldState told;
    Subscription timer;
    std::vector<std::shared_ptr<SyncWaiter>> waiting;         // for the next round
    std::vector<std::shared_ptr<SyncWaiter>> served;          // by the round that runs
    std::vector<std::pair<model::CalendarId, Error>> errors;  // of the round that runs

    bool MayRun() const {
        return !row.paused && row.state != model::State::kNeedsSignIn &&
               row.state != model::State::kInsufficientScope;
    }
};

// What an error means for whoever met it: one that passes and names a time to wait asks us to slow
// down, whatever it is called.
model::State StateOf(const Error& error);
// Will trying again help without anybody doing something?
bool IsTransient(ErrorKind kind);

}  // namespace kamili::sync
