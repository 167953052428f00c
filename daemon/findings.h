#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "daemon/methods.h"

namespace kamili::daemon {

// What the doctor found, in order. A warning or a fault always says what to do about it.
class Findings {
  public:
    Findings();
    ~Findings();
    void Ok(const char* check, const std::string& message);
    void Warn(const char* check, const std::string& message, const std::string& remedy);
    void Fault(const char* check, const std::string& message, const std::string& remedy);
    nlohmann::json Take();

  private:
    void Add(const char* check, const char* level, const std::string& message,
             const std::string& remedy);
    std::unique_ptr<nlohmann::json> list_;
};

// What to do about a store that cannot be opened or read.
std::string StoreRemedy(const Error& error);

// check_*.cc: what can be looked at without waiting. Loop thread only.
void CheckSettings(const Context& context, Findings& findings);
void CheckFiles(const Context& context, Findings& findings);
void CheckSurroundings(const Context& context, Findings& findings);
void CheckAccounts(const Context& context, Engine& engine, Findings& findings);

}  // namespace kamili::daemon
