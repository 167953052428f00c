#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "model/recurrence_days.h"
#include "model/recurrence_rule.h"

namespace kamili::model::internal {

// No series goes further: every clock and every store can count to it.
inline constexpr std::chrono::local_days kLastDay{std::chrono::year(9999) / 12 / 31};

// What a walk is asked for, as wall times, both inclusive.
struct WallWindow {
    std::chrono::local_seconds from{};
    std::chrono::local_seconds to{};
};

// Walks the periods of one rule (years, months, ... seconds, each `interval` apart) in wall time
// and gives what the rule produces in each, BYSETPOS applied. It can begin anywhere: a period is
// computed from its number, so the week of 2080 of a daily rule from 1990 costs as much as the
// first. Counts its work, so that its caller can stop.
class RuleWalker {
  public:
    // `start` is DTSTART; `all_day` makes every result a midnight. Periods are cut to the days of
    // `window` where nothing outside counts, that is without COUNT and BYSETPOS.
    RuleWalker(const Rule& rule, std::chrono::local_seconds start, bool all_day,
               const WallWindow& window);

    // Goes to the first period that can hold anything at or after `wall`.
    void Seek(std::chrono::local_seconds wall);
    // What the present period holds, ascending; then moves to the next. May be before DTSTART.
    const std::vector<std::chrono::local_seconds>& Next();
    // Everything that Next() will give from now on is at or after this. Later than kLastDay when
    // the walk is over.
    std::chrono::local_seconds PeriodStart() const;
    // In days looked at and starts made.
    std::int64_t work() const { return work_; }
    // The last period held more than anybody expands; it was cut, and what follows is not to be
    // trusted.
    bool overflowed() const { return overflowed_; }

  private:
    bool IsSubDaily() const { return rule_.frequency >= Frequency::kHourly; }
    std::chrono::seconds Unit() const;
    void YearDates(std::chrono::year year);
    void MonthDates(std::chrono::year_month month);
    void DaysFrom(std::chrono::local_days first, int count);
    void CutDates();
    void AddTimes();
    std::chrono::local_seconds StartAt(std::size_t index) const;
    std::vector<std::size_t> PositionIndexes(std::size_t count) const;
    void SubDailyPeriod();
    bool SkipSubDaily(std::chrono::local_seconds at);
    void SkipTo(std::chrono::local_seconds at);
    void PickPositions();

    const Rule rule_;  // with the parts that DTSTART stands in for filled in
    const DayFilter filter_;
    const std::chrono::local_seconds start_;
    const WallWindow window_;
    std::chrono::local_days week_begin_{};  // the first day of DTSTART's week
    std::int64_t period_ = 0;               // in intervals from DTSTART's own period
    std::int64_t work_ = 0;
    bool overflowed_ = false;
    std::vector<std::chrono::local_days> dates_;
    std::vector<std::chrono::local_seconds> out_;
};

}  // namespace kamili::model::internal
