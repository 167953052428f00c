#include <nlohmann/json.hpp>

#include "ctl/command_table.h"
#include "ctl/render_event.h"

namespace kamili::ctl {
namespace {

using nlohmann::json;

Outcome RunDoctor(Session& session) {
    auto zone = OpenZone(session, std::nullopt);
    if (!zone) return zone.error();
    const auto answer = session.service.Invoke("Doctor", json::object());
    if (!answer) return answer.error();
    if (session.output.json())
        session.output.Json(*answer);
    else
        session.output.Text(RenderFindings(*answer, MakeView(session, *zone)));
    return ExitCode::kDone;
}

}  // namespace

void AddDoctorCommand(Command parent, Chosen& chosen) {
    Command command =
        parent.AddCommand("doctor", "Check configuration, store, key, network, sign-ins");
    command.GiveExample("kamilictl doctor");
    command.WhenChosen([&chosen] { chosen.run = RunDoctor; });
}

}  // namespace kamili::ctl
