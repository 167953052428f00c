#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "ctl/command_table.h"
#include "ctl/progress.h"
#include "ctl/restore.h"

namespace kamili::ctl {
namespace {

using nlohmann::json;

struct BackupWords {
    std::string file;
    std::string state_folder;
};
using RunWithWords = Outcome (*)(Session&, const BackupWords&);

json PathOf(const BackupWords& words) {
    return {{"path", std::filesystem::absolute(words.file).lexically_normal().string()}};
}

Outcome CreateBackup(Session& session, const BackupWords& words) {
    if (session.output.json()) {
        const auto reply = session.service.Invoke("CreateBackup", PathOf(words));
        if (!reply) return reply.error();
        session.output.Json(*reply);
        return ExitCode::kDone;
    }
    Pace pace(session.clock);
    const auto ended =
        session.service.Stream("CreateBackup", PathOf(words), [&](const json& part, bool last) {
            if (!last) session.output.Progress(PagesLine(part, pace, session.output.look()));
            return true;
        });
    if (!ended) return ended.error();
    session.output.Confirm(words.file + " is written; it opens with the store's key slots.\n");
    return ExitCode::kDone;
}

Outcome VerifyBackup(Session& session, const BackupWords& words) {
    const auto reply = session.service.Invoke("VerifyBackup", PathOf(words));
    if (!reply) return reply.error();
    if (session.output.json())
        session.output.Json(*reply);
    else
        session.output.Text(fmt::format("{} is whole: {} events in {} calendars.\n", words.file,
                                        reply->value("events", 0), reply->value("calendars", 0)));
    return ExitCode::kDone;
}

Outcome Restore(Session& session, const BackupWords& words) {
    const std::string folder = words.state_folder.empty() ? OwnStateFolder() : words.state_folder;
    if (auto restored = RestoreBackup(words.file, folder); !restored)
        return std::move(restored).error();
    if (session.output.json()) session.output.Json({{"state_folder", folder}});
    session.output.Confirm("The backup is in " + folder +
                           ". Start kamilid; without its key file, kamilictl unlock opens it.\n");
    return ExitCode::kDone;
}

Command AddVerb(Command backup, Chosen& chosen, const char* name, const char* description,
                const std::shared_ptr<BackupWords>& words, RunWithWords run) {
    Command command = backup.AddCommand(name, description);
    command.AddOption("FILE", words->file, "The backup").Required();
    command.GiveExample(std::string("kamilictl backup ") + name + " kamili-2026-01-15.backup");
    command.WhenChosen([&chosen, words, run] {
        chosen.run = [words, run](Session& session) { return run(session, *words); };
    });
    return command;
}

}  // namespace

void AddBackupCommand(Command parent, Chosen& chosen) {
    Command backup = parent.AddCommand("backup", "Encrypted copies of the store");
    backup.RequireCommand();
    backup.GiveExample("kamilictl backup create kamili-2026-01-15.backup");
    const auto words = std::make_shared<BackupWords>();
    AddVerb(backup, chosen, "create", "Write a backup while everything goes on", words,
            CreateBackup);
    AddVerb(backup, chosen, "verify", "Read every page of a backup and change nothing", words,
            VerifyBackup);
    Command restore = AddVerb(backup, chosen, "restore",
                              "Make a backup the store, while kamilid is stopped", words, Restore);
    restore.AddOption("--state-dir", words->state_folder, "The daemon's state folder");
}

}  // namespace kamili::ctl
