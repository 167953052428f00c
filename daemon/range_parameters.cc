#include "daemon/range_parameters.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "daemon/freshness.h"

namespace kamili::daemon {
namespace {

constexpr std::chrono::hours kRangeMax{24 * 366 * 50};

// Fails the call when a calendar that was named is not there.
bool NamesUnknown(Engine& engine, const std::vector<model::CalendarId>& wanted,
                  const CallPointer& call) {
    if (wanted.empty()) return false;
    const auto calendars = engine.driver().Calendars();
    for (const auto id : wanted)
        if (std::none_of(calendars.begin(), calendars.end(),
                         [id](const auto& one) { return one.calendar.id == id; })) {
            call->Fail({.kind = ErrorKind::kNotFound,
                        .message = "there is no such calendar",
                        .hint = "kamilictl calendar list"});
            return true;
        }
    return false;
}

// Three of these are too long: a calendar that is asked as seldom as configured is not stale.
std::chrono::milliseconds StaleInterval(const sync::PollLimits& poll) {
    return std::max(poll.interval, poll.Quiet() / 2);
}

}  // namespace

std::optional<RangeQuestion> ReadRange(Engine& engine, const CallPointer& call) {
    Parameters parameters(*call);
    RangeQuestion range{.from = parameters.Time("from"),
                        .to = parameters.Time("to"),
                        .zone = parameters.ZoneOrUtc("time_zone"),
                        .calendars = parameters.Calendars("calendars")};
    if (range.to < range.from || range.to - range.from > kRangeMax)
        parameters.Fail({.kind = ErrorKind::kInvalidArgument,
                         .message = "the range must end after it begins and within 50 years"});
    if (parameters.Refuse() || NamesUnknown(engine, range.calendars, call)) return std::nullopt;
    return range;
}

nlohmann::json Freshness(const Context& context, const std::vector<model::CalendarId>& wanted) {
    const auto& driver = context.engine->driver();
    const UtcTime now = context.clock.UtcNow();
    return FreshnessJson(FindStale(driver.Accounts(), driver.Calendars(), wanted,
                                   StaleInterval(context.configuration.driver.poll), now),
                         now);
}

}  // namespace kamili::daemon
