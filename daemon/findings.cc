#include "daemon/findings.h"

#include <nlohmann/json.hpp>

namespace kamili::daemon {

using nlohmann::json;

Findings::Findings() : list_(std::make_unique<json>(json::array())) {}
Findings::~Findings() = default;

void Findings::Ok(const char* check, const std::string& message) { Add(check, "ok", message, ""); }

void Findings::Warn(const char* check, const std::string& message, const std::string& remedy) {
    Add(check, "warning", message, remedy);
}

void Findings::Fault(const char* check, const std::string& message, const std::string& remedy) {
    Add(check, "error", message, remedy);
}

json Findings::Take() { return std::move(*list_); }

// The hint of other errors of a damaged store sends people to the doctor.
std::string StoreRemedy(const Error& error) {
    if (error.kind == ErrorKind::kStoreDamaged)
        return "stop kamilid, move store.db and store.db-wal into another folder, then kamilictl "
               "backup restore FILE, or sign in again (docs/cli.md, \"A damaged store\")";
    return error.hint.empty() ? "the daemon's log says more" : error.hint;
}

void Findings::Add(const char* check, const char* level, const std::string& message,
                   const std::string& remedy) {
    list_->push_back(
        {{"check", check}, {"level", level}, {"message", message}, {"remedy", remedy}});
}

}  // namespace kamili::daemon
