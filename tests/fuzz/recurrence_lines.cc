// Aim: no recurrence lines of a provider bring the expander down or hold it up, and its answers
// keep their promises: ascending, unique, within the range, the same in one piece and in two, and
// none after the last start.
//
// Links: kamili_model
#include <string>
#include <string_view>

#include "base/check.h"
#include "model/recurrence.h"
#include "model/zone.h"

namespace {

using namespace kamili;
using namespace kamili::model;

constexpr std::size_t kCountMax = 3000;

RecurrenceSet::Range Days(int first, int last) {
    const std::chrono::local_days day{std::chrono::year(2026) / 1 / 1};
    const auto from = day + std::chrono::days(first);
    const auto to = day + std::chrono::days(last);
    return {.from = UtcTime(from.time_since_epoch()),
            .to = UtcTime(to.time_since_epoch()),
            .from_date = from,
            .to_date = to};
}

void CheckAnswer(const RecurrenceSet& set, const RecurrenceSet::Range& range, bool all_day) {
    const auto answer = set.Between(range, kCountMax);
    KAMILI_CHECK(answer.starts.size() <= kCountMax);
    const auto last = set.LastStart();
    const EventTime* before = nullptr;
    for (const EventTime& start : answer.starts) {
        KAMILI_CHECK(start.all_day == all_day);
        if (all_day)
            KAMILI_CHECK(start.wall >= range.from_date && start.wall < range.to_date);
        else
            KAMILI_CHECK(start.utc >= range.from && start.utc < range.to);
        if (before) KAMILI_CHECK(all_day ? before->wall < start.wall : before->utc < start.utc);
        if (last) KAMILI_CHECK(all_day ? start.wall <= last->wall : start.utc <= last->utc);
        before = &start;
    }
}

void CheckHalves(const RecurrenceSet& set, int first, int middle, int last) {
    auto both = set.Between(Days(first, middle), kCountMax);
    const auto second = set.Between(Days(middle, last), kCountMax);
    const auto whole = set.Between(Days(first, last), 2 * kCountMax);
    if (both.too_costly || second.too_costly || whole.too_costly) return;
    both.starts.insert(both.starts.end(), second.starts.begin(), second.starts.end());
    KAMILI_CHECK(both.starts == whole.starts);
}

}  // namespace

// The first byte chooses the start and the range, the rest are the lines.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1 || size > 4096) return 0;
    const bool all_day = (data[0] & 1) != 0;
    const int first = (data[0] >> 1) * 31 - 200;
    const std::string lines[] = {std::string(reinterpret_cast<const char*>(data) + 1, size - 1)};
    const std::chrono::local_days day{std::chrono::year(2026) / 3 / 28};
    const EventTime start =
        all_day ? EventTime::Date(day)
                : TimedAt(day + std::chrono::minutes(150), *Zone::Load("Europe/Berlin"));
    for (const auto policy : {DtstartPolicy::kAlwaysFirst, DtstartPolicy::kOnlyIfMatching}) {
        const auto set = RecurrenceSet::Parse(lines, start, policy);
        if (!set) {
            KAMILI_CHECK(set.error().kind == ErrorKind::kBadReply);
            continue;
        }
        CheckAnswer(*set, Days(first, first + 100), all_day);
        CheckHalves(*set, first, first + 1 + data[0] % 90, first + 100);
    }
    return 0;
}
