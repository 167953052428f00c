#include "ctl/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <sstream>

#include "ctl/command_tree.h"
#include "ctl/completion.h"
#include "ctl/display_text.h"
#include "ctl/usage_error.h"
#include "ctl/zone_name.h"

namespace kamili::ctl {
namespace {

constexpr const char* kCompleteWord = "__complete";

// Errors of the parser need to know the format before anything is parsed.
bool AsksForJson(const std::vector<std::string>& arguments) {
    const auto end = std::find(arguments.begin(), arguments.end(), "--");
    return std::find(arguments.begin(), end, "--json") != end;
}

OutputOptions OptionsFor(const Globals& globals, const World& world) {
    const bool dumb = world.environment("TERM") == std::optional<std::string>("dumb");
    const bool color = world.terminal.out_terminal && !globals.no_color && !globals.plain &&
                       !dumb && !world.environment("NO_COLOR");
    return {.json = globals.json,
            .terminal = world.terminal.out_terminal && world.terminal.error_terminal,
            .out_terminal = world.terminal.out_terminal && !dumb,
            .quiet = globals.quiet,
            .error_terminal = world.terminal.error_terminal && !dumb,
            .error_columns = globals.plain ? 0 : world.terminal.error_columns,
            .look = {.color = color,
                     .plain = globals.plain,
                     .ascii = globals.ascii || dumb,
                     .columns = globals.plain ? 0 : world.terminal.columns}};
}

int FailWith(Output& output, const Error& error) {
    output.Fail(error);
    return static_cast<int>(ExitCodeFor(error.kind));
}

int PrintVersion(const Globals& globals, Output& output) {
    if (globals.json)
        output.Json({{"version", KAMILI_VERSION}});
    else
        output.Text("kamilictl " KAMILI_VERSION "\n");
    return 0;
}

int RunChosen(const Globals& globals, const Chosen& chosen, Output& output, World& world) {
    const auto service =
        world.connect(globals.socket ? *globals.socket : client::ChooseSocket(world.environment));
    Session session{.service = *service,
                    .output = output,
                    .console = world.console,
                    .clock = world.clock,
                    .random = world.random,
                    .own_zone = OwnZoneName(world.environment)};
    const Outcome outcome = chosen.run(session);
    output.EndProgress();
    if (!outcome) return FailWith(output, outcome.error());
    if (!output.Flush())
        return FailWith(output, {.kind = ErrorKind::kSystem,
                                 .message = "standard output could not be written"});
    return static_cast<int>(*outcome);
}

// Not for people: what the completion scripts ask, "__complete WORD ...". A --socket among the
// words is not looked at: completion is a nicety.
int Complete(CLI::App& app, const std::vector<std::string>& arguments, World& world) {
    const std::vector<std::string> words(arguments.begin() + 1, arguments.end());
    if (words.empty()) return 0;
    const auto service = world.connect(client::ChooseSocket(world.environment));
    world.out << CompletionLines(app, words, *service);
    return world.out.flush() ? 0 : static_cast<int>(ExitCode::kFailed);
}

// CLI11 takes the arguments from the back.
void Parse(CLI::App& app, const std::vector<std::string>& arguments) {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
}

}  // namespace

int RunCommandLine(const std::vector<std::string>& arguments, World& world) {
    CommandTree tree;
    if (!arguments.empty() && arguments.front() == kCompleteWord)
        return Complete(tree.app(), arguments, world);

    Globals& globals = tree.globals;
    Globals before = globals;
    before.json = AsksForJson(arguments);
    try {
        Parse(tree.app(), arguments);
    } catch (const CLI::CallForHelp& help) {
        std::ostringstream text;
        const int code = tree.app().exit(help, text, world.err);
        world.out << FitLines(text.str(), world.terminal.columns);
        return code;
    } catch (const CLI::ParseError& error) {
        Output output(world.out, world.err, OptionsFor(before, world));
        return FailWith(output, UsageErrorFor(tree.app(), error, arguments));
    }
    globals.json = before.json;
    Output output(world.out, world.err, OptionsFor(globals, world));
    if (globals.version) return PrintVersion(globals, output);
    if (!tree.chosen.run)
        return FailWith(output, {.kind = ErrorKind::kInvalidArgument,
                                 .message = "say what to do, for example: kamilictl status",
                                 .hint = "kamilictl --help says what there is"});
    return RunChosen(globals, tree.chosen, output, world);
}

}  // namespace kamili::ctl
