#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/loop.h"
#include "base/time.h"
#include "daemon/configuration.h"
#include "daemon/engine.h"
#include "daemon/master_key.h"
#include "daemon/places.h"
#include "daemon/store_control.h"
#include "ipc/call.h"

namespace kamili::daemon {

class KeyringDesk;

// What the daemon as a whole is up to. Without an engine `trouble` says why there is none.
struct Health {
    std::string state = "starting";  // Daemon.state of the interface file
    Error trouble = {};
    UtcTime started{};
    KeyOrigin key_origin = KeyOrigin::kKeyFile;
};

// What the methods work on. Lives as long as the daemon.
struct Context {
    Loop& loop;
    const Clock& clock;
    Log& log;
    const Places& places;
    const Configuration& configuration;
    const Health& health;
    std::unique_ptr<Engine>& engine;  // empty when the store could not be opened
    StoreControl* store_control = nullptr;
    KeyringDesk* keyring = nullptr;
};

using CallPointer = std::shared_ptr<ipc::Call>;

// Methods by name. One that needs the engine fails with the reason when there is none.
class MethodTable {
  public:
    explicit MethodTable(Context& context) : context_(context) {}
    void Add(const std::string& name, ipc::Handler handler);
    void AddWithEngine(const std::string& name,
                       UniqueFunction<void(Engine&, const CallPointer&)> handler);
    void AddWithEngine(const std::string& name,
                       void (*method)(Context&, Engine&, const CallPointer&));
    std::map<std::string, ipc::Handler> Take() { return std::move(methods_); }
    Context& context() { return context_; }

  private:
    Context& context_;
    std::map<std::string, ipc::Handler> methods_;
};

// methods_*.cc: the methods of the interface file by subject.
void AddStatusMethods(MethodTable& table);
void AddSignInMethods(MethodTable& table);
void AddAccountMethods(MethodTable& table);
void AddCalendarMethods(MethodTable& table);
void AddSyncMethods(MethodTable& table);
void AddQueryMethods(MethodTable& table);
void AddEventMethods(MethodTable& table);
void AddChangeMethods(MethodTable& table);
void AddKeyMethods(MethodTable& table);
void AddBackupMethods(MethodTable& table);
void AddDoctorMethods(MethodTable& table);

}  // namespace kamili::daemon
