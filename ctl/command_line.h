#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "client/socket_path.h"
#include "ctl/console.h"
#include "ctl/service.h"

namespace kamili::ctl {

// What a terminal can do, as main found it.
struct TerminalFacts {
    bool out_terminal = false;
    bool error_terminal = false;
    std::size_t columns = 0;        // of standard output; 0: unknown
    std::size_t error_columns = 0;  // of standard error
};

// The world of one run; tests bring their own.
struct World {
    std::ostream& out;
    std::ostream& err;
    client::Environment environment;
    TerminalFacts terminal;
    std::function<std::unique_ptr<Service>(std::string socket_path)> connect;
    Console& console;
    const Clock& clock;
    Random& random;
};

// Parses the arguments (without the program's name), runs the command and answers the exit code of
// docs/cli.md. Errors are printed here and nowhere else.
int RunCommandLine(const std::vector<std::string>& arguments, World& world);

}  // namespace kamili::ctl
