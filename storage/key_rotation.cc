#include "storage/key_rotation.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <vector>

#include "base/descriptor.h"
#include "storage/new_file.h"
#include "storage/view.h"

namespace kamili::storage {
namespace {

std::string FreshName(const StoreOptions& options) { return options.path + ".new"; }

// Nobody can name this file any more; what is left of it on the disk shall not open.
bool DestroyPrefix(int file) {
    const std::vector<std::uint8_t> zeros(kPrefixBytes);
    return pwrite(file, zeros.data(), zeros.size(), 0) == static_cast<ssize_t>(zeros.size()) &&
           fsync(file) == 0;
}

}  // namespace

Status CopyUnderNewKey(Connection& writer, StoreSecrets& secrets, const StoreOptions& options,
                       CopyProgress progress) {
    auto slots = secrets.prefix().ReadSlots();
    if (!slots) return std::move(slots).error();
    if (auto begun = writer.Execute("BEGIN"); !begun) return begun;
    SystemRandom random;
    Status copied = CopyStore(writer,
                              {.path = FreshName(options),
                               .base_vfs = BaseVfs(options),
                               .prefix = CopyPrefix(secrets.keys(), *slots, random)},
                              std::move(progress), random);
    [[maybe_unused]] const auto ended = writer.Execute("COMMIT");
    return copied;
}

Status TakeCopyForStore(const StoreOptions& options, Log& log) {
    // Transactions in a log that could not be moved into the file would be lost with it: the log
    // belongs to the old key.
    if (FileExists(options.path + "-wal")) {
        RemoveRemains(FreshName(options));
        return Error{.kind = ErrorKind::kSystem,
                     .message = "the store's log could not be closed; its key is as it was",
                     .hint = "try again"};
    }
    const Descriptor old(open(options.path.c_str(), O_WRONLY | O_CLOEXEC));
    if (std::rename(FreshName(options).c_str(), options.path.c_str()) != 0) {
        const int fault = errno;
        RemoveRemains(FreshName(options));
        return SystemError("cannot name the new store", fault);
    }
    if (auto synced = SyncFolderOf(options.path); !synced) return synced;
    if (old.get() < 0 || !DestroyPrefix(old.get()))
        log.Warn("the old key could not be overwritten");
    return {};
}

}  // namespace kamili::storage
