#pragma once

#include <optional>
#include <string>

#include "base/log.h"
#include "base/result.h"

namespace kamili::daemon {

// What the command line of kamilid says.
struct Options {
    std::string config;
    std::string state_dir;
    std::string socket;
    LogLevel log_level = LogLevel::kInfo;
    bool check_config = false;
};

// Parses the command line. A number is the exit code of a call that is answered already: --help and
// --version with 0, wrong usage with 2.
struct Usage {
    Options options;
    std::optional<int> exit_code;
};
Usage ParseOptions(int argc, char** argv);

// Where everything lives, from the command line, systemd's variables or the XDG ones, in that order
// (docs/configuration.md).
struct Places {
    std::string config_file;
    std::string state_dir;
    std::string socket;       // empty if nothing says where: one must then be passed in
    std::string credentials;  // systemd's credentials folder, or empty

    std::string store() const { return state_dir + "/store.db"; }
    std::string key_file() const { return state_dir + "/store.key"; }
    // For a daemon that got no socket and does not know where to make one.
    static Error NoSocket();
};
// kBadConfiguration when nothing says where the configuration or the state may be (no HOME).
Result<Places> FindPlaces(const Options& options);

}  // namespace kamili::daemon
