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

void CreateBackup(Engine& engine, const CallPointer& call) {
    Parameters parameters(*call);
    const std::string path = AbsolutePath(parameters);
    if (parameters.Refuse()) return;
    engine.store().Read(
        [path](const storage::ReadView& view) { return storage::WriteBackup(view, path); },
        [call, path](const Status& written) {
            if (!written) return call->Fail(written.error());
            call->Reply({{"path", path}});
        });
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
        });
}

}  // namespace

void AddBackupMethods(MethodTable& table) {
    table.AddWithEngine("CreateBackup", CreateBackup);
    table.AddWithEngine("VerifyBackup", VerifyBackup);
}

}  // namespace kamili::daemon
