#include "client/daemon.h"

#include <nlohmann/json.hpp>

namespace kamili::client {
namespace {

std::string FullName(const std::string& method) {
    return method.find('.') == std::string::npos ? "com.kamililabsllc.Kamili." + method : method;
}

}  // namespace

Status Daemon::Connect() {
    if (descriptor() >= 0) return {};
    auto client = ipc::Client::Connect(path_);
    if (!client) return client.error();
    client_.emplace(*std::move(client));
    return {};
}

Result<nlohmann::json> Daemon::Invoke(const std::string& method, const nlohmann::json& parameters) {
    if (auto connected = Connect(); !connected) return connected.error();
    return client_->Invoke(FullName(method), parameters);
}

Status Daemon::Stream(const std::string& method, const nlohmann::json& parameters,
                      const OnPart& on_part) {
    if (auto connected = Connect(); !connected) return connected;
    return client_->Stream(FullName(method), parameters, on_part);
}

}  // namespace kamili::client
