#include <memory>
#include <nlohmann/json.hpp>

#include "ctl/command_table.h"
#include "ctl/fields.h"
#include "ctl/render_event.h"

namespace kamili::ctl {
namespace {

using nlohmann::json;

struct Options {
    std::string id;
    bool ics = false;
};

Outcome ShowEvent(Session& session, const Options& options) {
    auto zone = OpenZone(session, std::nullopt);
    if (!zone) return zone.error();
    json request = {{"event_id", options.id}};
    if (options.ics) request["ics"] = true;
    const auto answer = session.service.Invoke("GetEvent", request);
    if (!answer) return answer.error();
    if (session.output.json()) {
        session.output.Json(*answer);
        return ExitCode::kDone;
    }
    if (options.ics) {
        // For other programs: as it is, nothing beside it.
        session.output.Text(TextField(*answer, "ics"));
        return ExitCode::kDone;
    }
    const View view = MakeView(session, *zone);
    const json calendars = CalendarsForNames(session.service);
    NoteStale(session, *answer, calendars, view);
    session.output.Text(RenderEvent(*answer, CalendarBook(calendars), view));
    return ExitCode::kDone;
}

}  // namespace

void AddEventCommand(Command parent, Chosen& chosen) {
    Command event = parent.AddCommand("event", "Look at one event");
    event.RequireCommand();
    event.GiveExample("kamilictl event show e42");
    Command show = event.AddCommand("show", "Everything known about one event");
    auto options = std::make_shared<Options>();
    show.AddOption("ID", options->id, "The event's id; search and agenda --ids show it").Required();
    show.AddFlag("--ics", options->ics, "As iCalendar text (RFC 5545)");
    show.GiveExample("kamilictl event show e42 --json");
    show.WhenChosen([&chosen, options] {
        chosen.run = [options](Session& session) { return ShowEvent(session, *options); };
    });
}

}  // namespace kamili::ctl
