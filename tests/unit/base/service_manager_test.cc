#include "base/service_manager.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "tests/support/temp_folder.h"

namespace kamili {
namespace {

// A variable of the environment for as long as it lives.
class Variable {
  public:
    Variable(const char* name, const std::string& value) : name_(name) {
        setenv(name, value.c_str(), 1);
    }
    ~Variable() { unsetenv(name_); }

  private:
    const char* name_;
};

// The manager's side: a datagram socket that NOTIFY_SOCKET names.
class Manager {
  public:
    Manager() : socket_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path().c_str(), sizeof address.sun_path - 1);
        REQUIRE(bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    }
    ~Manager() { close(socket_); }
    std::string path() const { return folder_.File("notify"); }
    std::string Next() {
        char text[256];
        const auto got = recv(socket_, text, sizeof text, MSG_DONTWAIT);
        return got < 0 ? "" : std::string(text, static_cast<std::size_t>(got));
    }

  private:
    testing::TempFolder folder_;
    int socket_;
};

TEST_CASE("a service manager is told what happens, in the words of sd_notify") {
    Manager manager;
    const Variable variable("NOTIFY_SOCKET", manager.path());
    ServiceManager::NotifyReady();
    CHECK(manager.Next() == "READY=1");
    ServiceManager::NotifyStatus("2 accounts");
    CHECK(manager.Next() == "STATUS=2 accounts");
    ServiceManager::NotifyWatchdog();
    CHECK(manager.Next() == "WATCHDOG=1");
    ServiceManager::NotifyReloading();
    CHECK(manager.Next().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    ServiceManager::NotifyStopping();
    CHECK(manager.Next() == "STOPPING=1");
}

TEST_CASE("without a service manager nothing is told, asked or passed in") {
    unsetenv("NOTIFY_SOCKET");
    ServiceManager::NotifyReady();
    CHECK_FALSE(ServiceManager::WatchdogInterval());
    CHECK(ServiceManager::PassedSockets().empty());
}

TEST_CASE("the watchdog's interval is the manager's") {
    const Variable interval("WATCHDOG_USEC", "30000000");
    CHECK(ServiceManager::WatchdogInterval() == std::chrono::seconds(30));
    const Variable other_process("WATCHDOG_PID", "1");
    CHECK_FALSE(ServiceManager::WatchdogInterval());
}

// Method: a child puts a listening socket and a plain pipe where the manager would, and says by its
// exit code what it found.
TEST_CASE("only listening stream sockets are taken, and only once") {
    const testing::TempFolder folder;
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, folder.File("s").c_str(), sizeof address.sun_path - 1);
        int ends[2];
        if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
            listen(listener, 1) != 0 || pipe(ends) != 0)
            _exit(10);
        const int far_listener = dup2(listener, 40);
        const int far_pipe = dup2(ends[0], 41);
        dup2(far_listener, 3);
        dup2(far_pipe, 4);
        setenv("LISTEN_FDS", "2", 1);
        setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
        if (ServiceManager::PassedSockets() != std::vector<int>{3}) _exit(11);
        if (!ServiceManager::PassedSockets().empty()) _exit(12);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace kamili
