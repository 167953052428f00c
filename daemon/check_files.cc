#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <filesystem>

#include "daemon/findings.h"

namespace kamili::daemon {
namespace {

// A first sync of a large account, its log and a rotation fit into it.
constexpr std::uint64_t kRoomBytesAdvised = 256u << 20;

// Nothing if it cannot be looked at.
std::optional<mode_t> ModeOf(const std::string& path) {
    struct stat found {};
    if (stat(path.c_str(), &found) != 0) return std::nullopt;
    return found.st_mode;
}

void CheckStateFolder(const Places& places, Findings& findings) {
    const auto mode = ModeOf(places.state_dir);
    if (mode && (*mode & 077) == 0)
        findings.Ok("state folder", "it is open to its owner alone");
    else
        findings.Fault("state folder", "others may look into it", "chmod 700 " + places.state_dir);
    struct statvfs room {};
    if (statvfs(places.state_dir.c_str(), &room) == 0 &&
        room.f_bavail * room.f_frsize < kRoomBytesAdvised)
        findings.Warn("state folder",
                      fmt::format("only {} MiB are free", (room.f_bavail * room.f_frsize) >> 20),
                      "make room on the file system of " + places.state_dir);
}

void CheckStoreFile(const Places& places, Findings& findings) {
    const auto mode = ModeOf(places.store());
    if (!mode)
        findings.Fault("store", "its file was taken away while kamilid has it open",
                       "put " + places.store() +
                           " back before kamilid ends, or save what it holds now: kamilictl backup "
                           "create FILE");
    else if ((*mode & 077) != 0)
        findings.Fault("store", "others may read its file", "chmod 600 " + places.store());
}

void CheckKey(const Context& context, Findings& findings) {
    switch (context.health.key_origin) {
        case KeyOrigin::kKeyFile:
            if (const auto mode = ModeOf(context.places.key_file()); !mode)
                findings.Fault("key", "the key file is gone; the store will not open again",
                               "kamilictl key slot add recovery, now, while it is open");
            else if ((*mode & 077) != 0)
                findings.Fault(
                    "key", "others may read the key file",
                    "chmod 600 " + context.places.key_file() + ", then kamilictl key rotate");
            return findings.Warn(
                "key",
                "the store's key is a file beside it: this does not help against a stolen disk",
                "encrypt the disk, or give the key as a systemd credential");
        case KeyOrigin::kPerson:
            return findings.Ok("key", "the store was unlocked by hand");
        case KeyOrigin::kKeyring:
            return findings.Ok("key", "the desktop's keyring opened the store");
        case KeyOrigin::kCredential:
            return findings.Ok("key", "the store's key is a credential");
    }
}

// Only what the daemon made itself: a socket that was passed in is the service manager's.
void CheckSocket(const Places& places, Findings& findings) {
    if (places.socket.empty()) return;
    const auto mode = ModeOf(places.socket);
    if (mode && S_ISSOCK(*mode) && (*mode & 077) != 0)
        findings.Fault("socket", "others may open it", "chmod 600 " + places.socket);
    const std::string folder = std::filesystem::path(places.socket).parent_path().string();
    const auto folder_mode = ModeOf(folder);
    if (folder_mode && (*folder_mode & 022) != 0)
        findings.Fault("socket", "others may put another socket in its place",
                       "chmod 700 " + folder);
}

}  // namespace

void CheckFiles(const Context& context, Findings& findings) {
    CheckStateFolder(context.places, findings);
    CheckSocket(context.places, findings);
    if (!context.engine) {
        const Error& trouble = context.health.trouble;
        return findings.Fault("store", trouble.message, StoreRemedy(trouble));
    }
    CheckStoreFile(context.places, findings);
    CheckKey(context, findings);
}

}  // namespace kamili::daemon
