#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <iostream>

#include "ctl/command_line.h"

namespace {

// COLUMNS overrides, as everywhere; otherwise only a terminal has a width.
std::size_t TerminalColumns(int stream) {
    if (const auto text = kamili::client::ProcessEnvironment("COLUMNS")) {
        std::size_t columns = 0;
        const auto [end, error] =
            std::from_chars(text->data(), text->data() + text->size(), columns);
        if (error == std::errc() && end == text->data() + text->size()) return columns;
    }
    winsize size{};
    if (isatty(stream) != 1 || ioctl(stream, TIOCGWINSZ, &size) != 0) return 0;
    return size.ws_col;
}

}  // namespace

int main(int argc, char** argv) {
    const kamili::SystemClock clock;
    kamili::SystemRandom random;
    const auto console = kamili::ctl::MakeTerminalConsole();
    kamili::ctl::World world{.out = std::cout,
                             .err = std::cerr,
                             .environment = kamili::client::ProcessEnvironment,
                             .terminal = {.out_terminal = isatty(STDOUT_FILENO) == 1,
                                          .error_terminal = isatty(STDERR_FILENO) == 1,
                                          .columns = TerminalColumns(STDOUT_FILENO),
                                          .error_columns = TerminalColumns(STDERR_FILENO)},
                             .connect = kamili::ctl::MakeSocketService,
                             .console = *console,
                             .clock = clock,
                             .random = random};
    return kamili::ctl::RunCommandLine(std::vector<std::string>(argv + 1, argv + argc), world);
}
