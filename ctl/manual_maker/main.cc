// Makes kamilictl(1) at build time: reads a template on standard input and puts the commands and
// options of the real parser where it says @COMMANDS@.

#include <iostream>
#include <string>

#include "ctl/command_tree.h"
#include "ctl/manual.h"

int main() {
    kamili::ctl::CommandTree tree;
    std::string line;
    while (std::getline(std::cin, line)) {
        if (line == "@COMMANDS@")
            std::cout << kamili::ctl::ManualSections(tree.app());
        else
            std::cout << line << '\n';
    }
    return std::cout.flush() ? 0 : 1;
}
