#include <CLI/CLI.hpp>
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

void AddAgendaCommand(CLI::App& parent, Chosen& chosen) {
    CLI::App* command = parent.add_subcommand("agenda", "What happens, day by day");
    auto options = std::make_shared<Options>();
    command->add_option("--from", options->range.from,
                        "First moment: YYYY-MM-DD, RFC 3339, today, tomorrow, now, fri, +3d");
    auto* to = command->add_option("--to", options->range.to, "End of the range, exclusive");
    command->add_option("--days", options->range.days, "How many days (default 8)")->excludes(to);
    AddCalendarOption(*command, options->range);
    AddZoneOption(*command, options->range);
    command->add_flag("--ids", options->ids, "Show event ids, for kamilictl event show");
    GiveExample(*command, "kamilictl agenda --from fri --days 3");
    command->callback([&chosen, options] {
        chosen.run = [options](Session& session) { return RunAgenda(session, *options); };
    });
}

}  // namespace kamili::ctl
