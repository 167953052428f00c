#include <CLI/CLI.hpp>
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

void AddChangesCommand(CLI::App& parent, Chosen& chosen) {
    CLI::App* command =
        parent.add_subcommand("changes", "What was added, changed, removed, in order");
    auto options = std::make_shared<Options>();
    command->add_option("--since", options->since, "Only what came after this number")
        ->check(CLI::NonNegativeNumber);
    command->add_flag("--follow", options->follow,
                      "Go on with each change as it comes; without --since from now on");
    GiveExample(*command, "kamilictl changes --since 0 --follow --json");
    command->callback([&chosen, options] {
        chosen.run = [options](Session& session) { return RunChanges(session, *options); };
    });
}

}  // namespace kamili::ctl
