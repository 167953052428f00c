#pragma once

#include <string>

#include "base/result.h"

namespace kamili::ctl {

// Puts a backup into a state folder that has no store yet, as its store: there whole or not at all.
// kConflict when there is one or a log of one, kNotAStore when `backup` does not begin like a
// store.
Status RestoreBackup(const std::string& backup, const std::string& state_folder);
// The daemon's state folder of this user: $XDG_STATE_HOME/kamili, else ~/.local/state/kamili.
std::string OwnStateFolder();

}  // namespace kamili::ctl
