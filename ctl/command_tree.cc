#include "ctl/command_tree.h"

#include <CLI/CLI.hpp>

namespace kamili::ctl {

CommandTree::CommandTree() : app_(std::make_unique<CLI::App>()) {
    CLI::App& app = *app_;
    app.name("kamilictl");
    app.description("Your calendars of Google and Microsoft, kept encrypted on this machine.");
    app.fallthrough();
    const Command root(app);
    root.AddOption("--socket", globals.socket, "Where the daemon listens (or KAMILI_SOCKET)");
    root.AddFlag("--json", globals.json, "One JSON object, or one a line for a stream");
    root.AddFlag("--no-color", globals.no_color, "No colour (or NO_COLOR)");
    root.AddFlag("--quiet", globals.quiet, "Nothing but the answer and errors");
    root.AddFlag("--plain", globals.plain, "For screen readers: one thing a line, whole words");
    root.AddFlag("--ascii", globals.ascii, "No drawing characters");
    root.AddFlag("--version", globals.version, "The version");
    root.GiveExample("kamilictl agenda --days 3");
    for (const AddCommand add : CommandTable()) add(root, chosen);
    app.require_subcommand(0, 1);
}

CommandTree::~CommandTree() = default;

}  // namespace kamili::ctl
