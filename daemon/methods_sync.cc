#include <algorithm>
#include <nlohmann/json.hpp>

#include "daemon/json.h"
#include "daemon/methods.h"
#include "daemon/parameters.h"

namespace kamili::daemon {
namespace {

using nlohmann::json;

// Keys that the interface has for both kinds of part; the other kind's are null.
json Part(const char* event) {
    return {{"event", event},
            {"calendar_id", nullptr},
            {"pages", nullptr},
            {"events", nullptr},
            {"outcome", nullptr},
            {"calendars", nullptr},
            {"failed_accounts", nullptr}};
}

const char* Outcome(const sync::SyncObserver::Summary& summary) {
    if (summary.needs_sign_in) return "needs_sign_in";
    const bool any_good =
        std::any_of(summary.calendars.begin(), summary.calendars.end(),
                    [](const auto& report) { return report.state == model::State::kOk; });
    if (!summary.partial && summary.failed_accounts.empty()) return "ok";
    return any_good ? "partial" : "failed";
}

json Done(const sync::SyncObserver::Summary& summary) {
    json part = Part("done");
    part["outcome"] = Outcome(summary);
    part["calendars"] = json::array();
    for (const auto& report : summary.calendars) part["calendars"].push_back(ToJson(report));
    part["failed_accounts"] = json::array();
    for (const auto& account : summary.failed_accounts)
        part["failed_accounts"].push_back({{"id", account.account.id.Text()},
                                           {"state", Text(account.state)},
                                           {"reason", account.reason}});
    return part;
}

// Progress is a courtesy: a client that reads slowly misses some of it, never the end.
void SendProgress(ipc::Call& call, model::CalendarId calendar, std::int64_t pages,
                  std::int64_t events) {
    if (!call.more() || call.closed() || !call.writable()) return;
    json part = Part("progress");
    part["calendar_id"] = calendar.Text();
    part["pages"] = pages;
    part["events"] = events;
    call.Continue(std::move(part));
}

bool AllKnown(Engine& engine, const std::vector<model::AccountId>& wanted) {
    const auto accounts = engine.driver().Accounts();
    return std::all_of(wanted.begin(), wanted.end(), [&](model::AccountId id) {
        return std::any_of(accounts.begin(), accounts.end(),
                           [id](const auto& status) { return status.account.id == id; });
    });
}

void Sync(Engine& engine, const CallPointer& call) {
    Parameters parameters(*call);
    sync::SyncRequest request;
    request.accounts = parameters.Accounts("accounts");
    request.full = parameters.OptionalFlag("full").value_or(false);
    if (!AllKnown(engine, request.accounts))
        parameters.Fail({.kind = ErrorKind::kNotFound,
                         .message = "there is no such account",
                         .hint = "kamilictl account list"});
    if (parameters.Refuse()) return;
    sync::SyncObserver observer;
    observer.on_progress = [call](model::CalendarId calendar, std::int64_t pages,
                                  std::int64_t events) {
        SendProgress(*call, calendar, pages, events);
    };
    observer.on_done = [call](sync::SyncObserver::Summary summary) { call->Reply(Done(summary)); };
    auto watch = std::make_shared<Subscription>(
        engine.driver().Sync(std::move(request), std::move(observer)));
    call->WhenClosed([watch] { watch->Cancel(); });
}

}  // namespace

void AddSyncMethods(MethodTable& table) { table.AddWithEngine("Sync", Sync); }

}  // namespace kamili::daemon
