#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/event_time.h"

namespace kamili::model::internal {

enum class Frequency { kYearly, kMonthly, kWeekly, kDaily, kHourly, kMinutely, kSecondly };

struct WeekdayNumber {
    int number = 0;        // 0: every one; 2: the second, -1: the last
    unsigned weekday = 0;  // 0 = Sunday, as std::chrono counts
};

// The value of one RRULE or EXRULE line (RFC 5545 section 3.3.10). Lists are sorted and unique.
struct Rule {
    Frequency frequency = Frequency::kDaily;
    int interval = 1;
    std::optional<std::int64_t> count;
    // Inclusive. One of them: a date, a wall time in the series' zone, or an instant.
    std::optional<std::chrono::local_days> until_date;
    std::optional<std::chrono::local_seconds> until_wall;
    std::optional<UtcTime> until_utc;
    unsigned week_start = 1;  // WKST, Monday
    std::vector<int> seconds, minutes, hours;
    std::vector<WeekdayNumber> weekdays;
    std::vector<int> month_days, year_days, weeks, months, positions;
};

// Fails with kBadReply saying which part cannot be read.
Result<Rule> ParseRule(std::string_view value);

// "20260115", "20260115T100000" or with "Z".
struct BasicTime {
    bool is_date = false;
    bool is_utc = false;
    std::chrono::local_seconds wall{};
};
std::optional<BasicTime> ParseBasicTime(std::string_view text);

}  // namespace kamili::model::internal
