#pragma once

#include <string>
#include <vector>

#include "base/error.h"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace kamili::ctl {

// What is wrong with the arguments, in words, and as hint the command to type: the nearest one that
// there is, or the help of the command that was meant.
Error UsageErrorFor(const CLI::App& app, const CLI::ParseError& error,
                    const std::vector<std::string>& arguments);

// The name most like `word`, or nothing if none is: at most a third of its letters differ. Pure.
std::string NearestName(const std::string& word, const std::vector<std::string>& names);

}  // namespace kamili::ctl
