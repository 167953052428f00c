#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace kamili {

// What a service manager is told and asks (sd_notify(3), sd_listen_fds(3), sd_watchdog_enabled(3)).
// Without one, nothing happens. Call from the main thread.
class ServiceManager {
  public:
    static void NotifyReady();
    static void NotifyReloading();  // follow with NotifyReady
    static void NotifyStopping();
    static void NotifyWatchdog();
    // One line for `systemctl status`: counts and states only.
    static void NotifyStatus(const std::string& text);
    // How often it wants a sign of life, if it does.
    static std::optional<std::chrono::microseconds> WatchdogInterval();
    // Listening sockets that were passed in, taken once.
    static std::vector<int> PassedSockets();
};

}  // namespace kamili
