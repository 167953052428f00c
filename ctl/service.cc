#include "ctl/service.h"

#include <sys/socket.h>

#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "ipc/client.h"

namespace kamili::ctl {
namespace {

using nlohmann::json;

std::string FullName(const std::string& method) { return "com.kamililabsllc.Kamili." + method; }

class SocketService final : public Service {
  public:
    explicit SocketService(std::string path) : path_(std::move(path)) {}

    Result<json> Invoke(const std::string& method, const json& parameters) override {
        if (auto connected = Connect(); !connected) return connected.error();
        return client_->Invoke(FullName(method), parameters);
    }

    Status Stream(const std::string& method, const json& parameters,
                  const OnPart& on_part) override {
        if (auto connected = Connect(); !connected) return connected;
        return client_->Stream(FullName(method), parameters, on_part);
    }

    Status Start(const std::string& method, const json& parameters,
                 std::chrono::milliseconds patience) override;

  private:
    Status Connect() {
        if (client_) return {};
        auto client = ipc::Client::Connect(path_);
        if (!client) return client.error();
        client_.emplace(*std::move(client));
        return {};
    }

    std::string path_;
    std::optional<ipc::Client> client_;
};

Status SocketService::Start(const std::string& method, const json& parameters,
                            std::chrono::milliseconds patience) {
    if (auto connected = Connect(); !connected) return connected;
    std::mutex mutex;
    std::condition_variable changed;
    bool answered = false;
    Status outcome;
    std::thread caller([&] {
        auto status =
            client_->Stream(FullName(method), parameters, [](const json&, bool) { return false; });
        const std::lock_guard lock(mutex);
        outcome = std::move(status);
        answered = true;
        changed.notify_all();
    });
    bool in_time = false;
    {
        std::unique_lock lock(mutex);
        in_time = changed.wait_for(lock, patience, [&] { return answered; });
    }
    // Nothing came, which is fine: ending the connection wakes the thread that reads from it.
    if (!in_time) shutdown(client_->descriptor(), SHUT_RDWR);
    caller.join();
    client_.reset();
    return in_time ? outcome : Status();
}

}  // namespace

std::unique_ptr<Service> MakeSocketService(std::string path) {
    return std::make_unique<SocketService>(std::move(path));
}

}  // namespace kamili::ctl
