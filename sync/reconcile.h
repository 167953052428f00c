#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/calendar.h"
#include "storage/store.h"
#include "sync/provider.h"

namespace kamili::sync {

// What applying a page did to the rows that a user would count.
struct Applied {
    std::int64_t added = 0;
    std::int64_t changed = 0;
    std::int64_t removed = 0;
    std::int64_t held = 0;
    model::Calendar calendar;  // the row as it is now
};

// One page, with what was fetched for it merged in.
struct PageToApply {
    std::vector<RemoteChange> changes;
    std::string cursor;    // where the stream stands after it
    std::string expected;  // the row's cursor as the pass last saw it
    bool begins = false;   // the first page of a full listing
    bool full = false;     // part of one
    bool last = false;     // ends the round: what a full listing did not name is gone
    bool tidy = false;     // the round named things that are gone: looks for what hung on them
};

// Applies a page: rows, journal entries and cursor in this one transaction. Doing it twice changes
// nothing and writes nothing to the journal. kCancelled if the row's cursor is not the expected
// one: the calendar was erased or begun anew meanwhile, and the page belongs to the past. The
// deletion guard keeps what a listing lacks when that would be all, or more than half of at least
// 20, events; a second complete listing removes them.
Result<Applied> ApplyPage(storage::Txn& txn, model::CalendarId calendar, PageToApply page,
                          UtcTime now);

// A list of an account's calendars, whole or not.
struct ListToApply {
    std::vector<model::Calendar> calendars;
    bool complete = false;  // it named every calendar: absent ones are gone
    // Microsoft: the same calendar has come back under another id.
    bool ids_may_change = false;
};

// Makes the account's calendars those of a list: new ones are added, changed ones keep what the
// user decided; those that a complete list lacks go with their events. Where ids may change, one
// that went and one that came under the same name are the same, if there is no other of that name:
// it keeps its row and is listed anew.
Status ApplyCalendarList(storage::Txn& txn, model::AccountId account, const ListToApply& list,
                         UtcTime now);

}  // namespace kamili::sync
