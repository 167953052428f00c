#pragma once

#include <memory>
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

// Everything that can be typed behind kamilictl. Parsing fills `globals` and `chosen`. Completion
// and the manual read the same tree.
class CommandTree {
  public:
    CommandTree();
    ~CommandTree();

    CLI::App& app() { return *app_; }

    Globals globals;
    Chosen chosen;

  private:
    std::unique_ptr<CLI::App> app_;
};

}  // namespace kamili::ctl
