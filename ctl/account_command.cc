#include <memory>
#include <nlohmann/json.hpp>

#include "ctl/command_table.h"
#include "ctl/display_text.h"
#include "ctl/fields.h"
#include "ctl/render_status.h"

namespace kamili::ctl {
namespace {

using nlohmann::json;

constexpr std::chrono::milliseconds kTypingTick{200};

struct RemoveOptions {
    std::string id;
    bool revoke = false;
    bool yes = false;
};

Outcome ListAccounts(Session& session) {
    auto zone = OpenZone(session, std::nullopt);
    if (!zone) return zone.error();
    const auto reply = session.service.Invoke("ListAccounts", json::object());
    if (!reply) return reply.error();
    if (session.output.json())
        session.output.Json(*reply);
    else
        session.output.Text(
            RenderAccounts(ListField(*reply, "accounts"), MakeView(session, *zone)));
    return ExitCode::kDone;
}

Outcome ShowAccount(Session& session, const std::string& id) {
    auto zone = OpenZone(session, std::nullopt);
    if (!zone) return zone.error();
    const auto account = FindAccount(session.service, id);
    if (!account) return account.error();
    if (session.output.json())
        session.output.Json({{"account", *account}});
    else
        session.output.Text(RenderAccount(*account, MakeView(session, *zone)));
    session.output.Note(SurplusWarning(*account));
    return ExitCode::kDone;
}

Outcome ChangeAccount(Session& session, const std::string& id, const char* method,
                      const char* done) {
    const auto account = FindAccount(session.service, id);
    if (!account) return account.error();
    const auto reply = session.service.Invoke(method, {{"account_id", TextField(*account, "id")}});
    if (!reply) return reply.error();
    if (session.output.json()) session.output.Json(*reply);
    session.output.Confirm(Clean(TextField(*account, "address")) + done);
    return ExitCode::kDone;
}

std::string WhatRemovingDoes(const json& account, bool revoke) {
    std::string text = Clean(TextField(account, "address")) + " (" +
                       Clean(TextField(account, "provider")) +
                       "): its sign-in, calendars and events are erased on this machine.\n";
    if (!revoke) return text;
    if (TextField(account, "provider") == "google")
        return text +
               "--revoke also ends the grant at Google: every machine that uses the same client id "
               "is signed out of this account, not only this one.\n";
    return text + "--revoke: Microsoft has no way to end a grant from here; take it back at " +
           Clean(TextField(account, "revoke_page")) + ".\n";
}

// Asks until a line or the end of input comes.
bool SaysYes(Session& session) {
    session.output.Ask("Remove it? [y/N] ");
    while (!session.console.ended()) {
        const auto line = session.console.ReadLine(kTypingTick);
        if (line) return *line == "y" || *line == "Y" || *line == "yes";
    }
    return false;
}

Status ConfirmRemoval(Session& session, const json& account, const RemoveOptions& options) {
    const bool can_ask = session.console.interactive() && !session.output.json();
    const std::string warning = WhatRemovingDoes(account, options.revoke);
    if (options.yes || !can_ask) {
        if (options.revoke && !options.yes)
            return Error{.kind = ErrorKind::kInvalidArgument,
                         .message = "--revoke without a terminal needs --yes; " + warning,
                         .hint = "add --yes if that is what you want"};
        if (options.revoke) session.output.Note(warning);
        return {};
    }
    session.output.Ask(warning);
    if (SaysYes(session)) return {};
    return Error{.kind = ErrorKind::kCancelled, .message = "nothing was removed"};
}

Outcome RemoveAccount(Session& session, const RemoveOptions& options) {
    const auto account = FindAccount(session.service, options.id);
    if (!account) return account.error();
    if (auto confirmed = ConfirmRemoval(session, *account, options); !confirmed)
        return confirmed.error();
    const auto reply = session.service.Invoke(
        "RemoveAccount", {{"account_id", TextField(*account, "id")}, {"revoke", options.revoke}});
    if (!reply) return reply.error();
    if (session.output.json()) session.output.Json(*reply);
    session.output.Confirm(Clean(TextField(*account, "address")) + " is removed" +
                           (FlagField(*reply, "revoked") ? " and its grant is ended.\n" : ".\n"));
    if (const std::string note = Clean(TextField(*reply, "note")); !note.empty())
        session.output.Note(note + "\n");
    return ExitCode::kDone;
}

// A verb with one account as its argument.
template <typename Run>
void AddVerb(Command account, Chosen& chosen, const char* name, const char* description, Run run) {
    Command command = account.AddCommand(name, description);
    auto id = std::make_shared<std::string>();
    command.AddOption("ID", *id, "The account's id or address").Required();
    command.GiveExample(std::string("kamilictl account ") + name + " a1");
    command.WhenChosen([&chosen, id, run] {
        chosen.run = [id, run](Session& session) { return run(session, *id); };
    });
}

void AddRemove(Command account, Chosen& chosen) {
    Command command = account.AddCommand("remove", "Erase an account and all its events here");
    auto options = std::make_shared<RemoveOptions>();
    command.AddOption("ID", options->id, "The account's id or address").Required();
    command.AddFlag("--revoke", options->revoke,
                    "Also end the grant at the provider; at Google that signs out every machine "
                    "that uses the same client id");
    command.AddFlag("--yes", options->yes, "Do not ask");
    command.GiveExample("kamilictl account remove a1");
    command.WhenChosen([&chosen, options] {
        chosen.run = [options](Session& session) { return RemoveAccount(session, *options); };
    });
}

}  // namespace

void AddAccountCommand(Command parent, Chosen& chosen) {
    Command account = parent.AddCommand("account", "Sign in, look at accounts, remove them");
    account.RequireCommand();
    account.GiveExample("kamilictl account add google");
    AddSignInCommands(account, chosen);
    Command list = account.AddCommand("list", "All accounts");
    list.GiveExample("kamilictl account list --json");
    list.WhenChosen([&chosen] { chosen.run = ListAccounts; });
    AddVerb(account, chosen, "show", "Everything known about one account", ShowAccount);
    AddVerb(account, chosen, "pause", "Stop syncing an account, keep what is here",
            [](Session& session, const std::string& id) {
                return ChangeAccount(session, id, "PauseAccount", " is paused.\n");
            });
    AddVerb(account, chosen, "resume", "Sync a paused account again",
            [](Session& session, const std::string& id) {
                return ChangeAccount(session, id, "ResumeAccount", " is synced again.\n");
            });
    AddRemove(account, chosen);
}

}  // namespace kamili::ctl
