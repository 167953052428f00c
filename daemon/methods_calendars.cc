#include <nlohmann/json.hpp>

#include "daemon/json.h"
#include "daemon/methods.h"
#include "daemon/parameters.h"
#include "storage/calendars.h"
#include "storage/statistics.h"
#include "storage/view.h"

namespace kamili::daemon {
namespace {

using nlohmann::json;

Error NoSuchCalendar() {
    return {.kind = ErrorKind::kNotFound,
            .message = "there is no such calendar",
            .hint = "kamilictl calendar list"};
}

std::int64_t EventsOf(const storage::Statistics& statistics, model::CalendarId id) {
    const auto found = statistics.events_by_calendar.find(id);
    return found == statistics.events_by_calendar.end() ? 0 : found->second;
}

json CalendarsJson(Engine& engine, const storage::Statistics& statistics,
                   std::optional<model::AccountId> account) {
    json calendars = json::array();
    for (const auto& calendar : engine.driver().Calendars())
        if (!account || calendar.calendar.account_id == *account)
            calendars.push_back(ToJson(calendar, EventsOf(statistics, calendar.calendar.id)));
    return calendars;
}

void List(Engine& engine, const CallPointer& call) {
    Parameters parameters(*call);
    const auto account = parameters.OptionalAccount("account_id");
    if (parameters.Refuse()) return;
    engine.store().ReadFor<storage::Statistics>(
        storage::ReadStatistics, [&engine, call, account](Result<storage::Statistics> statistics) {
            if (!statistics) return call->Fail(statistics.error());
            call->Reply({{"calendars", CalendarsJson(engine, *statistics, account)}});
        });
}

// The answer after the row has changed: what the driver will say is in the row already.
json Changed(const model::Calendar& calendar, std::int64_t events) {
    sync::CalendarStatus status{.calendar = calendar, .state = calendar.state};
    if (!calendar.enabled) status.state = model::State::kDisabled;
    status.reason = calendar.reason;
    return {{"calendar", ToJson(status, events)}};
}

Result<model::Calendar> SetEnabledInRow(storage::Txn& txn, model::CalendarId id, bool enabled,
                                        UtcTime now) {
    auto calendar = storage::FindCalendar(txn, id);
    if (!calendar) return std::move(calendar).error();
    if (!*calendar) return NoSuchCalendar();
    if ((*calendar)->enabled == enabled) return **calendar;
    if (!enabled)
        if (auto done = storage::ClearCalendar(txn, id, now); !done) return std::move(done).error();
    // Read again: clearing has changed the row.
    calendar = storage::FindCalendar(txn, id);
    if (!calendar) return std::move(calendar).error();
    (*calendar)->enabled = enabled;
    if (auto done = storage::UpdateCalendar(txn, **calendar); !done) return std::move(done).error();
    return **calendar;
}

void SetEnabled(Context& context, Engine& engine, const CallPointer& call, bool enabled) {
    Parameters parameters(*call);
    const auto id = parameters.Calendar("calendar_id");
    if (parameters.Refuse()) return;
    // A pass under way would write what has just been erased.
    if (!enabled) engine.driver().DropCalendar(id);
    engine.store().WriteFor<model::Calendar>(
        [id, enabled, now = context.clock.UtcNow()](storage::Txn& txn) {
            return SetEnabledInRow(txn, id, enabled, now);
        },
        [&engine, call, id](Result<model::Calendar> calendar) {
            engine.driver().ReloadCalendar(id);
            if (!calendar) return call->Fail(calendar.error());
            call->Reply(Changed(*calendar, 0));
        });
}

}  // namespace

void AddCalendarMethods(MethodTable& table) {
    Context& context = table.context();
    table.AddWithEngine("ListCalendars", List);
    table.AddWithEngine("EnableCalendar", [&context](Engine& engine, const CallPointer& call) {
        SetEnabled(context, engine, call, /*enabled=*/true);
    });
    table.AddWithEngine("DisableCalendar", [&context](Engine& engine, const CallPointer& call) {
        SetEnabled(context, engine, call, /*enabled=*/false);
    });
}

}  // namespace kamili::daemon
