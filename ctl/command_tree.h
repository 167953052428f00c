#pragma once

#include <optional>
#include <string>

#include "ctl/command_table.h"

namespace kamili::ctl {

// What may stand anywhere on the command line.
struct Globals {
    std::optional<std::string> socket;
    bool json = false;
    bool no_color = false;
    bool quiet = false;
    bool plain = false;
    bool ascii = false;
    bool version = false;
};

// Gives `app` everything that can be typed behind kamilictl. Parsing fills `globals` and `chosen`,
// which must live as long as `app`. Completion and the manual read the same tree.
void BuildCommandTree(CLI::App& app, Globals& globals, Chosen& chosen);

}  // namespace kamili::ctl
