#pragma once

#include <string>

namespace CLI {
class App;
}

namespace kamili::ctl {

// Every command and option of the tree as sections of a man page (man(7)), with its description and
// example, so that the manual cannot miss one.
std::string ManualSections(CLI::App& app);

}  // namespace kamili::ctl
