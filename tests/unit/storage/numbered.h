#pragma once

#include "storage/accounts.h"
#include "storage/calendars.h"
#include "storage/events.h"
#include "storage/statistics.h"
#include "tests/support/test_store.h"

namespace kamili::testing {

// Transactions that can be counted afterwards: transaction n adds the event "n", so a store holds
// exactly 1..n for some n, or something was lost.
inline Status AddCalendar(storage::Txn& txn) {
    model::Account account;
    account.remote_id = "account";
    account.created = UtcTime{};
    const auto account_id = storage::InsertAccount(txn, account);
    if (!account_id) return account_id.error();
    model::Calendar calendar;
    calendar.account_id = *account_id;
    calendar.remote_id = "calendar";
    const auto made = storage::InsertCalendar(txn, calendar);
    return made ? Status() : Status(made.error());
}

inline Status AddNumber(storage::Txn& txn, std::int64_t number, std::size_t bytes = 500) {
    model::Event event;
    event.calendar_id = model::CalendarId(1);
    event.remote_id = std::to_string(number);
    event.description = std::string(bytes, 'd');
    const auto made = storage::InsertEvent(txn, event, 1);
    return made ? Status() : Status(made.error());
}

// The n for which the store holds exactly 1..n, after a full verification; an error otherwise.
inline Result<std::int64_t> CountNumbers(const storage::ReadView& view) {
    if (auto whole = storage::VerifyStore(view); !whole) return std::move(whole).error();
    const auto count = storage::CountEvents(view, model::CalendarId(1));
    if (!count) return count.error();
    for (std::int64_t i = 1; i <= *count; ++i) {
        auto row = storage::FindEventByRemoteId(view, model::CalendarId(1), std::to_string(i));
        if (!row) return std::move(row).error();
        if (!*row) return Error{.kind = ErrorKind::kNotFound, .message = "a gap in the numbers"};
    }
    return *count;
}

inline Result<std::int64_t> CountNumbers(TestStore& store) {
    Result<std::int64_t> count = Error{.kind = ErrorKind::kCancelled, .message = "did not run"};
    const auto status = store.Read([&](const storage::ReadView& view) -> Status {
        count = CountNumbers(view);
        return {};
    });
    if (!status) return status.error();
    return count;
}

}  // namespace kamili::testing
