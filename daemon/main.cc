// kamilid: the daemon. Never listens on TCP, never prompts, never forks.

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <memory>

#include "base/journal_log.h"
#include "base/limited_log.h"
#include "base/sd_loop.h"
#include "base/service_manager.h"
#include "daemon/configuration.h"
#include "daemon/daemon.h"
#include "daemon/interface_text.h"
#include "daemon/memory_trim.h"
#include "daemon/places.h"
#include "daemon/process.h"
#include "ipc/turn_away.h"

namespace {

using namespace kamili;

constexpr int kExitFailed = 1;
constexpr int kExitConfiguration = 78;  // EX_CONFIG: the service manager must not restart us

// The last words: for whoever started us, and for the clients that a socket unit started us for.
int Complain(const Error& error) {
    fmt::print(stderr, "kamilid: {}\n", error.message);
    if (!error.hint.empty()) fmt::print(stderr, "  {}\n", error.hint);
    for (const int descriptor : ServiceManager::PassedSockets())
        ipc::TurnAwayClients(descriptor, daemon::kInterfaceName, error, geteuid());
    return error.kind == ErrorKind::kBadConfiguration ? kExitConfiguration : kExitFailed;
}

int Serve(const daemon::Options& options, const daemon::Places& places,
          daemon::Configuration configuration) {
    daemon::ShareMemoryPools();
    const SystemClock clock;
    LimitedLog log(MakeLog(options.log_level), clock);
    if (auto allowed = daemon::AllowOpenFiles(configuration.connections + daemon::kOwnDescriptors);
        !allowed)
        log.Warn("clients will be turned away before the limit of the configuration",
                 {{"fault", allowed.error().message}});
    auto loop = SdLoop::Create();
    if (!loop) return Complain(loop.error());
    SdLoop& running = **loop;
    // Before any thread is started, so that all of them inherit the blocked signals.
    const auto stop = [&running] { running.Exit(0); };
    const auto on_term = running.WatchSignal(SIGTERM, stop);
    const auto on_int = running.WatchSignal(SIGINT, stop);
    auto daemon = daemon::Daemon::Start(running, log, places, std::move(configuration));
    if (!daemon) return Complain(daemon.error());
    const int code = running.Run();
    const auto failure = (*daemon)->failure();
    (*daemon)->Stop();
    return failure ? Complain(*failure) : code;
}

int Main(int argc, char** argv) {
    if (auto hardened = daemon::HardenProcess(); !hardened) return Complain(hardened.error());
    const auto usage = daemon::ParseOptions(argc, argv);
    if (usage.exit_code) return *usage.exit_code;
    const auto places = daemon::FindPlaces(usage.options);
    if (!places) return Complain(places.error());
    auto configuration = daemon::ReadConfiguration(places->config_file, places->credentials);
    if (!configuration) return Complain(configuration.error());
    if (usage.options.check_config) {
        fmt::print("{}: {}\n", places->config_file,
                   configuration->is_file ? "ok" : "not there; the defaults are used");
        return 0;
    }
    return Serve(usage.options, *places, std::move(*configuration));
}

}  // namespace

int main(int argc, char** argv) { return Main(argc, argv); }
