#include "daemon/methods.h"

namespace kamili::daemon {
namespace {

// Whatever keeps the key from us, the store is locked to the one who asks. "Permission denied"
// would mean the caller, not the key file.
Error ToCaller(Error trouble) {
    switch (trouble.kind) {
        case ErrorKind::kKeyMissing:
        case ErrorKind::kKeyWrong:
        case ErrorKind::kPermissionDenied:
            trouble.kind = ErrorKind::kKeyLocked;
            return trouble;
        default:
            return trouble;
    }
}

}  // namespace

void MethodTable::Add(const std::string& name, ipc::Handler handler) {
    methods_.emplace(name, std::move(handler));
}

void MethodTable::AddWithEngine(const std::string& name,
                                UniqueFunction<void(Engine&, const CallPointer&)> handler) {
    methods_.emplace(
        name, [&context = context_, handler = std::move(handler)](const CallPointer& call) mutable {
            if (!context.engine) return call->Fail(ToCaller(context.health.trouble));
            handler(*context.engine, call);
        });
}

void MethodTable::AddWithEngine(const std::string& name,
                                void (*method)(Context&, Engine&, const CallPointer&)) {
    AddWithEngine(name, UniqueFunction<void(Engine&, const CallPointer&)>(
                            [&context = context_, method](Engine& engine, const CallPointer& call) {
                                method(context, engine, call);
                            }));
}

}  // namespace kamili::daemon
