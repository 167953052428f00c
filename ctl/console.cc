#include "ctl/console.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <termios.h>
#include <unistd.h>

#include <array>

#include "client/socket_path.h"

namespace kamili::ctl {
namespace {

// A pasted address is a few kilobytes at most.
constexpr std::size_t kLineBytesMax = 64u << 10;

constexpr std::size_t kSecretBytesMax = 4096;

volatile sig_atomic_t interrupted = 0;

void OnInterrupt(int) { interrupted = 1; }

void CatchSignals() {
    struct sigaction action {};
    action.sa_handler = OnInterrupt;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

// Runs xdg-open without a shell, in a session of its own so that Ctrl-C does not reach the browser,
// and without our streams so that its chatter stays out of them.
bool SpawnOpener(const std::string& url) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    if (posix_spawn_file_actions_init(&files) != 0) return false;
    if (posix_spawnattr_init(&attributes) != 0) {
        posix_spawn_file_actions_destroy(&files);
        return false;
    }
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        posix_spawn_file_actions_addopen(&files, descriptor, "/dev/null", O_RDWR, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    std::string program = "xdg-open";
    std::string address = url;
    const std::array<char*, 3> arguments = {program.data(), address.data(), nullptr};
    pid_t child = 0;
    const int failed =
        posix_spawnp(&child, program.c_str(), &files, &attributes, arguments.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return failed == 0;
}

// While it lives the terminal does not show what is typed.
class HiddenInput {
  public:
    HiddenInput() {
        is_terminal_ = tcgetattr(STDIN_FILENO, &before_) == 0;
        if (!is_terminal_) return;
        termios hidden = before_;
        hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    }
    ~HiddenInput() {
        if (is_terminal_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    HiddenInput(const HiddenInput&) = delete;
    HiddenInput& operator=(const HiddenInput&) = delete;

  private:
    termios before_{};
    bool is_terminal_ = false;
};

class TerminalConsole final : public Console {
  public:
    bool interactive() const override { return isatty(STDIN_FILENO) == 1; }
    bool ended() const override { return ended_; }
    std::optional<std::string> ReadLine(std::chrono::milliseconds wait) override;
    Secret ReadSecret(std::chrono::milliseconds wait) override;
    bool OpenBrowser(const std::string& url) override;
    bool Interrupted() override;

  private:
    std::optional<std::string> TakeLine();

    std::string typed_;
    bool ended_ = false;
    bool catching_ = false;
};

std::optional<std::string> TerminalConsole::TakeLine() {
    const auto end = typed_.find('\n');
    if (end == std::string::npos) return std::nullopt;
    std::string line = typed_.substr(0, end);
    typed_.erase(0, end + 1);
    if (line.ends_with('\r')) line.pop_back();
    return line;
}

std::optional<std::string> TerminalConsole::ReadLine(std::chrono::milliseconds wait) {
    if (auto line = TakeLine()) return line;
    if (ended_) return std::nullopt;
    pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    if (poll(&input, 1, static_cast<int>(wait.count())) <= 0) return std::nullopt;
    std::array<char, 4096> buffer;
    const ssize_t got = read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got <= 0) {
        ended_ = true;
        return std::nullopt;
    }
    typed_.append(buffer.data(), static_cast<std::size_t>(got));
    if (typed_.size() > kLineBytesMax) typed_.clear();
    return TakeLine();
}

// Byte by byte into memory that is wiped: nothing of it stays in a buffer.
Secret TerminalConsole::ReadSecret(std::chrono::milliseconds wait) {
    const HiddenInput hidden;
    Secret line;
    for (char c = 0; line.size() < kSecretBytesMax;) {
        pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
        if (poll(&input, 1, static_cast<int>(wait.count())) <= 0) return {};
        const ssize_t got = read(STDIN_FILENO, &c, 1);
        ended_ = got <= 0;
        if (ended_ || c == '\n') break;
        if (c != '\r') line.Append({&c, 1});
        WipeMemory(&c, 1);
    }
    return line;
}

bool TerminalConsole::OpenBrowser(const std::string& url) {
    // Only what is surely an address may become an argument of another program.
    if (!url.starts_with("https://") && !url.starts_with("http://")) return false;
    if (!client::ProcessEnvironment("DISPLAY") && !client::ProcessEnvironment("WAYLAND_DISPLAY"))
        return false;
    return SpawnOpener(url);
}

bool TerminalConsole::Interrupted() {
    if (!catching_) CatchSignals();
    catching_ = true;
    return interrupted != 0;
}

}  // namespace

std::unique_ptr<Console> MakeTerminalConsole() { return std::make_unique<TerminalConsole>(); }

}  // namespace kamili::ctl
