#include "model/recurrence_walker.h"

#include <algorithm>

namespace kamili::model::internal {
namespace {

using std::chrono::day;
using std::chrono::days;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::month;
using std::chrono::seconds;
using std::chrono::year;
using std::chrono::year_month;
using std::chrono::year_month_day;

// More starts in one period than any period of a real calendar holds.
constexpr std::size_t kPeriodStartsMax = 200'000;
constexpr local_seconds kNever = kLastDay + days(1);

unsigned WeekdayOf(local_days date) { return std::chrono::weekday(date).c_encoding(); }

int DaysInMonth(year y, month m) {
    return static_cast<int>(static_cast<unsigned>((y / m / std::chrono::last).day()));
}

// The first of a sorted list that is not below `value`; `none` if there is no such.
int NextAllowed(const std::vector<int>& list, int value, int none) {
    if (list.empty()) return value;
    const auto found = std::lower_bound(list.begin(), list.end(), value);
    return found == list.end() ? none : *found;
}

std::int64_t FloorDiv(std::int64_t a, std::int64_t b) {
    return a / b - ((a % b != 0) && ((a < 0) != (b < 0)) ? 1 : 0);
}
std::int64_t CeilDiv(std::int64_t a, std::int64_t b) { return -FloorDiv(-a, b); }

// The parts that a rule leaves to DTSTART (RFC 5545 section 3.3.10, last table).
Rule Complete(Rule rule, local_seconds start, bool all_day) {
    const auto date = std::chrono::floor<days>(start);
    const year_month_day ymd(date);
    const std::chrono::hh_mm_ss time(start - date);
    const int start_day = static_cast<int>(static_cast<unsigned>(ymd.day()));
    if (all_day) rule.hours = rule.minutes = rule.seconds = {0};
    const bool no_day = rule.weekdays.empty() && rule.month_days.empty() && rule.year_days.empty();
    switch (rule.frequency) {
        case Frequency::kYearly:
            if (!no_day) break;
            if (!rule.weeks.empty()) {
                rule.weekdays = {{.number = 0, .weekday = WeekdayOf(date)}};
                break;
            }
            if (rule.months.empty())
                rule.months = {static_cast<int>(static_cast<unsigned>(ymd.month()))};
            rule.month_days = {start_day};
            break;
        case Frequency::kMonthly:
            if (no_day) rule.month_days = {start_day};
            break;
        case Frequency::kWeekly:
            if (no_day) rule.weekdays = {{.number = 0, .weekday = WeekdayOf(date)}};
            break;
        default:
            break;
    }
    if (rule.hours.empty() && rule.frequency < Frequency::kHourly)
        rule.hours = {static_cast<int>(time.hours().count())};
    if (rule.minutes.empty() && rule.frequency < Frequency::kMinutely)
        rule.minutes = {static_cast<int>(time.minutes().count())};
    if (rule.seconds.empty() && rule.frequency < Frequency::kSecondly)
        rule.seconds = {static_cast<int>(time.seconds().count())};
    return rule;
}

std::int64_t MonthIndex(local_days date) {
    const year_month_day ymd(date);
    return static_cast<std::int64_t>(static_cast<int>(ymd.year())) * 12 +
           static_cast<std::int64_t>(static_cast<unsigned>(ymd.month())) - 1;
}

year_month MonthAt(std::int64_t index) {
    return year(static_cast<int>(FloorDiv(index, 12))) /
           month(static_cast<unsigned>(index - FloorDiv(index, 12) * 12) + 1);
}

}  // namespace

RuleWalker::RuleWalker(const Rule& rule, local_seconds start, bool all_day,
                       const WallWindow& window)
    : rule_(Complete(rule, start, all_day)),
      filter_(rule_),
      start_(start),
      window_(window),
      week_begin_(WeekBegin(std::chrono::floor<days>(start), rule_.week_start)) {}

seconds RuleWalker::Unit() const {
    switch (rule_.frequency) {
        case Frequency::kHourly:
            return std::chrono::hours(1);
        case Frequency::kMinutely:
            return std::chrono::minutes(1);
        case Frequency::kSecondly:
            return seconds(1);
        default:
            return days(1);
    }
}

void RuleWalker::Seek(local_seconds wall) {
    const auto from = std::chrono::floor<days>(start_);
    const auto to = std::chrono::floor<days>(wall);
    std::int64_t units = 0;
    switch (rule_.frequency) {
        case Frequency::kYearly:
            units = static_cast<int>(year_month_day(to).year()) -
                    static_cast<int>(year_month_day(from).year());
            break;
        case Frequency::kMonthly:
            units = MonthIndex(to) - MonthIndex(from);
            break;
        case Frequency::kWeekly:
            units = FloorDiv((to - week_begin_).count(), 7);
            break;
        case Frequency::kDaily:
            units = (to - from).count();
            break;
        default:
            units = FloorDiv((wall - start_).count(), Unit().count());
            break;
    }
    period_ = std::max<std::int64_t>(0, FloorDiv(units, rule_.interval));
}

local_seconds RuleWalker::PeriodStart() const {
    const std::int64_t units = period_ * rule_.interval;
    const auto from = std::chrono::floor<days>(start_);
    switch (rule_.frequency) {
        // std::chrono counts years in 16 bits.
        case Frequency::kYearly: {
            const std::int64_t y = static_cast<int>(year_month_day(from).year()) + units;
            return y > 9999 ? kNever : local_days(year(static_cast<int>(y)) / 1 / 1);
        }
        case Frequency::kMonthly: {
            const std::int64_t index = MonthIndex(from) + units;
            return index >= 12 * 10'000 ? kNever : local_days(MonthAt(index) / 1);
        }
        case Frequency::kWeekly:
            return week_begin_ + days(7 * units);
        case Frequency::kDaily:
            return from + days(units);
        default: {
            const auto at = start_ + units * Unit();
            const auto whole = at.time_since_epoch().count();
            return local_seconds(seconds(FloorDiv(whole, Unit().count()) * Unit().count()));
        }
    }
}

const std::vector<local_seconds>& RuleWalker::Next() {
    out_.clear();
    dates_.clear();
    ++work_;
    if (IsSubDaily()) {
        SubDailyPeriod();
        return out_;
    }
    const auto begin = std::chrono::floor<days>(PeriodStart());
    switch (rule_.frequency) {
        case Frequency::kYearly:
            YearDates(year_month_day(begin).year());
            break;
        case Frequency::kMonthly: {
            const year_month_day ymd(begin);
            MonthDates(ymd.year() / ymd.month());
            break;
        }
        case Frequency::kWeekly:
            DaysFrom(begin, 7);
            break;
        default:
            DaysFrom(begin, 1);
            break;
    }
    ++period_;
    AddTimes();
    return out_;
}

void RuleWalker::YearDates(year y) {
    for (unsigned m = 1; m <= 12; ++m) MonthDates(y / month(m));
}

void RuleWalker::MonthDates(year_month ym) {
    if (filter_.MatchesMonth(ym.month()))
        DaysFrom(local_days(ym / 1), DaysInMonth(ym.year(), ym.month()));
}

void RuleWalker::DaysFrom(local_days first, int count) {
    work_ += count;
    for (int i = 0; i < count; ++i)
        if (filter_.Matches(first + days(i))) dates_.push_back(first + days(i));
}

// Leaves only the dates that somebody asks for or counts.
void RuleWalker::CutDates() {
    if (rule_.count || !rule_.positions.empty()) return;
    std::erase_if(dates_, [this](local_days date) {
        return date < std::chrono::floor<days>(window_.from) || date > window_.to;
    });
}

// The `index`-th start of the period whose dates are `dates_`.
local_seconds RuleWalker::StartAt(std::size_t index) const {
    const std::size_t an_hour = rule_.minutes.size() * rule_.seconds.size();
    const std::size_t a_day = rule_.hours.size() * an_hour;
    const std::size_t time = index % a_day;
    return dates_[index / a_day] + std::chrono::hours(rule_.hours[time / an_hour]) +
           std::chrono::minutes(rule_.minutes[time % an_hour / rule_.seconds.size()]) +
           seconds(rule_.seconds[time % rule_.seconds.size()]);
}

void RuleWalker::AddTimes() {
    CutDates();
    std::size_t count =
        dates_.size() * rule_.hours.size() * rule_.minutes.size() * rule_.seconds.size();
    if (!rule_.positions.empty()) {
        // Straight to the few that are wanted: a period may hold millions.
        for (const std::size_t index : PositionIndexes(count)) out_.push_back(StartAt(index));
    } else {
        overflowed_ = count > kPeriodStartsMax;
        count = std::min(count, kPeriodStartsMax);
        for (std::size_t i = 0; i < count; ++i) out_.push_back(StartAt(i));
    }
    work_ += static_cast<std::int64_t>(out_.size());
}

// Moves to the first period that begins at or after `at` (never backwards, at least by one).
void RuleWalker::SkipTo(local_seconds at) {
    const std::int64_t units = CeilDiv((at - start_).count(), Unit().count());
    period_ = std::max(period_ + 1, CeilDiv(units, rule_.interval));
}

// If the day, hour, minute or second of `at` is out of the rule, goes to the next that may be in.
bool RuleWalker::SkipSubDaily(local_seconds at) {
    const auto date = std::chrono::floor<days>(at);
    if (!filter_.Matches(date)) {
        SkipTo(date + days(1));
        return true;
    }
    const std::chrono::hh_mm_ss time(at - date);
    const auto skips = [this](const std::vector<int>& list, auto value, local_seconds begin,
                              int whole) {
        const int now = static_cast<int>(value.count());
        const int next = NextAllowed(list, now, whole);
        if (next != now) SkipTo(begin + next * decltype(value)(1));
        return next != now;
    };
    if (skips(rule_.hours, time.hours(), date, 24)) return true;
    if (rule_.frequency == Frequency::kHourly) return false;
    if (skips(rule_.minutes, time.minutes(), std::chrono::floor<std::chrono::hours>(at), 60))
        return true;
    return rule_.frequency == Frequency::kSecondly &&
           skips(rule_.seconds, time.seconds(), std::chrono::floor<std::chrono::minutes>(at), 60);
}

void RuleWalker::SubDailyPeriod() {
    const local_seconds at = start_ + period_ * rule_.interval * Unit();
    if (SkipSubDaily(at)) return;
    ++period_;
    if (rule_.frequency == Frequency::kSecondly) {
        out_.push_back(at);
    } else if (rule_.frequency == Frequency::kMinutely) {
        const auto minute = std::chrono::floor<std::chrono::minutes>(at);
        for (const int second : rule_.seconds) out_.push_back(minute + seconds(second));
    } else {
        const auto hour = std::chrono::floor<std::chrono::hours>(at);
        for (const int minute : rule_.minutes)
            for (const int second : rule_.seconds)
                out_.push_back(hour + std::chrono::minutes(minute) + seconds(second));
    }
    work_ += static_cast<std::int64_t>(out_.size());
    PickPositions();
}

// BYSETPOS among `count` starts, as indexes.
std::vector<std::size_t> RuleWalker::PositionIndexes(std::size_t count) const {
    const auto size = static_cast<std::int64_t>(count);
    std::vector<std::size_t> indexes;
    for (const int position : rule_.positions) {
        const std::int64_t index = position > 0 ? position - 1 : size + position;
        if (index >= 0 && index < size) indexes.push_back(static_cast<std::size_t>(index));
    }
    std::sort(indexes.begin(), indexes.end());
    indexes.erase(std::unique(indexes.begin(), indexes.end()), indexes.end());
    return indexes;
}

void RuleWalker::PickPositions() {
    if (rule_.positions.empty()) return;
    std::vector<local_seconds> picked;
    for (const std::size_t index : PositionIndexes(out_.size())) picked.push_back(out_[index]);
    out_ = std::move(picked);
}

}  // namespace kamili::model::internal
