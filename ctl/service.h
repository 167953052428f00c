#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/result.h"

namespace kamili::ctl {

// The daemon as the commands see it. Methods are short names of com.kamililabsllc.Kamili. Tests
// bring one that answers from a list.
class Service {
  public:
    using OnPart = std::function<bool(const nlohmann::json& part, bool last)>;

    virtual ~Service() = default;
    virtual Result<nlohmann::json> Invoke(const std::string& method,
                                          const nlohmann::json& parameters) = 0;
    // With `more`: `on_part` for each answer; false stops and closes the connection.
    virtual Status Stream(const std::string& method, const nlohmann::json& parameters,
                          const OnPart& on_part) = 0;
    // A call that takes long: asks `give_up` several times a second and then closes the connection,
    // kCancelled.
    virtual Result<nlohmann::json> Await(const std::string& method,
                                         const nlohmann::json& parameters,
                                         const std::function<bool()>& give_up) = 0;
    // Hands a long call over and goes: waits for a first answer or an error for `patience`, then
    // closes the connection. The daemon carries on.
    virtual Status Start(const std::string& method, const nlohmann::json& parameters,
                         std::chrono::milliseconds patience) = 0;
};

// Over the socket at `path`, connected at the first call.
std::unique_ptr<Service> MakeSocketService(std::string path);

}  // namespace kamili::ctl
