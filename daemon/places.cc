#include "daemon/places.h"

#include <fmt/format.h>

#include <cstdlib>

namespace kamili::daemon {
namespace {

// systemd separates several folders with colons; the first is ours.
std::string FirstOf(const char* variable) {
    const char* value = std::getenv(variable);
    const std::string text = value ? value : "";
    return text.substr(0, text.find(':'));
}

std::string Variable(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

// `$variable/kamili`, or `$HOME/fallback/kamili` when the variable is not set; empty without HOME.
std::string XdgFolder(const char* variable, const char* fallback) {
    if (const std::string base = Variable(variable); !base.empty()) return base + "/kamili";
    const std::string home = Variable("HOME");
    return home.empty() ? "" : home + "/" + fallback + "/kamili";
}

Error Missing(const char* what, const char* option) {
    return {.kind = ErrorKind::kBadConfiguration,
            .message = fmt::format("nothing says where the {} is to be", what),
            .hint = fmt::format("give {}, or set HOME and XDG_RUNTIME_DIR", option)};
}

}  // namespace

Error Places::NoSocket() { return Missing("socket", "--socket"); }

Result<Places> FindPlaces(const Options& options) {
    Places places;
    places.credentials = FirstOf("CREDENTIALS_DIRECTORY");
    places.config_file = options.config;
    if (places.config_file.empty()) {
        std::string folder = FirstOf("CONFIGURATION_DIRECTORY");
        if (folder.empty()) folder = XdgFolder("XDG_CONFIG_HOME", ".config");
        if (folder.empty()) return Missing("configuration", "--config");
        places.config_file = folder + "/kamili.toml";
    }
    // To look at the file no other place is needed.
    if (options.check_config) return places;
    places.state_dir = options.state_dir;
    if (places.state_dir.empty()) places.state_dir = FirstOf("STATE_DIRECTORY");
    if (places.state_dir.empty()) places.state_dir = XdgFolder("XDG_STATE_HOME", ".local/state");
    if (places.state_dir.empty()) return Missing("state", "--state-dir");
    places.socket = options.socket;
    if (places.socket.empty()) {
        std::string folder = FirstOf("RUNTIME_DIRECTORY");
        if (folder.empty() && !Variable("XDG_RUNTIME_DIR").empty())
            folder = Variable("XDG_RUNTIME_DIR") + "/kamili";
        if (!folder.empty()) places.socket = folder + "/kamilid.sock";
    }
    return places;
}

}  // namespace kamili::daemon
