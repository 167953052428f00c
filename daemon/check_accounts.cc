#include <fmt/format.h>

#include <algorithm>

#include "daemon/findings.h"
#include "oauth/scopes.h"

namespace kamili::daemon {
namespace {

using model::State;

// What a person can do about an account in that state; `id` is what kamilictl calls it.
std::string AccountRemedy(State state, const std::string& id) {
    switch (state) {
        case State::kNeedsSignIn:
        case State::kInsufficientScope:
            return "kamilictl account reauth " + id;
        case State::kPaused:
            return "kamilictl account resume " + id;
        case State::kOffline:
            return "check the network, the name server and https_proxy; it is tried again by "
                   "itself";
        case State::kThrottled:
            return "wait: kamilictl status shows until when the provider asked us to";
        default:
            return "kamilictl sync " + id + " tries it now; the daemon's log says more";
    }
}

bool IsGood(State state) { return state == State::kOk || state == State::kSyncing; }

void CheckAccount(const sync::AccountStatus& status, Findings& findings) {
    const std::string id = status.account.id.Text();
    if (IsGood(status.state)) return findings.Ok("account", id + " works");
    const std::string message = fmt::format("{}: {} {}", id, Text(status.state), status.reason);
    const std::string remedy = AccountRemedy(status.state, id);
    if (status.state == State::kNeedsSignIn || status.state == State::kInsufficientScope)
        findings.Fault("account", message, remedy);
    else
        findings.Warn("account", message, remedy);
}

// Google's surplus ends the sign-in; Microsoft adds what was consented to before.
void CheckRights(const model::Account& account, Findings& findings) {
    const auto check =
        oauth::CompareScopes(account.provider, account.scopes_requested, account.scopes_granted);
    if (check.surplus.empty()) return;
    const std::string id = account.id.Text();
    findings.Warn("account",
                  fmt::format("{}: more rights are granted than were asked for: {}", id,
                              oauth::ScopesInWords(check.surplus)),
                  fmt::format("take the consent back at {}, then kamilictl account reauth {}",
                              oauth::RevokePage(account.provider, account.authority), id));
}

void CheckClient(const Context& context, const model::Account& account, Findings& findings) {
    const bool google = account.provider == model::Provider::kGoogle;
    const auto& settings = context.configuration.settings;
    if (!(google ? settings.google.client_id : settings.microsoft.client_id).empty()) return;
    findings.Fault(
        "account",
        fmt::format("{}: no client id is configured for its provider", account.id.Text()),
        google ? "set google.client_id; see docs/connect-google.md"
               : "set microsoft.client_id; see docs/connect-microsoft.md");
}

void CheckCalendar(const sync::CalendarStatus& status, Findings& findings) {
    const model::Calendar& calendar = status.calendar;
    if (!calendar.enabled) return;
    const std::string id = calendar.id.Text();
    if (status.state == State::kError)
        findings.Warn("calendar", fmt::format("{}: {}", id, status.reason),
                      "kamilictl sync tries it now; kamilictl calendar disable " + id +
                          " if it is not wanted");
    if (calendar.held_events > 0)
        findings.Warn("calendar",
                      fmt::format("{}: {} events are kept although a listing lacked them", id,
                                  calendar.held_events),
                      "kamilictl sync --full lists them once more, which decides");
    if (status.bad_events > 0)
        findings.Warn("calendar",
                      fmt::format("{}: {} events could not be read whole", id, status.bad_events),
                      "look at them at the provider, then kamilictl sync --full");
}

void CheckEnabled(const model::Account& account, const std::vector<sync::CalendarStatus>& calendars,
                  Findings& findings) {
    bool any = false;
    bool enabled = false;
    for (const auto& status : calendars) {
        if (status.calendar.account_id != account.id) continue;
        any = true;
        enabled = enabled || status.calendar.enabled;
    }
    if (any && !enabled)
        findings.Warn("account", account.id.Text() + ": all of its calendars are disabled",
                      "kamilictl calendar enable ID; kamilictl calendar list shows them");
}

}  // namespace

void CheckAccounts(const Context& context, Engine& engine, Findings& findings) {
    const auto accounts = engine.driver().Accounts();
    const auto calendars = engine.driver().Calendars();
    if (accounts.empty())
        findings.Warn("account", "there is none", "kamilictl account add google|microsoft");
    for (const auto& status : accounts) {
        CheckAccount(status, findings);
        CheckRights(status.account, findings);
        CheckClient(context, status.account, findings);
        CheckEnabled(status.account, calendars, findings);
    }
    for (const auto& status : calendars) CheckCalendar(status, findings);
}

}  // namespace kamili::daemon
