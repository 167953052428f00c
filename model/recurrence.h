#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/event_time.h"

namespace kamili::model {

// Is DTSTART an occurrence when the rule would not produce it? The product says always (what
// Google and Microsoft show); the case table of tests/golden is written the other way.
enum class DtstartPolicy { kAlwaysFirst, kOnlyIfMatching };

// When a series happens: DTSTART with RRULE, RDATE, EXRULE and EXDATE lines (RFC 5545
// section 3.8.5), expanded in the wall time of its start's zone. Pure: no I/O, no clock. Immutable,
// thread-safe.
class RecurrenceSet {
  public:
    // `lines` as in Event::recurrence: folded, lower-case and re-ordered input is accepted. UNTIL
    // as a bare date on a timed series means 23:59:59 of it in the series' zone. Fails with
    // kBadReply naming the line that cannot be read.
    static Result<RecurrenceSet> Parse(std::span<const std::string> lines, const EventTime& start,
                                       DtstartPolicy policy = DtstartPolicy::kAlwaysFirst);

    struct Expansion {
        std::vector<EventTime> starts;  // ascending, unique
        bool too_costly = false;        // the bound on work was reached: `starts` may lack some
    };
    // The starts with from <= start < to, at most `count_max`. All-day series are compared as
    // dates: pass the bounds' wall time; timed series by instant. Work is bounded whatever the
    // rule: at most about 10 ms.
    struct Range {
        UtcTime from;
        UtcTime to;
        std::chrono::local_days from_date;
        std::chrono::local_days to_date;
    };
    Expansion Between(const Range& range, std::size_t count_max) const;

    // The last start there will ever be, if the set ends and the end is cheap to know; nothing
    // for endless series. Never earlier than the true last start.
    std::optional<EventTime> LastStart() const;

    RecurrenceSet(RecurrenceSet&&) noexcept;
    RecurrenceSet& operator=(RecurrenceSet&&) noexcept;
    ~RecurrenceSet();

  private:
    struct Impl;
    explicit RecurrenceSet(std::unique_ptr<const Impl> impl);
    std::unique_ptr<const Impl> impl_;
};

}  // namespace kamili::model
