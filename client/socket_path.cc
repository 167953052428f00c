#include "client/socket_path.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace kamili::client {
namespace {

// USER may be missing under cron and in containers; the user database is not.
std::optional<std::string> UserName(const Environment& environment) {
    if (auto user = environment("USER")) return user;
    std::vector<char> buffer(16384);
    passwd entry{};
    passwd* found = nullptr;
    if (getpwuid_r(geteuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || !found)
        return std::nullopt;
    return std::string(found->pw_name);
}

}  // namespace

std::optional<std::string> ProcessEnvironment(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') return std::nullopt;
    return std::string(value);
}

std::vector<std::string> SocketCandidates(const Environment& environment) {
    if (auto socket = environment("KAMILI_SOCKET")) return {*std::move(socket)};
    const auto runtime = environment("XDG_RUNTIME_DIR");
    std::vector<std::string> candidates = {
        runtime.value_or("/run/user/" + std::to_string(geteuid())) + "/kamili/kamilid.sock"};
    const auto user = UserName(environment);
    if (user && user->find('/') == std::string::npos)
        candidates.push_back("/run/kamili/" + *user + "/kamilid.sock");
    return candidates;
}

std::string ChooseSocket(const Environment& environment) {
    const auto candidates = SocketCandidates(environment);
    for (const std::string& path : candidates) {
        std::error_code error;
        const auto status = std::filesystem::symlink_status(path, error);
        // A folder that may not be entered hides a socket: that is worth reporting, not skipping.
        if (std::filesystem::exists(status) || error == std::errc::permission_denied) return path;
    }
    return candidates.front();
}

}  // namespace kamili::client
