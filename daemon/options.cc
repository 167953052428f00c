// The command line of kamilid; apart from the places because CLI11 takes long to compile.

#include <CLI/CLI.hpp>

#include "daemon/places.h"
#include "daemon/version.h"

namespace kamili::daemon {

Usage ParseOptions(int argc, char** argv) {
    Usage usage;
    CLI::App app("Keeps Google and Microsoft calendars encrypted on this machine.", "kamilid");
    app.footer("Example: kamilid --config ~/.config/kamili/kamili.toml --log-level debug");
    std::string level = "info";
    app.add_option("--config", usage.options.config, "Configuration file (kamili.toml)");
    app.add_option("--state-dir", usage.options.state_dir, "Folder of the store and its key");
    app.add_option("--socket", usage.options.socket, "Socket for kamilictl and other clients");
    app.add_option("--log-level", level, "error, warn, info or debug")
        ->check(CLI::IsMember({"error", "warn", "info", "debug"}));
    app.add_flag("--check-config", usage.options.check_config,
                 "Read the configuration, say whether it is right, and end");
    app.set_version_flag("--version", std::string("kamilid ") + kVersion);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        usage.exit_code = app.exit(error) == 0 ? 0 : 2;
    }
    usage.options.log_level = LogLevelFromText(level).value_or(LogLevel::kInfo);
    return usage;
}

}  // namespace kamili::daemon
