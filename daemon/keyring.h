#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "daemon/session_bus.h"

namespace kamili::daemon {

// The desktop's keyring by the Secret Service API: items that open the keyring slot of a store. No
// prompt is ever shown: what would need one fails with kKeyLocked. Errors beside those of
// SessionBus: kKeyMissing (no item), kKeyLocked. Blocks as the bus does.
class Keyring {
  public:
    static Result<Keyring> Open(const Patience& patience);

    // The secrets of the items for the store `name`, one at least. They need not open it.
    Result<std::vector<Secret>> Find(const std::string& name);
    // Keeps `secret` in a new item of the default collection.
    Status Put(const std::string& name, const Secret& secret);
    // Removes the items for `name` that hold `secret`, or all that can be read if it is empty.
    Status Remove(const std::string& name, const Secret& secret);

  private:
    explicit Keyring(SessionBus bus) : bus_(std::move(bus)) {}
    Result<std::vector<std::string>> Search(const std::string& name);
    Result<Secret> Read(const std::string& item);
    Result<std::string> DefaultCollection();
    Result<bool> IsLocked(const std::string& collection);
    void Dismiss(const char* prompt);

    SessionBus bus_;
    std::string session_;
};

}  // namespace kamili::daemon
