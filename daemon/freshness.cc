#include "daemon/freshness.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "daemon/json.h"

namespace kamili::daemon {
namespace {

using model::State;

bool IsGood(State state) { return state == State::kOk || state == State::kSyncing; }

// Why this calendar's rows cannot be taken for the whole and present truth; empty if they can.
std::string Doubt(const sync::CalendarStatus& status, const sync::AccountStatus* account,
                  std::chrono::milliseconds interval, UtcTime now) {
    const model::Calendar& calendar = status.calendar;
    if (!calendar.enabled) return "disabled: its events are not kept here";
    if (account && !IsGood(account->state))
        return account->reason.empty() ? std::string(Text(account->state)) : account->reason;
    if (!IsGood(status.state))
        return status.reason.empty() ? std::string(Text(status.state)) : status.reason;
    if (!calendar.last_complete_sync) return "not listed completely yet";
    if (calendar.held_events > 0)
        return "events that a listing lacked are kept until a second one confirms it";
    if (now - *calendar.last_complete_sync > 3 * interval) return "not synced for a while";
    return "";
}

State StateOf(const sync::CalendarStatus& status, const sync::AccountStatus* account) {
    if (!status.calendar.enabled) return State::kDisabled;
    if (account && !IsGood(account->state)) return account->state;
    return status.state;
}

// Accounts of which no calendar is known yet: their events are missing from every answer.
void AddUnlisted(const std::map<model::AccountId, const sync::AccountStatus*>& accounts,
                 const std::vector<sync::CalendarStatus>& calendars,
                 std::vector<StaleCalendar>& stale) {
    for (const auto& [id, account] : accounts) {
        const auto of_account = [id = id](const auto& status) {
            return status.calendar.account_id == id;
        };
        if (std::any_of(calendars.begin(), calendars.end(), of_account)) continue;
        stale.push_back({.calendar = {},
                         .account = id,
                         .state = account->state,
                         .reason = "its calendars have not been listed yet",
                         .last_complete_sync = {}});
    }
}

}  // namespace

std::vector<StaleCalendar> FindStale(const std::vector<sync::AccountStatus>& accounts,
                                     const std::vector<sync::CalendarStatus>& calendars,
                                     const std::vector<model::CalendarId>& wanted,
                                     std::chrono::milliseconds interval, UtcTime now) {
    std::map<model::AccountId, const sync::AccountStatus*> by_id;
    for (const auto& account : accounts) by_id[account.account.id] = &account;
    std::vector<StaleCalendar> stale;
    for (const auto& status : calendars) {
        const model::Calendar& calendar = status.calendar;
        const bool named = std::find(wanted.begin(), wanted.end(), calendar.id) != wanted.end();
        if (wanted.empty() ? !calendar.enabled : !named) continue;
        const auto account = by_id.find(calendar.account_id);
        const auto* of = account == by_id.end() ? nullptr : account->second;
        std::string reason = Doubt(status, of, interval, now);
        if (reason.empty()) continue;
        stale.push_back({.calendar = calendar.id,
                         .account = calendar.account_id,
                         .state = StateOf(status, of),
                         .reason = std::move(reason),
                         .last_complete_sync = calendar.last_complete_sync});
    }
    if (wanted.empty()) AddUnlisted(by_id, calendars, stale);
    return stale;
}

nlohmann::json FreshnessJson(const std::vector<StaleCalendar>& stale, UtcTime now) {
    nlohmann::json list = nlohmann::json::array();
    for (const auto& one : stale)
        list.push_back({{"calendar_id", one.calendar.is_valid() ? one.calendar.Text() : ""},
                        {"account_id", one.account.Text()},
                        {"state", Text(one.state)},
                        {"reason", one.reason},
                        {"last_complete_sync", TimeOrNull(one.last_complete_sync)}});
    return {{"as_of", FormatUtc(now)}, {"complete", stale.empty()}, {"stale", std::move(list)}};
}

}  // namespace kamili::daemon
