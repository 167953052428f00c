#pragma once

#include <cstddef>
#include <vector>

#include "base/result.h"
#include "model/zone.h"
#include "storage/events.h"
#include "storage/occurrence_row.h"

namespace kamili::daemon {

// A matching event is looked at to see whether it has something in the range; no more than these.
inline constexpr std::size_t kLookedAtMax = 5000;
// All series that go on are equally near until their occurrences are known: so many are compared
// before those beyond the limit are left out, or a small limit would leave out the nearest.
inline constexpr std::size_t kComparedMin = 128;

struct SearchRequest {
    storage::SearchQuestion question;
    std::size_t limit = 0;
    model::Zone zone = model::Zone::Utc();
    std::size_t looked_at_max = kLookedAtMax;
};

// Events that matched, each as the occurrence that stands for it: the first in the range asked for;
// without one the next from now on, else the last there was.
struct SearchHits {
    std::vector<storage::OccurrenceRow> rows;
    // False when so many matches had nothing in the range that the rest was not looked at.
    bool complete = true;
};
Result<SearchHits> FindHits(const storage::ReadView& view, const SearchRequest& request);

}  // namespace kamili::daemon
