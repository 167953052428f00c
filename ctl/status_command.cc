#include <memory>
#include <nlohmann/json.hpp>

#include "ctl/command_table.h"
#include "ctl/render_status.h"

namespace kamili::ctl {
namespace {

using nlohmann::json;

Outcome ShowStatus(Session& session) {
    auto zone = OpenZone(session, std::nullopt);
    if (!zone) return zone.error();
    const auto status = session.service.Invoke("GetStatus", json::object());
    if (!status) return status.error();
    if (session.output.json())
        session.output.Json(*status);
    else
        session.output.Text(RenderStatus(*status, MakeView(session, *zone)));
    return ExitCode::kDone;
}

Outcome WatchStatus(Session& session, bool redraw) {
    auto zone = OpenZone(session, std::nullopt);
    if (!zone) return zone.error();
    bool first = true;
    const auto ended =
        session.service.Stream("GetStatus", json::object(), [&](const json& part, bool) {
            if (session.output.json()) {
                session.output.Json(part);
            } else {
                const std::string before = redraw ? "\x1b[H\x1b[2J" : first ? "" : "\n";
                session.output.Text(before + RenderStatus(part, MakeView(session, *zone)));
            }
            first = false;
            return true;
        });
    if (!ended) return ended.error();
    return ExitCode::kDone;
}

}  // namespace

void AddStatusCommand(Command parent, Chosen& chosen) {
    Command command =
        parent.AddCommand("status", "Daemon, accounts and calendars: what they are up to");
    auto watch = std::make_shared<bool>(false);
    command.AddFlag("--watch", *watch, "Show it again at each change, until Ctrl-C");
    command.GiveExample("kamilictl status --watch");
    command.WhenChosen([&chosen, watch] {
        chosen.run = [watch](Session& session) {
            return *watch ? WatchStatus(session, session.output.may_redraw()) : ShowStatus(session);
        };
    });
}

}  // namespace kamili::ctl
