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

constexpr std::chrono::milliseconds kTick{100};

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

    Result<json> Await(const std::string& method, const json& parameters,
                       const std::function<bool()>& give_up) override;
    Status Start(const std::string& method, const json& parameters,
                 std::chrono::milliseconds patience) override;

  private:
    // Runs `call`, which talks over the connection, in a thread of its own until `has_waited` says
    // that it was long enough; false then, and the connection is closed.
    bool RunUntil(const std::function<void()>& call, const std::function<bool()>& has_waited);

    client::Daemon daemon_;
};

bool SocketService::RunUntil(const std::function<void()>& call,
                             const std::function<bool()>& has_waited) {
    const int descriptor = daemon_.descriptor();
    std::mutex mutex;
    std::condition_variable changed;
    bool ended = false;
    std::thread caller([&] {
        call();
        const std::lock_guard lock(mutex);
        ended = true;
        changed.notify_all();
    });
    bool in_time = false;
    {
        std::unique_lock lock(mutex);
        do in_time = changed.wait_for(lock, kTick, [&] { return ended; });
        while (!in_time && !has_waited());
    }
    // Ending the connection wakes the thread that reads from it.
    if (!in_time) shutdown(descriptor, SHUT_RDWR);
    caller.join();
    if (!in_time) daemon_.Disconnect();
    return in_time;
}

Result<json> SocketService::Await(const std::string& method, const json& parameters,
                                  const std::function<bool()>& give_up) {
    if (auto connected = daemon_.Connect(); !connected) return std::move(connected).error();
    Result<json> outcome = json::object();
    const bool in_time = RunUntil([&] { outcome = daemon_.Invoke(method, parameters); }, give_up);
    if (!in_time) return Error{.kind = ErrorKind::kCancelled, .message = "cancelled"};
    return outcome;
}

Status SocketService::Start(const std::string& method, const json& parameters,
                            std::chrono::milliseconds patience) {
    if (auto connected = daemon_.Connect(); !connected) return connected;
    Status outcome;
    const auto until = std::chrono::steady_clock::now() + patience;
    const bool in_time = RunUntil(
        [&] {
            outcome = daemon_.Stream(method, parameters, [](const json&, bool) { return false; });
        },
        [&] { return std::chrono::steady_clock::now() >= until; });
    daemon_.Disconnect();
    // Nothing came, which is fine: the daemon carries on.
    return in_time ? outcome : Status();
}

}  // namespace

std::unique_ptr<Service> MakeSocketService(std::string path) {
    return std::make_unique<SocketService>(std::move(path));
}

}  // namespace kamili::ctl
