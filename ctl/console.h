#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/secret.h"

namespace kamili::ctl {

// The person in front of the command: what they type, their browser, their Ctrl-C.
class Console {
  public:
    virtual ~Console() = default;
    // Is there somebody to ask (standard input is a terminal)?
    virtual bool interactive() const = 0;
    // A line that was typed within `wait`, without its end; nothing if none came or input is over.
    virtual std::optional<std::string> ReadLine(std::chrono::milliseconds wait) = 0;
    // The same for a secret: not shown while it is typed, and kept nowhere else. Empty if none
    // came.
    virtual Secret ReadSecret(std::chrono::milliseconds wait) = 0;
    // Has input ended?
    virtual bool ended() const = 0;
    // False if there is no desktop or nothing that opens addresses.
    virtual bool OpenBrowser(const std::string& url) = 0;
    // From the first call on Ctrl-C and SIGTERM no longer end the program; true once one came.
    virtual bool Interrupted() = 0;
};

std::unique_ptr<Console> MakeTerminalConsole();

}  // namespace kamili::ctl
