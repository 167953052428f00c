#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/busy.h"
#include "model/event.h"
#include "model/zone.h"
#include "storage/occurrence_row.h"
#include "storage/pending_rows.h"
#include "storage/store.h"

namespace kamili::storage {

// The range index: every occurrence from half a year ago to a year and a quarter ahead as a row
// that an agenda is written from, kept in the transactions that change the events. See
// docs/decisions/0020-range-index.md.

// The rows of an event that was inserted or updated; its series too, if it belongs to one. Written
// at the end of the transaction.
Status PlaceEvent(Txn& txn, model::EventId id, const model::Event& event);
// The series that the stored row belongs to has to be expanded anew. Before the row changes.
Status NoteSeriesOf(Txn& txn, model::EventId id);
Status UnplaceEvent(Txn& txn, model::EventId id);
// The store calls it before each commit.
Status WritePendingRows(Txn& txn);

// The state of the index; nothing before the first KeepIndex.
struct IndexState {
    IndexDays days;
    std::string zone_data;
    std::int64_t built_to_id = 0;
    bool whole = false;
};
Result<std::optional<IndexState>> ReadIndexState(const ReadView& view);

// The days whose occurrences are all in the index; nothing while it is being built.
Result<std::optional<IndexDays>> KeptDays(const ReadView& view);

struct Upkeep {
    UtcTime now{};
    std::string
        zone_data;  // the version of the system's zone files; another one: all is built anew
    std::int64_t events_max = 500;  // a batch
};
// Does the next part of what is to be done: begins or moves the horizon, builds rows, and, where
// the zone files have changed, sets the instants of events that are not over from their wall times
// (with a journal entry). True while more is left; until then questions go the exact way.
Result<bool> KeepIndex(Txn& txn, const Upkeep& upkeep);

// Each occurrence that overlaps the range, in no order. Empty `calendars` means all that are
// enabled. False when a rule was too costly to expand. `on_row` must not keep the texts.
using OnOccurrence = std::function<void(const OccurrenceView&)>;
Result<bool> OccurrencesInRange(const ReadView& view, const model::TimeRange& range,
                                const std::vector<model::CalendarId>& calendars,
                                const OnOccurrence& on_row);
// The same from the events themselves, whatever the index covers.
Result<bool> ExpandedInRange(const ReadView& view, const model::TimeRange& range,
                             const std::vector<model::CalendarId>& calendars,
                             const OnOccurrence& on_row);

// What is busy in the range: ascending, what touches as one, cut at the bounds. Nothing if the
// index cannot answer; then OccurrencesInRange does.
struct BusyAnswer {
    std::vector<model::BusyPeriod> periods;
    bool complete = true;  // false when a rule was too costly to expand
};
struct BusyQuestion {
    model::TimeRange range;
    // Whose midnights all-day dates begin and end at.
    model::Zone asker = model::Zone::Utc();
    // None: all that are enabled, and of the same meeting in several accounts only the row that
    // stands for it (model/merge.h) says whether it is busy.
    std::vector<model::CalendarId> calendars;
};
Result<std::optional<BusyAnswer>> BusyInRange(const ReadView& view, const BusyQuestion& question);

}  // namespace kamili::storage
