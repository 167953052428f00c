#pragma once

#include <functional>
#include <span>
#include <string>

#include "ctl/session.h"

namespace CLI {
class App;
}

namespace kamili::ctl {

// What was chosen on the command line, filled while it is parsed.
struct Chosen {
    std::function<Outcome(Session&)> run;
};

// Adds one noun with its options to the parser; choosing it sets `chosen.run`.
using AddCommand = void (*)(CLI::App& parent, Chosen& chosen);

// Every noun of the command line, in the order of --help.
std::span<const AddCommand> CommandTable();

void AddStatusCommand(CLI::App& parent, Chosen& chosen);
void AddAccountCommand(CLI::App& parent, Chosen& chosen);
void AddSignInCommands(CLI::App& account, Chosen& chosen);  // account add, account reauth
void AddCalendarCommand(CLI::App& parent, Chosen& chosen);
void AddSyncCommand(CLI::App& parent, Chosen& chosen);
void AddAgendaCommand(CLI::App& parent, Chosen& chosen);
void AddViewCommands(CLI::App& parent, Chosen& chosen);  // month, week, next, conflicts
void AddSearchCommand(CLI::App& parent, Chosen& chosen);
void AddEventCommand(CLI::App& parent, Chosen& chosen);
void AddFreeBusyCommand(CLI::App& parent, Chosen& chosen);
void AddChangesCommand(CLI::App& parent, Chosen& chosen);
void AddKeyCommands(CLI::App& parent, Chosen& chosen);  // key, lock, unlock
void AddBackupCommand(CLI::App& parent, Chosen& chosen);
void AddDoctorCommand(CLI::App& parent, Chosen& chosen);
// The nouns that have a name already and nothing behind it: they say so.
void AddLaterCommands(CLI::App& parent, Chosen& chosen);

// Makes an example the last paragraph of a command's help.
void GiveExample(CLI::App& command, const std::string& example);

}  // namespace kamili::ctl
