#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/calendar.h"
#include "storage/store.h"

namespace kamili::storage {

// By account, then id.
Result<std::vector<model::Calendar>> ListCalendars(const ReadView& view);
Result<std::vector<model::Calendar>> ListCalendarsOf(const ReadView& view,
                                                     model::AccountId account);
Result<std::optional<model::Calendar>> FindCalendar(const ReadView& view, model::CalendarId id);
Result<std::optional<model::Calendar>> FindCalendarByRemoteId(const ReadView& view,
                                                              model::AccountId account,
                                                              std::string_view remote_id);
// `calendar.id` is ignored; gives the new one.
Result<model::CalendarId> InsertCalendar(Txn& txn, const model::Calendar& calendar);
// Every field but id and account_id. kNotFound if it is gone.
Status UpdateCalendar(Txn& txn, const model::Calendar& calendar);
// With its events; each gets a journal entry. Exempt from the deletion guard.
Status RemoveCalendar(Txn& txn, model::CalendarId id, UtcTime now);
// Only its events and its cursor; each event gets a journal entry.
Status ClearCalendar(Txn& txn, model::CalendarId id, UtcTime now);

}  // namespace kamili::storage
