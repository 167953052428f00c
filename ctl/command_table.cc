#include "ctl/command_table.h"

#include <CLI/CLI.hpp>
#include <array>

namespace kamili::ctl {
namespace {

constexpr std::array<AddCommand, 14> kCommands = {
    AddStatusCommand,   AddAgendaCommand, AddViewCommands,   AddSearchCommand,  AddEventCommand,
    AddFreeBusyCommand, AddSyncCommand,   AddChangesCommand, AddAccountCommand, AddCalendarCommand,
    AddKeyCommands,     AddBackupCommand, AddDoctorCommand,  AddLaterCommands,
};

constexpr std::array kLater = {"export", "erase", "audit"};

}  // namespace

std::span<const AddCommand> CommandTable() { return kCommands; }

void AddLaterCommands(CLI::App& parent, Chosen& chosen) {
    for (const char* name : kLater) {
        CLI::App* command = parent.add_subcommand(name, "")->group("");
        // Whatever follows is not understood either, so nothing is passed on to the parent.
        command->allow_extras()->fallthrough(false);
        command->callback([&chosen, name] {
            chosen.run = [name](Session&) -> Outcome {
                return Error{.kind = ErrorKind::kNotSupported,
                             .message = std::string("this version has no '") + name + "' yet",
                             .hint = "kamilictl --help lists what there is"};
            };
        });
    }
}

void GiveExample(CLI::App& command, const std::string& example) {
    command.footer("Example:\n  " + example);
}

}  // namespace kamili::ctl
