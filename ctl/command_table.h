#pragma once

#include <functional>
#include <span>

#include "ctl/command.h"
#include "ctl/session.h"

namespace kamili::ctl {

// What was chosen on the command line, filled while it is parsed.
struct Chosen {
    std::function<Outcome(Session&)> run;
};

// Adds one noun with its options to the parser; choosing it sets `chosen.run`.
using AddCommand = void (*)(Command parent, Chosen& chosen);

// Every noun of the command line, in the order of --help.
std::span<const AddCommand> CommandTable();

void AddStatusCommand(Command parent, Chosen& chosen);
void AddAccountCommand(Command parent, Chosen& chosen);
void AddSignInCommands(Command account, Chosen& chosen);  // account add, account reauth
void AddCalendarCommand(Command parent, Chosen& chosen);
void AddSyncCommand(Command parent, Chosen& chosen);
void AddAgendaCommand(Command parent, Chosen& chosen);
void AddViewCommands(Command parent, Chosen& chosen);  // month, week, next, conflicts
void AddSearchCommand(Command parent, Chosen& chosen);
void AddEventCommand(Command parent, Chosen& chosen);
void AddFreeBusyCommand(Command parent, Chosen& chosen);
void AddChangesCommand(Command parent, Chosen& chosen);
void AddKeyCommands(Command parent, Chosen& chosen);  // key, lock, unlock
void AddBackupCommand(Command parent, Chosen& chosen);
void AddDoctorCommand(Command parent, Chosen& chosen);
// The nouns that have a name already and nothing behind it: they say so.
void AddLaterCommands(Command parent, Chosen& chosen);

}  // namespace kamili::ctl
