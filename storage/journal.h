#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "model/change.h"
#include "storage/store.h"

namespace kamili::storage {

// Numbers are assigned in commit order without gaps.
Status AppendChange(Txn& txn, model::ChangeKind kind, model::EventId event,
                    model::CalendarId calendar, UtcTime now);

struct JournalBounds {
    std::int64_t first = 0;  // the oldest entry kept; 0 if there is none
    std::int64_t last = 0;   // the newest ever written, also when nothing is kept
};
Result<JournalBounds> FindJournalBounds(const ReadView& view);

// Entries with a number above `since`, in order, at most `limit`. kJournalTruncated if an entry
// after `since` is no longer kept.
Result<std::vector<model::Change>> ReadChanges(const ReadView& view, std::int64_t since,
                                               std::size_t limit);
// Forgets entries older than `before`.
Status TrimJournal(Txn& txn, UtcTime before);

}  // namespace kamili::storage
