#pragma once

#include <optional>
#include <vector>

#include "storage/range_index.h"

namespace kamili::storage {

// A range that is read piece by piece in the order of starts, so that an answer can begin before
// its end is read. For one question, on its view.
class RangeSlices {
  public:
    // Nothing if the index cannot answer, or if rows of one meeting might begin in different
    // pieces: it was moved in one of several accounts.
    static Result<std::optional<RangeSlices>> Make(const ReadView& view,
                                                   const model::TimeRange& range,
                                                   const std::vector<model::CalendarId>& calendars);

    // The rows that begin between these bounds, of the first piece those too that began before. A
    // piece's dates begin at its bounds.
    Status Read(const model::TimeRange& piece, const OnOccurrence& on_row);
    // False when a rule was too costly to expand.
    bool complete() const { return complete_; }

  private:
    RangeSlices(const ReadView& view, const model::TimeRange& range) : view_(view), range_(range) {}
    Status Expand(const std::vector<model::EventId>& events);

    const ReadView& view_;
    model::TimeRange range_;
    std::vector<model::CalendarId> calendars_;
    std::vector<OccurrenceRow> expanded_;
    bool complete_ = true;
};

}  // namespace kamili::storage
