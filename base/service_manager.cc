#include "base/service_manager.h"

#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include <cstdint>

namespace kamili {
namespace {

void Notify(const std::string& state) { sd_notify(/*unset_environment=*/0, state.c_str()); }

}  // namespace

void ServiceManager::NotifyReady() { Notify("READY=1"); }

void ServiceManager::NotifyReloading() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    const auto microseconds =
        static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
    Notify("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

void ServiceManager::NotifyStopping() { Notify("STOPPING=1"); }
void ServiceManager::NotifyWatchdog() { Notify("WATCHDOG=1"); }
void ServiceManager::NotifyStatus(const std::string& text) { Notify("STATUS=" + text); }

std::optional<std::chrono::microseconds> ServiceManager::WatchdogInterval() {
    std::uint64_t interval = 0;
    if (sd_watchdog_enabled(/*unset_environment=*/0, &interval) <= 0) return std::nullopt;
    return std::chrono::microseconds(interval);
}

std::vector<int> ServiceManager::PassedSockets() {
    std::vector<int> sockets;
    const int count = sd_listen_fds(/*unset_environment=*/1);
    for (int i = 0; i < count; ++i) {
        const int descriptor = SD_LISTEN_FDS_START + i;
        if (sd_is_socket_unix(descriptor, SOCK_STREAM, /*listening=*/1, nullptr, 0) > 0)
            sockets.push_back(descriptor);
    }
    return sockets;
}

}  // namespace kamili
