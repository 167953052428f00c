#include "ctl/restore.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <string_view>

#include "base/descriptor.h"
#include "client/socket_path.h"

namespace kamili::ctl {
namespace {

constexpr std::string_view kMagic = "KAMILIS1";  // docs/store-format.md

Status CopyAll(int from, int to) {
    std::array<char, 64 << 10> piece;
    bool is_first = true;
    for (;;) {
        const ssize_t got = read(from, piece.data(), piece.size());
        if (got < 0) return SystemError("cannot read the backup", errno);
        const std::string_view bytes(piece.data(), static_cast<std::size_t>(got));
        if (is_first && !bytes.starts_with(kMagic))
            return Error{.kind = ErrorKind::kNotAStore, .message = "this is not a backup"};
        is_first = false;
        if (got == 0) break;
        if (write(to, piece.data(), bytes.size()) != got)
            return SystemError("cannot write the store", errno);
    }
    if (fsync(to) != 0) return SystemError("cannot sync the store", errno);
    return {};
}

Status CheckEmpty(const std::string& folder) {
    for (const char* name : {"/store.db", "/store.db-wal"}) {
        std::error_code ignored;
        if (std::filesystem::exists(folder + name, ignored))
            return Error{.kind = ErrorKind::kConflict,
                         .message = "there is a store in " + folder + " already",
                         .hint = "stop kamilid and move store.db and store.db-wal away first"};
    }
    return {};
}

Status CopyTo(int from, const std::string& fresh) {
    const Descriptor to(
        open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (to.get() < 0) return SystemError("cannot make " + fresh, errno);
    return CopyAll(from, to.get());
}

}  // namespace

std::string OwnStateFolder() {
    if (const auto state = client::ProcessEnvironment("XDG_STATE_HOME")) return *state + "/kamili";
    return client::ProcessEnvironment("HOME").value_or("") + "/.local/state/kamili";
}

Status RestoreBackup(const std::string& backup, const std::string& state_folder) {
    const Descriptor from(open(backup.c_str(), O_RDONLY | O_CLOEXEC));
    if (from.get() < 0) return SystemError("cannot open " + backup, errno);
    if (auto empty = CheckEmpty(state_folder); !empty) return empty;
    std::error_code fault;
    std::filesystem::create_directories(state_folder, fault);
    std::filesystem::permissions(state_folder, std::filesystem::perms::owner_all, fault);
    if (fault) return SystemError("cannot make " + state_folder, fault.value());
    const std::string fresh = state_folder + "/store.db.restore";
    Status copied = CopyTo(from.get(), fresh);
    // link fails when the name is taken, rename would overwrite.
    if (copied && link(fresh.c_str(), (state_folder + "/store.db").c_str()) != 0)
        copied = SystemError("cannot name the store", errno);
    unlink(fresh.c_str());
    if (!copied) return copied;
    const Descriptor folder(open(state_folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() < 0 || fsync(folder.get()) != 0)
        return SystemError("cannot sync " + state_folder, errno);
    return {};
}

}  // namespace kamili::ctl
