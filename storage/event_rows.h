#pragma once

#include "model/event.h"
#include "storage/connection.h"
#include "storage/events.h"

namespace kamili::storage {

// The columns that ReadEventRow expects, in its order.
#define KAMILI_EVENT_COLUMNS \
    "e.id,e.calendar_id,e.remote_id,e.uid,e.kind,e.series_remote_id,e.listing,e.held,e.body"

// An event from the columns above; `raw` stays empty. kStoreDamaged for a body that cannot be read.
Result<EventRow> ReadEventRow(const Statement& row);
// The next row, or nothing after the last.
Result<std::optional<EventRow>> NextEventRow(Statement& statement);

}  // namespace kamili::storage
