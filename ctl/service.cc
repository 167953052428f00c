#include "ctl/service.h"

#include <sys/socket.h>

#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "client/daemon.h"

namespace kamili::ctl {
namespace {

using nlohmann::json;

class SocketService final : public Service {
  public:
    explicit SocketService(std::string path) : daemon_(std::move(path)) {}

    Result<json> Invoke(const std::string& method, const json& parameters) override {
        return daemon_.Invoke(method, parameters);
    }

    Status Stream(const std::string& method, const json& parameters,
                  const OnPart& on_part) override {
        return daemon_.Stream(method, parameters, on_part);
    }

    Status Start(const std::string& method, const json& parameters,
                 std::chrono::milliseconds patience) override;

  private:
    client::Daemon daemon_;
};

Status SocketService::Start(const std::string& method, const json& parameters,
                            std::chrono::milliseconds patience) {
    if (auto connected = daemon_.Connect(); !connected) return connected;
    const int descriptor = daemon_.descriptor();
    std::mutex mutex;
    std::condition_variable changed;
    bool answered = false;
    Status outcome;
    std::thread caller([&] {
        auto status = daemon_.Stream(method, parameters, [](const json&, bool) { return false; });
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
    if (!in_time) shutdown(descriptor, SHUT_RDWR);
    caller.join();
    daemon_.Disconnect();
    return in_time ? outcome : Status();
}

}  // namespace

std::unique_ptr<Service> MakeSocketService(std::string path) {
    return std::make_unique<SocketService>(std::move(path));
}

}  // namespace kamili::ctl
