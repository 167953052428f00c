#include <memory>
#include <nlohmann/json.hpp>

#include "ctl/command_table.h"
#include "ctl/display_text.h"
#include "ctl/fields.h"
#include "ctl/render_status.h"

namespace kamili::ctl {
namespace {

using nlohmann::json;

Outcome ListCalendars(Session& session, const std::string& account_text) {
    auto zone = OpenZone(session, std::nullopt);
    if (!zone) return zone.error();
    json request = json::object();
    if (!account_text.empty()) {
        const auto account = FindAccount(session.service, account_text);
        if (!account) return account.error();
        request["account_id"] = TextField(*account, "id");
    }
    const auto reply = session.service.Invoke("ListCalendars", request);
    if (!reply) return reply.error();
    if (session.output.json()) {
        session.output.Json(*reply);
        return ExitCode::kDone;
    }
    const auto accounts = session.service.Invoke("ListAccounts", json::object());
    if (!accounts) return accounts.error();
    session.output.Text(RenderCalendars(ListField(*reply, "calendars"),
                                        ListField(*accounts, "accounts"),
                                        MakeView(session, *zone)));
    return ExitCode::kDone;
}

Outcome ChangeCalendar(Session& session, const std::string& id, const char* method,
                       const char* done) {
    const auto reply = session.service.Invoke(method, {{"calendar_id", id}});
    if (!reply) return reply.error();
    if (session.output.json()) session.output.Json(*reply);
    session.output.Confirm(Clean(TextField(ObjectField(*reply, "calendar"), "name")) + done);
    return ExitCode::kDone;
}

void AddVerb(Command calendar, Chosen& chosen, const char* name, const char* description,
             const char* method, const char* done) {
    Command command = calendar.AddCommand(name, description);
    auto id = std::make_shared<std::string>();
    command.AddOption("ID", *id, "The calendar's id").Required();
    command.GiveExample(std::string("kamilictl calendar ") + name + " c3");
    command.WhenChosen([&chosen, id, method, done] {
        chosen.run = [id, method, done](Session& session) {
            return ChangeCalendar(session, *id, method, done);
        };
    });
}

}  // namespace

void AddCalendarCommand(Command parent, Chosen& chosen) {
    Command calendar = parent.AddCommand("calendar", "Which calendars are kept here");
    calendar.RequireCommand();
    calendar.GiveExample("kamilictl calendar list");
    Command list = calendar.AddCommand("list", "All calendars with their ids");
    auto account = std::make_shared<std::string>();
    list.AddOption("--account", *account, "Only those of this account");
    list.GiveExample("kamilictl calendar list --account me@example.org");
    list.WhenChosen([&chosen, account] {
        chosen.run = [account](Session& session) { return ListCalendars(session, *account); };
    });
    AddVerb(calendar, chosen, "enable", "Fetch a calendar", "EnableCalendar",
            " is enabled; its events are on their way.\n");
    AddVerb(calendar, chosen, "disable", "Stop fetching a calendar and erase its events here",
            "DisableCalendar", " is disabled and its events are erased here.\n");
}

}  // namespace kamili::ctl
