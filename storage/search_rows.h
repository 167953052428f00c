#pragma once

#include "base/result.h"
#include "model/event.h"
#include "storage/event_body.h"
#include "storage/store.h"

namespace kamili::storage {

// The text of an event in the search index. FTS5 wants its rows in the order of their numbers, and
// writes a piece of the index for each one that is not: they wait for the end of the transaction.

// `span` is the one in the event's row. Cancelled exceptions are never found.
Status PutText(Txn& txn, model::EventId id, const model::Event& event, const Span& span);
// Before the event's row in `events` changes or goes: it says where the text stands.
Status RemoveText(Txn& txn, model::EventId id);
// Before each commit.
Status WriteSearchRows(Txn& txn);

}  // namespace kamili::storage
