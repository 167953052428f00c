#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/result.h"

namespace kamili::ipc {

// A blocking varlink client, as kamilictl uses it. Errors of the service come back as Error with
// the kind that its name says (unknown names: kSystem), message and hint as sent.
class Client {
  public:
    // kNoDaemon if nothing listens there, kPermissionDenied if the socket may not be opened or the
    // daemon closed the connection unread.
    static Result<Client> Connect(const std::string& path);
    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;
    ~Client();

    // One call, one answer.
    Result<nlohmann::json> Invoke(const std::string& method, const nlohmann::json& parameters);
    // One call with `more`: `on_part` for every answer, the last one included; it returns false to
    // stop early (the connection is then closed).
    Status Stream(const std::string& method, const nlohmann::json& parameters,
                  const std::function<bool(const nlohmann::json&, bool last)>& on_part);
    // For poll(2) beside other descriptors.
    int descriptor() const;

  private:
    struct Impl;
    explicit Client(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace kamili::ipc
