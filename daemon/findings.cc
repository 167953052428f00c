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

void Findings::Add(const char* check, const char* level, const std::string& message,
                   const std::string& remedy) {
    list_->push_back(
        {{"check", check}, {"level", level}, {"message", message}, {"remedy", remedy}});
}

}  // namespace kamili::daemon
