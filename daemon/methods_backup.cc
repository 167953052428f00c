#include <nlohmann/json.hpp>

#include "daemon/methods.h"
#include "daemon/parameters.h"
#include "storage/backup.h"

namespace kamili::daemon {
namespace {

using nlohmann::json;

// The daemon has no working folder that a client could know.
std::string AbsolutePath(Parameters& parameters) {
    std::string path = parameters.Text("path");
    if (!path.starts_with('/') || path.find('\0') != std::string::npos)
        parameters.Fail(
            {.kind = ErrorKind::kInvalidArgument, .message = "the path must be absolute"});
    return path;
}

// A backup on its way. The reader's thread holds it, too, and knows nothing of the call: that is
// let go on the loop when the backup ends.
struct Backup {
    CallPointer call;
    std::string path;

    void Tell(std::int64_t pages, std::int64_t total) {
        // Progress is a courtesy: a client that reads slowly misses some of it, never the end.
        if (!call || !call->more() || call->closed() || !call->writable()) return;
        call->Continue({{"path", path}, {"pages", pages}, {"total", total}});
    }
    void End(const Status& written) {
        const CallPointer caller = std::move(call);
        if (!written) return caller->Fail(written.error());
        caller->Reply({{"path", path}});
    }
};

void CreateBackup(Context& context, Engine& engine, const CallPointer& call) {
    Parameters parameters(*call);
    const std::string path = AbsolutePath(parameters);
    if (parameters.Refuse()) return;
    const auto backup = std::make_shared<Backup>(Backup{.call = call, .path = path});
    engine.store().Read(
        [backup, path, &loop = context.loop](const storage::ReadView& view) {
            return storage::WriteBackup(view, path, [&](std::int64_t pages, std::int64_t total) {
                loop.Post([backup, pages, total] { backup->Tell(pages, total); });
            });
        },
        [backup](const Status& written) { backup->End(written); }, storage::Store::Length::kLong);
}

void VerifyBackup(Engine& engine, const CallPointer& call) {
    Parameters parameters(*call);
    const std::string path = AbsolutePath(parameters);
    if (parameters.Refuse()) return;
    engine.store().ReadFor<storage::Statistics>(
        [path](const storage::ReadView& view) { return storage::VerifyBackup(view, path); },
        [call, path](Result<storage::Statistics> found) {
            if (!found) return call->Fail(found.error());
            call->Reply({{"path", path},
                         {"events", found->events},
                         {"calendars", found->calendars},
                         {"journal", found->journal},
                         {"schema", found->schema}});
        },
        storage::Store::Length::kLong);
}

}  // namespace

void AddBackupMethods(MethodTable& table) {
    table.AddWithEngine("CreateBackup", CreateBackup);
    table.AddWithEngine("VerifyBackup", VerifyBackup);
}

}  // namespace kamili::daemon
