#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/result.h"
#include "ipc/client.h"

namespace kamili::client {

// A daemon at a socket, with the methods of com.kamililabsllc.Kamili under their short names. What
// kamilictl and the C interface (kamili_client.h) stand on. Connects at the first call, and again
// at the next one when the connection was lost. One thread at a time.
class Daemon {
  public:
    using OnPart = std::function<bool(const nlohmann::json& part, bool last)>;

    explicit Daemon(std::string socket_path) : path_(std::move(socket_path)) {}

    // A name with a dot is taken as it is: "org.varlink.service.GetInfo".
    Result<nlohmann::json> Invoke(const std::string& method, const nlohmann::json& parameters);
    // With `more`: `on_part` for each answer; false stops and closes the connection.
    Status Stream(const std::string& method, const nlohmann::json& parameters,
                  const OnPart& on_part);
    // Fails as ipc::Client::Connect does.
    Status Connect();
    void Disconnect() { client_.reset(); }
    // -1 without a connection. For poll(2), or for shutdown(2) from another thread.
    int descriptor() const { return client_ ? client_->descriptor() : -1; }
    const std::string& path() const { return path_; }

  private:
    std::string path_;
    std::optional<ipc::Client> client_;
};

}  // namespace kamili::client
