#include "daemon/status_report.h"

#include <nlohmann/json.hpp>

#include "daemon/json.h"
#include "daemon/version.h"
#include "storage/statistics.h"

namespace kamili::daemon {
namespace {

using nlohmann::json;

json DaemonJson(const Context& context) {
    const Error& trouble = context.health.trouble;
    return {{"version", kVersion},
            {"state", context.health.state},
            {"reason", trouble.message},
            {"started", FormatUtc(context.health.started)},
            {"store_locked", context.engine == nullptr}};
}

json AccountsJson(const sync::SyncDriver& driver, const storage::Statistics& statistics) {
    json accounts = json::array();
    const auto calendars = driver.Calendars();
    for (const auto& account : driver.Accounts()) {
        json one = ToJson(account);
        one["calendars"] = json::array();
        for (const auto& calendar : calendars) {
            if (calendar.calendar.account_id != account.account.id) continue;
            const auto found = statistics.events_by_calendar.find(calendar.calendar.id);
            one["calendars"].push_back(
                ToJson(calendar, found == statistics.events_by_calendar.end() ? 0 : found->second));
        }
        accounts.push_back(std::move(one));
    }
    return accounts;
}

json StatusJson(const Context& context, const storage::Statistics& statistics) {
    json status = {{"daemon", DaemonJson(context)}, {"accounts", json::array()}};
    if (context.engine) status["accounts"] = AccountsJson(context.engine->driver(), statistics);
    status["store"] = {{"events", statistics.events},
                       {"calendars", statistics.calendars},
                       {"journal", statistics.journal},
                       {"schema", statistics.schema}};
    return status;
}

}  // namespace

void BuildStatus(Context& context, UniqueFunction<void(json)> done) {
    if (!context.engine) {
        context.loop.Post(
            [&context, done = std::move(done)]() mutable { done(StatusJson(context, {})); });
        return;
    }
    context.engine->store().ReadFor<storage::Statistics>(
        storage::ReadStatistics,
        [&context, done = std::move(done)](Result<storage::Statistics> statistics) mutable {
            // A store that cannot be read still has accounts with states worth telling.
            json status = StatusJson(context, statistics ? *statistics : storage::Statistics{});
            if (!statistics) {
                status["daemon"]["state"] = Text(statistics.error().kind);
                status["daemon"]["reason"] = statistics.error().message;
            }
            done(std::move(status));
        });
}

}  // namespace kamili::daemon
