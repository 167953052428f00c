#pragma once

#include <optional>

#include "storage/occurrence_row.h"
#include "storage/store.h"

namespace kamili::storage {

// The first or the last occurrence of one event that overlaps a range, from the range index. Not
// known if its occurrences are not kept as they all are for an ordinary event.
enum class Which { kFirst, kLast };
struct KeptOccurrence {
    bool is_known = false;
    std::optional<OccurrenceRow> row;
};
// The index must be whole and cover the range (KeptDays of range_index.h).
Result<KeptOccurrence> FindKept(const ReadView& view, model::EventId id,
                                const model::TimeRange& range, Which which);

}  // namespace kamili::storage
