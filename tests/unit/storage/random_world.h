#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "model/event.h"
#include "model/zone.h"

namespace kamili::storage::test {

// A made-up event in plain numbers, from which both sides of the differential test are made: the
// model's events for the store, and, day by day, the occurrences that they mean.
struct Plan {
    enum class Repeats { kNever, kDaily, kWeekly, kMonthly };
    struct Change {
        bool cancelled = false;
        bool all_day = false;
        std::chrono::local_seconds start;
        std::string zone;
        std::int64_t length = 0;  // seconds, days if all-day
    };

    std::string name;
    bool all_day = false;
    std::chrono::local_seconds start;
    std::string zone;
    std::int64_t length = 0;  // seconds, days if all-day
    Repeats repeats = Repeats::kNever;
    int interval = 1;
    std::set<unsigned> weekdays;  // kWeekly: 0 is Sunday; the start's own is among them
    std::optional<int> count;
    std::optional<std::chrono::local_days> until;                     // inclusive
    std::set<std::chrono::local_days> left_out;                       // EXDATE
    std::vector<std::pair<std::chrono::local_days, Change>> changes;  // by original date
};

Plan RandomPlan(Random& random, const std::string& name);

// The master first.
std::vector<model::Event> EventsOf(const Plan& plan);

// What happens, told in the words of IndexedStore::Rows. Slow and obvious: walks the days.
struct Happening {
    std::string text;
    bool all_day = false;
    std::int64_t start_ms = 0;
    std::int64_t end_ms = 0;
};
std::vector<Happening> HappeningsOf(const Plan& plan, std::chrono::local_days last);

// The instant of a wall time, found by trying offsets: the first pass of an overlap; in a gap the
// offset before it.
UtcTime SlowUtc(std::chrono::local_seconds wall, const model::Zone& zone);

}  // namespace kamili::storage::test
