#include "ctl/command_tree.h"

#include <CLI/CLI.hpp>

namespace kamili::ctl {

void BuildCommandTree(CLI::App& app, Globals& globals, Chosen& chosen) {
    app.name("kamilictl");
    app.description("Your calendars of Google and Microsoft, kept encrypted on this machine.");
    app.fallthrough();
    app.add_option("--socket", globals.socket, "Where the daemon listens (or KAMILI_SOCKET)");
    app.add_flag("--json", globals.json, "One JSON object, or one a line for a stream");
    app.add_flag("--no-color", globals.no_color, "No colour (or NO_COLOR)");
    app.add_flag("--quiet", globals.quiet, "Nothing but the answer and errors");
    app.add_flag("--plain", globals.plain, "For screen readers: one thing a line, whole words");
    app.add_flag("--ascii", globals.ascii, "No drawing characters");
    app.add_flag("--version", globals.version, "The version");
    const Command root(app);
    root.GiveExample("kamilictl agenda --days 3");
    for (const AddCommand add : CommandTable()) add(root, chosen);
    app.require_subcommand(0, 1);
}

}  // namespace kamili::ctl
