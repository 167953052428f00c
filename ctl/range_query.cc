#include "ctl/range_query.h"

#include <nlohmann/json.hpp>

namespace kamili::ctl {

Result<nlohmann::json> AskOccurrences(Session& session, const Range& range, const LocalTime& zone,
                                      const std::vector<std::string>& calendars) {
    nlohmann::json request = {{"from", FormatUtc(range.from)},
                              {"to", FormatUtc(range.to)},
                              {"time_zone", zone.zone_name()}};
    if (!calendars.empty()) request["calendars"] = calendars;
    return Collect(session.service, "ListOccurrences", request, "occurrences");
}

}  // namespace kamili::ctl
