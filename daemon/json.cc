#include "daemon/json.h"

#include <nlohmann/json.hpp>

#include "oauth/scopes.h"

namespace kamili::daemon {

using nlohmann::json;

json TimeOrNull(const std::optional<UtcTime>& time) {
    return time ? json(FormatUtc(*time)) : json(nullptr);
}

namespace {

json ScopesJson(const model::Account& account) {
    const auto check =
        oauth::CompareScopes(account.provider, account.scopes_requested, account.scopes_granted);
    return {{"requested", account.scopes_requested},
            {"granted", account.scopes_granted},
            {"surplus", check.surplus}};
}

}  // namespace

json ToJson(const sync::AccountStatus& status) {
    const model::Account& account = status.account;
    return {{"id", account.id.Text()},
            {"provider", Text(account.provider)},
            {"address", account.address},
            {"label", account.label},
            {"access", Text(account.access)},
            {"remote_id", account.remote_id},
            {"scopes", ScopesJson(account)},
            {"state", Text(status.state)},
            {"reason", status.reason},
            {"created", FormatUtc(account.created)},
            {"last_used", TimeOrNull(status.last_used)},
            {"revoke_page", oauth::RevokePage(account.provider, account.authority)}};
}

json ToJson(const sync::CalendarStatus& status, std::int64_t events) {
    const model::Calendar& calendar = status.calendar;
    return {{"id", calendar.id.Text()},
            {"account_id", calendar.account_id.Text()},
            {"remote_id", calendar.remote_id},
            {"name", calendar.name},
            {"color", calendar.color},
            {"time_zone", calendar.time_zone},
            {"access_role", calendar.access_role},
            {"primary", calendar.primary},
            {"hidden", calendar.hidden},
            {"enabled", calendar.enabled},
            {"state", Text(status.state)},
            {"reason", status.reason},
            {"last_complete_sync", TimeOrNull(calendar.last_complete_sync)},
            {"last_attempt", TimeOrNull(calendar.last_attempt)},
            {"next_attempt", TimeOrNull(status.next_attempt)},
            {"events", events},
            {"held_events", calendar.held_events},
            {"bad_events", status.bad_events}};
}

json ToJson(const model::Change& change) {
    return {{"number", change.number},
            {"kind", Text(change.kind)},
            {"event_id", change.event_id.Text()},
            {"calendar_id", change.calendar_id.Text()},
            {"time", FormatUtc(change.time)}};
}

json ToJson(const sync::PassReport& report) {
    return {{"id", report.calendar.Text()},
            {"state", Text(report.state)},
            {"reason", report.reason},
            {"added", report.added},
            {"changed", report.changed},
            {"removed", report.removed},
            {"pages", report.pages},
            {"bad_events", report.bad_events},
            {"duration_ms", report.duration.count()}};
}

}  // namespace kamili::daemon
