// Aim: the socket is found, guarded and given back as the contract says; a foreign user stays out.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "ipc/client.h"
#include "ipc/listening_socket.h"
#include "ipc/socket_address.h"
#include "tests/unit/ipc/test_service.h"

namespace kamili::ipc {
namespace {

using nlohmann::json;

constexpr uid_t kNobody = 65534;

unsigned ModeOf(const std::string& path) {
    struct stat found {};
    REQUIRE(lstat(path.c_str(), &found) == 0);
    return found.st_mode & 0777u;
}

// A socket file that nobody serves.
void LeaveDeadSocket(const std::string& path) {
    const auto address = MakeSocketAddress(path);
    const int dead = socket(AF_UNIX, SOCK_STREAM, 0);
    REQUIRE(bind(dead, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0);
    close(dead);
}

TEST_CASE("the socket is its owner's alone, whatever the umask, in a folder of the same kind") {
    const testing::TempFolder folder;
    const mode_t before = umask(0);
    {
        const auto bound = ListeningSocket::Bind(folder.File("new/socket"));
        umask(before);
        REQUIRE(bound);
        CHECK(ModeOf(folder.File("new")) == 0700);
        CHECK(ModeOf(folder.File("new/socket")) == 0600);
    }
    CHECK_FALSE(std::filesystem::exists(folder.File("new/socket")));
    CHECK(std::filesystem::exists(folder.File("new")));
}

TEST_CASE("a dead socket is replaced, a living one is not") {
    const testing::TempFolder folder;
    const std::string path = folder.File("socket");
    LeaveDeadSocket(path);
    const auto first = ListeningSocket::Bind(path);
    REQUIRE(first);
    const auto second = ListeningSocket::Bind(path);
    REQUIRE_FALSE(second);
    CHECK(second.error().kind == ErrorKind::kAlreadyRunning);
    CHECK(Client::Connect(path));
}

TEST_CASE("any other file at the path is left alone") {
    const testing::TempFolder folder;
    const std::string path = folder.File("socket");
    std::ofstream(path) << "precious";
    CHECK(ListeningSocket::Bind(path).error().kind == ErrorKind::kBadConfiguration);
    CHECK(std::filesystem::file_size(path) == 8);
    std::filesystem::remove(path);
    std::filesystem::create_symlink(folder.File("elsewhere"), path);
    CHECK(ListeningSocket::Bind(path).error().kind == ErrorKind::kBadConfiguration);
    CHECK(std::filesystem::is_symlink(path));
    std::filesystem::remove(path);
    std::filesystem::create_directory(path);
    CHECK(ListeningSocket::Bind(path).error().kind == ErrorKind::kBadConfiguration);
    CHECK(ListeningSocket::Bind(folder.File("a/b/socket")).error().kind == ErrorKind::kSystem);
}

TEST_CASE("a file that has taken the socket's place is not removed at the end") {
    const testing::TempFolder folder;
    const std::string path = folder.File("socket");
    {
        const auto bound = ListeningSocket::Bind(path);
        REQUIRE(bound);
        std::filesystem::remove(path);
        std::ofstream(path) << "new";
    }
    CHECK(std::filesystem::exists(path));
}

TEST_CASE("a path that is too long is refused with its length") {
    const std::string longest(107, 'x');
    CHECK(MakeSocketAddress(longest));
    for (const std::string& path : {std::string(), longest + "x"}) {
        const auto address = MakeSocketAddress(path);
        REQUIRE_FALSE(address);
        CHECK(address.error().kind == ErrorKind::kInvalidArgument);
        CHECK(ListeningSocket::Bind(path).error() == address.error());
        CHECK(Client::Connect(path).error() == address.error());
    }
    CHECK(MakeSocketAddress(longest + "x").error().message.find("108 bytes") != std::string::npos);
}

TEST_CASE("only a listening Unix stream socket is adopted") {
    const testing::TempFolder folder;
    for (const int other : {socket(AF_UNIX, SOCK_STREAM, 0), socket(AF_INET, SOCK_STREAM, 0),
                            open("/dev/null", O_RDONLY)})
        CHECK_FALSE(ListeningSocket::Take(other));

    const auto address = MakeSocketAddress(folder.File("passed"));
    const int passed = socket(AF_UNIX, SOCK_STREAM, 0);
    REQUIRE(bind(passed, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0);
    REQUIRE(listen(passed, 5) == 0);
    TestService service;
    service.Do([&] { CHECK(service.server().Adopt(passed)); });
    auto client = Client::Connect(folder.File("passed"));
    REQUIRE(client);
    CHECK(client->Invoke("org.example.Test.Echo", {{"a", 1}}).value() == json{{"a", 1}});
    service.Do([&] { service.server().Close(); });
    // What was passed in belongs to whoever made it.
    CHECK(std::filesystem::exists(folder.File("passed")));
    CHECK_FALSE(std::filesystem::exists(service.path()));
}

// Method: a child becomes another user and calls; its exit code says what it saw.
TEST_CASE("a foreign user is disconnected unread, and the client says so") {
    if (geteuid() != 0) {
        MESSAGE("only root can become another user: not tried");
        return;
    }
    TestService service;
    REQUIRE(chmod(std::filesystem::path(service.path()).parent_path().c_str(), 0755) == 0);
    REQUIRE(chmod(service.path().c_str(), 0666) == 0);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        if (setgroups(0, nullptr) != 0 || setgid(kNobody) != 0 || setuid(kNobody) != 0) _exit(10);
        auto client = Client::Connect(service.path());
        if (!client) _exit(11);
        const auto reply = client->Invoke("org.example.Test.Echo", json::object());
        if (reply) _exit(12);
        _exit(reply.error().kind == ErrorKind::kPermissionDenied ? 0 : 13);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(service.Logged("reason=a foreign user"));
    service.Do([&] { CHECK(service.ran == 0); });
}

TEST_CASE("a socket that may not be opened is a matter of permission") {
    if (geteuid() != 0) {
        MESSAGE("only root can become another user: not tried");
        return;
    }
    TestService service;
    REQUIRE(chmod(std::filesystem::path(service.path()).parent_path().c_str(), 0755) == 0);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        if (setgroups(0, nullptr) != 0 || setgid(kNobody) != 0 || setuid(kNobody) != 0) _exit(10);
        const auto client = Client::Connect(service.path());
        _exit(!client && client.error().kind == ErrorKind::kPermissionDenied ? 0 : 11);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("root is served by another user's daemon") {
    if (geteuid() != 0) {
        MESSAGE("only root can be root: not tried");
        return;
    }
    ServerOptions options = TestService::Options();
    options.owner_uid = kNobody;
    TestService service(options);
    auto client = Client::Connect(service.path());
    REQUIRE(client);
    CHECK(client->Invoke("org.example.Test.Echo", json::object()));
}

}  // namespace
}  // namespace kamili::ipc
