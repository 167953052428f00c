#include "ctl/range.h"

#include "ctl/when.h"

namespace kamili::ctl {
namespace {

constexpr int kDefaultDays = 8;
constexpr int kDaysMax = 36'600;

}  // namespace

void AddZoneOption(Command command, RangeOptions& options) {
    command.AddOption("--zone", options.zone, "Show times in this time zone, e.g. Europe/Berlin");
}

void AddCalendarOption(Command command, RangeOptions& options) {
    command
        .AddOption("--calendar", options.calendars, "Only this calendar (its id); may be repeated")
        .OneValueEach();
}

Result<Range> ParseRange(const RangeOptions& options, UtcTime now, const LocalTime& zone) {
    const auto from = ParseWhen(options.from.value_or("today"), now, zone);
    if (!from) return from.error();
    Range range{.from = *from};
    const int day_count = options.days.value_or(kDefaultDays);
    if (day_count < 1 || day_count > kDaysMax)
        return Error{.kind = ErrorKind::kInvalidArgument,
                     .message = "--days must be from 1 to " + std::to_string(kDaysMax)};
    range.to = zone.DayStart(zone.DayOf(range.from) + std::chrono::days(day_count));
    if (options.to) {
        const auto to = ParseWhen(*options.to, now, zone);
        if (!to) return to.error();
        range.to = *to;
    }
    if (range.to <= range.from)
        return Error{.kind = ErrorKind::kInvalidArgument,
                     .message = "the range ends before it begins",
                     .hint = "--to is exclusive and must be later than --from"};
    return range;
}

}  // namespace kamili::ctl
