#include <memory>
#include <nlohmann/json.hpp>

#include "ctl/command_table.h"
#include "ctl/range.h"
#include "ctl/render_agenda.h"

namespace kamili::ctl {
namespace {

using nlohmann::json;

Outcome RunFreeBusy(Session& session, const RangeOptions& options) {
    auto zone = OpenZone(session, options.zone);
    if (!zone) return zone.error();
    const View view = MakeView(session, *zone);
    const auto range = ParseRange(options, view.now, *zone);
    if (!range) return range.error();
    json request = {{"from", FormatUtc(range->from)},
                    {"to", FormatUtc(range->to)},
                    {"time_zone", zone->zone_name()}};
    if (!options.calendars.empty()) request["calendars"] = options.calendars;
    const auto answer = session.service.Invoke("FreeBusy", request);
    if (!answer) return answer.error();
    if (session.output.json()) {
        session.output.Json(*answer);
        return ExitCode::kDone;
    }
    NoteStale(session, *answer, CalendarsForNames(session.service), view);
    session.output.Text(RenderFreeBusy(*answer, view));
    return ExitCode::kDone;
}

}  // namespace

void AddFreeBusyCommand(Command parent, Chosen& chosen) {
    Command command = parent.AddCommand("freebusy", "When you are busy, without details");
    auto options = std::make_shared<RangeOptions>();
    command.AddOption("--from", options->from, "First moment").Required();
    command.AddOption("--to", options->to, "End of the range, exclusive").Required();
    AddCalendarOption(command, *options);
    AddZoneOption(command, *options);
    command.GiveExample("kamilictl freebusy --from today --to +7d");
    command.WhenChosen([&chosen, options] {
        chosen.run = [options](Session& session) { return RunFreeBusy(session, *options); };
    });
}

}  // namespace kamili::ctl
