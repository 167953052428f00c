#pragma once

#include "base/unique_function.h"
#include "daemon/json_text.h"
#include "daemon/range_parameters.h"
#include "storage/store.h"

namespace kamili::daemon {

// The rows of ListOccurrences, made on a reader's thread.
struct Agenda {
    WrittenRows rows;  // all that `on_rows` was not given
    bool complete = true;
};
// Is given rows as soon as there are enough of them; false when no more are wanted.
using OnRows = UniqueFunction<bool(WrittenRows rows, bool complete)>;

Result<Agenda> MakeAgenda(const storage::ReadView& view, const RangeQuestion& range);
// The same rows in the same order, the first of them early.
Result<Agenda> StreamAgenda(const storage::ReadView& view, const RangeQuestion& range,
                            OnRows on_rows);

}  // namespace kamili::daemon
