#include <memory>
#include <nlohmann/json.hpp>

#include "ctl/command_table.h"
#include "ctl/fields.h"
#include "ctl/render_event.h"

namespace kamili::ctl {
namespace {

using nlohmann::json;

struct Options {
    std::optional<std::int64_t> since;
    bool follow = false;
};

Outcome RunChanges(Session& session, const Options& options) {
    auto zone = OpenZone(session, std::nullopt);
    if (!zone) return zone.error();
    json request = json::object();
    if (options.since) request["since"] = *options.since;
    CalendarBook book;
    if (!session.output.json()) book = CalendarBook(CalendarsForNames(session.service));
    const auto ended = session.service.Stream(
        options.follow ? "WatchChanges" : "ListChanges", request, [&](const json& part, bool) {
            for (const json& change : ListField(part, "changes")) {
                if (session.output.json())
                    session.output.Json(change);
                else
                    session.output.Text(RenderChange(change, book, MakeView(session, *zone)));
            }
            return true;
        });
    if (!ended) return ended.error();
    return ExitCode::kDone;
}

}  // namespace

void AddChangesCommand(Command parent, Chosen& chosen) {
    Command command = parent.AddCommand("changes", "What was added, changed, removed, in order");
    auto options = std::make_shared<Options>();
    command.AddOption("--since", options->since, "Only what came after this number").NonNegative();
    command.AddFlag("--follow", options->follow,
                    "Go on with each change as it comes; without --since from now on");
    command.GiveExample("kamilictl changes --since 0 --follow --json");
    command.WhenChosen([&chosen, options] {
        chosen.run = [options](Session& session) { return RunChanges(session, *options); };
    });
}

}  // namespace kamili::ctl
