#include <memory>
#include <nlohmann/json.hpp>

#include "ctl/command_table.h"
#include "ctl/range_query.h"
#include "ctl/render_agenda.h"

namespace kamili::ctl {
namespace {

using nlohmann::json;

struct Options {
    RangeOptions range;
    bool ids = false;
};

Outcome RunAgenda(Session& session, const Options& options) {
    auto zone = OpenZone(session, options.range.zone);
    if (!zone) return zone.error();
    const View view = MakeView(session, *zone);
    const auto range = ParseRange(options.range, view.now, *zone);
    if (!range) return range.error();
    const auto answer = AskOccurrences(session, *range, *zone, options.range.calendars);
    if (!answer) return answer.error();
    if (session.output.json()) {
        session.output.Json(*answer);
        return ExitCode::kDone;
    }
    const json calendars = CalendarsForNames(session.service);
    NoteStale(session, *answer, calendars, view);
    session.output.Text(RenderAgenda(*answer, CalendarBook(calendars),
                                     {.from = range->from, .to = range->to, .ids = options.ids},
                                     view));
    return ExitCode::kDone;
}

}  // namespace

void AddAgendaCommand(Command parent, Chosen& chosen) {
    Command command = parent.AddCommand("agenda", "What happens, day by day");
    auto options = std::make_shared<Options>();
    command.AddOption("--from", options->range.from,
                      "First moment: YYYY-MM-DD, RFC 3339, today, tomorrow, now, fri, +3d");
    const auto to = command.AddOption("--to", options->range.to, "End of the range, exclusive");
    command.AddOption("--days", options->range.days, "How many days (default 8)").Excludes(to);
    AddCalendarOption(command, options->range);
    AddZoneOption(command, options->range);
    command.AddFlag("--ids", options->ids, "Show event ids, for kamilictl event show");
    command.GiveExample("kamilictl agenda --from fri --days 3");
    command.WhenChosen([&chosen, options] {
        chosen.run = [options](Session& session) { return RunAgenda(session, *options); };
    });
}

}  // namespace kamili::ctl
