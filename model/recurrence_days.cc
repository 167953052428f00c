#include "model/recurrence_days.h"

namespace kamili::model::internal {
namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::month;
using std::chrono::year;
using std::chrono::year_month_day;
using std::chrono::years;

unsigned WeekdayOf(local_days date) { return std::chrono::weekday(date).c_encoding(); }

int DaysInMonth(year y, month m) {
    return static_cast<int>(static_cast<unsigned>((y / m / std::chrono::last).day()));
}
int DaysInYear(year y) { return y.is_leap() ? 366 : 365; }

int DayOfMonth(const year_month_day& date) {
    return static_cast<int>(static_cast<unsigned>(date.day()));
}
int DayOfYear(const year_month_day& date, local_days day) {
    return static_cast<int>((day - local_days(date.year() / 1 / 1)).count()) + 1;
}

// The first day of week 1 of a year: the first week with at least four days in it.
local_days FirstWeek(year y, unsigned week_start) {
    return WeekBegin(local_days(y / 1 / 4), week_start);
}

}  // namespace

local_days WeekBegin(local_days date, unsigned week_start) {
    return date - days((WeekdayOf(date) + 7 - week_start) % 7);
}

DayFilter::DayFilter(const Rule& rule) : week_start_(rule.week_start) {
    for (const int m : rule.months) months_ |= 1u << static_cast<unsigned>(m);
    for (const int day : rule.month_days) month_days_.Add(day);
    for (const int day : rule.year_days) year_days_.Add(day);
    for (const int week : rule.weeks) weeks_.Add(week);
    // A number before a weekday means something in months and years only, and not beside BYWEEKNO
    // (RFC 5545 section 3.3.10).
    const bool numbers = rule.frequency <= Frequency::kMonthly && rule.weeks.empty();
    numbered_in_year_ = rule.frequency == Frequency::kYearly && rule.months.empty();
    for (const WeekdayNumber& one : rule.weekdays) {
        any_weekday_ = false;
        if (one.number == 0 || !numbers)
            weekdays_[one.weekday] = true;
        else
            numbered_weekdays_[one.weekday].Add(one.number);
    }
}

bool DayFilter::MatchesMonth(month m) const {
    return months_ == 0 || (months_ >> static_cast<unsigned>(m) & 1u) != 0;
}

bool DayFilter::Matches(local_days date) const {
    const year_month_day ymd(date);
    if (!MatchesMonth(ymd.month())) return false;
    if (!month_days_.empty() &&
        !month_days_.Has(DayOfMonth(ymd), DaysInMonth(ymd.year(), ymd.month())))
        return false;
    if (!year_days_.empty() && !year_days_.Has(DayOfYear(ymd, date), DaysInYear(ymd.year())))
        return false;
    if (!weeks_.empty() && !MatchesWeek(date)) return false;
    return any_weekday_ || MatchesWeekday(ymd, date);
}

bool DayFilter::MatchesWeekday(const year_month_day& ymd, local_days date) const {
    const unsigned weekday = WeekdayOf(date);
    if (weekdays_[weekday]) return true;
    const auto& numbered = numbered_weekdays_[weekday];
    if (numbered.empty()) return false;
    const int day = numbered_in_year_ ? DayOfYear(ymd, date) : DayOfMonth(ymd);
    const int size =
        numbered_in_year_ ? DaysInYear(ymd.year()) : DaysInMonth(ymd.year(), ymd.month());
    const int index = (day - 1) / 7 + 1;
    return numbered.Has(index, index + (size - day) / 7);
}

bool DayFilter::MatchesWeek(local_days date) const {
    year y = year_month_day(date).year();
    if (date < FirstWeek(y, week_start_))
        --y;
    else if (date >= FirstWeek(y + years(1), week_start_))
        ++y;
    const auto first = FirstWeek(y, week_start_);
    const auto count = (FirstWeek(y + years(1), week_start_) - first).count() / 7;
    return weeks_.Has(static_cast<int>((date - first).count() / 7) + 1, static_cast<int>(count));
}

}  // namespace kamili::model::internal
