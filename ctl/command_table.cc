#include "ctl/command_table.h"

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

void AddLaterCommands(Command parent, Chosen& chosen) {
    for (const char* name : kLater) {
        parent.AddHiddenCommand(name).WhenChosen([&chosen, name] {
            chosen.run = [name](Session&) -> Outcome {
                return Error{.kind = ErrorKind::kNotSupported,
                             .message = std::string("this version has no '") + name + "' yet",
                             .hint = "kamilictl --help lists what there is"};
            };
        });
    }
}

}  // namespace kamili::ctl
