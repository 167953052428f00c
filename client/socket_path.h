#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace kamili::client {

// Reads one environment variable; tests bring their own. Empty values count as unset.
using Environment = std::function<std::optional<std::string>(const char* name)>;
std::optional<std::string> ProcessEnvironment(const char* name);

// Where the daemon may listen, in the order of preference: KAMILI_SOCKET alone if it is set, else
// $XDG_RUNTIME_DIR/kamili/kamilid.sock, then /run/kamili/$USER/kamilid.sock (the template service).
std::vector<std::string> SocketCandidates(const Environment& environment);
// The first candidate that exists, else the first one.
std::string ChooseSocket(const Environment& environment);

}  // namespace kamili::client
