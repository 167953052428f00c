#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <vector>

#include "model/recurrence_rule.h"

namespace kamili::model::internal {

// The first day of the week of `date`, for weeks that begin on `week_start` (0 = Sunday).
std::chrono::local_days WeekBegin(std::chrono::local_days date, unsigned week_start);

// Which days a rule lets through: BYMONTH, BYMONTHDAY, BYYEARDAY, BYWEEKNO and BYDAY. The lists
// become tables once, so that a question costs the same however long they are.
class DayFilter {
  public:
    explicit DayFilter(const Rule& rule);

    bool Matches(std::chrono::local_days date) const;
    bool MatchesMonth(std::chrono::month month) const;

  private:
    // Numbers counted from the begin (positive) and from the end (negative) of something that has
    // at most N - 1 members. Empty lets everything through.
    template <std::size_t N>
    class Ordinals {
      public:
        bool empty() const { return empty_; }
        void Add(int number) {
            empty_ = false;
            (number > 0 ? forward_ : backward_)[static_cast<std::size_t>(std::abs(number))] = true;
        }
        // Is the `index`-th (from 1) of `count` among them?
        bool Has(int index, int count) const {
            return forward_[static_cast<std::size_t>(index)] ||
                   backward_[static_cast<std::size_t>(count + 1 - index)];
        }

      private:
        bool empty_ = true;
        std::array<bool, N> forward_{}, backward_{};
    };

    bool MatchesWeek(std::chrono::local_days date) const;
    bool MatchesWeekday(const std::chrono::year_month_day& date, std::chrono::local_days day) const;

    unsigned week_start_ = 1;
    bool numbered_in_year_ = false;  // "20MO" of the year, else of the month
    std::uint32_t months_ = 0;       // bit m: month m; none: all
    Ordinals<32> month_days_;
    Ordinals<367> year_days_;
    Ordinals<54> weeks_;
    bool any_weekday_ = true;
    std::array<bool, 7> weekdays_{};                   // without a number
    std::array<Ordinals<54>, 7> numbered_weekdays_{};  // with one
};

}  // namespace kamili::model::internal
