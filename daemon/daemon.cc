#include "daemon/daemon.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>

#include "base/service_manager.h"
#include "daemon/clock_watch.h"
#include "daemon/engine.h"
#include "daemon/interface_text.h"
#include "daemon/keyring_desk.h"
#include "daemon/methods.h"
#include "daemon/route_watch.h"
#include "daemon/sleep_delay.h"
#include "daemon/state_folder.h"
#include "daemon/store_keeper.h"
#include "daemon/version.h"
#include "daemon/watchdog.h"
#include "ipc/server.h"
#include "net/curl_transport.h"

namespace kamili::daemon {
namespace {

ipc::Interface MakeInterface(Context& context) {
    MethodTable table(context);
    AddStatusMethods(table);
    AddSignInMethods(table);
    AddAccountMethods(table);
    AddCalendarMethods(table);
    AddSyncMethods(table);
    AddQueryMethods(table);
    AddEventMethods(table);
    AddChangeMethods(table);
    AddKeyMethods(table);
    AddBackupMethods(table);
    AddDoctorMethods(table);
    return {.name = kInterfaceName, .description = InterfaceText(), .methods = table.Take()};
}

ipc::ServerOptions MakeServerOptions(const Configuration& configuration) {
    ipc::ServerOptions options;
    options.connections_max = configuration.connections;
    options.owner_uid = geteuid();
    return options;
}

}  // namespace

struct Daemon::Impl {
    Impl(SdLoop& loop_in, Log& log_in, Places places_in, Configuration configuration_in)
        : loop(loop_in),
          log(log_in),
          places(std::move(places_in)),
          configuration(std::move(configuration_in)),
          context{loop, clock, log, places, configuration, health, engine} {
        configuration.http.user_agent = fmt::format("kamili/{} (gzip)", kVersion);
        health.started = clock.UtcNow();
    }

    Status OpenEverything();
    void OpenStore();
    Status OpenSocket();
    void WatchService();
    void WatchMachine();
    void Wake(const char* why);
    void Doze(Task done);
    void Resume();
    void Reload();
    void Ready();

    SdLoop& loop;
    Log& log;
    SystemClock clock;
    SystemRandom random;
    Places places;
    Configuration configuration;
    Health health;
    std::unique_ptr<StateFolder> folder;
    std::unique_ptr<net::CurlTransport> transport;
    std::unique_ptr<Engine> engine;
    std::unique_ptr<StoreKeeper> keeper;
    std::unique_ptr<KeyringDesk> keyring;
    Context context;
    std::unique_ptr<ipc::Server> server;
    std::unique_ptr<Watchdog> watchdog;
    std::unique_ptr<ClockWatch> clock_watch;
    std::unique_ptr<RouteWatch> route_watch;
    std::unique_ptr<SleepDelay> sleep_delay;
    Subscription on_hup;
    std::optional<Error> failure;
};

void Daemon::Impl::OpenStore() {
    keyring = std::make_unique<KeyringDesk>(loop);
    context.keyring = keyring.get();
    keeper = std::make_unique<StoreKeeper>(
        StoreKeeper::Parts{.outside = {loop, clock, random, *transport, log},
                           .places = places,
                           .configuration = configuration,
                           .health = health,
                           .engine = engine,
                           .keyring = *keyring});
    context.store_control = keeper.get();
    keeper->Open();
}

Status Daemon::Impl::OpenSocket() {
    server = std::make_unique<ipc::Server>(loop, log, MakeServerOptions(configuration),
                                           ipc::ServiceInfo{.vendor = "Kamili Labs",
                                                            .product = "kamilid",
                                                            .version = kVersion,
                                                            .url = "https://kamililabsllc.com"},
                                           MakeInterface(context));
    keeper->UseServer(server.get());
    const auto passed = ServiceManager::PassedSockets();
    for (const int descriptor : passed)
        if (auto adopted = server->Adopt(descriptor); !adopted) return adopted;
    if (!passed.empty()) return {};
    return places.socket.empty() ? Status(Places::NoSocket()) : server->Listen(places.socket);
}

Status Daemon::Impl::OpenEverything() {
    auto opened = StateFolder::Open(places.state_dir);
    if (!opened) return std::move(opened).error();
    folder = std::make_unique<StateFolder>(std::move(*opened));
    auto made = net::CurlTransport::Create(loop, configuration.http);
    if (!made) return std::move(made).error();
    transport = std::move(*made);
    OpenStore();
    return {};
}

// The socket comes last: a client that waits there must not be answered from half of the state.
void Daemon::Impl::Ready() {
    if (auto opened = OpenSocket(); !opened) {
        failure = std::move(opened).error();
        return loop.Exit(1);
    }
    if (engine) health.state = "ok";
    ServiceManager::NotifyReady();
    log.Info("ready", {{"version", kVersion}, {"state", health.state}});
}

void Daemon::Impl::WatchService() {
    on_hup = loop.WatchSignal(SIGHUP, [this] { Reload(); });
    const auto interval = ServiceManager::WatchdogInterval();
    if (!interval) return;
    watchdog = std::make_unique<Watchdog>(
        loop, clock, *interval,
        [this](Task answered) {
            if (engine)
                engine->ProbeWriter(std::move(answered));
            else
                loop.Post(std::move(answered));
        },
        [] { ServiceManager::NotifyWatchdog(); });
}

void Daemon::Impl::Wake(const char* why) {
    log.Info("asking at once", {{"why", why}});
    if (engine) engine->driver().Wake();
}

// What runs may go on: what it writes is whole at any moment. Only the write at work is waited for.
void Daemon::Impl::Doze(Task done) {
    log.Info("sleep is near: no pass begins");
    if (!engine) return done();
    engine->driver().Hold();
    engine->ProbeWriter(std::move(done));
}

void Daemon::Impl::Resume() {
    if (engine) engine->driver().Release();
    Wake("resume");
}

// Without these all goes on by its timers: later, but no less.
void Daemon::Impl::WatchMachine() {
    auto clocks = ClockWatch::Open(loop, {.on_resume = [this] { Resume(); },
                                          .on_step =
                                              [this] {
                                                  if (engine) engine->driver().ClockStepped();
                                              }});
    if (clocks)
        clock_watch = std::move(*clocks);
    else
        log.Warn("resume will not be noticed", {{"fault", clocks.error().message}});
    auto routes = RouteWatch::Open(loop, clock, [this] { Wake("network"); });
    if (routes)
        route_watch = std::move(*routes);
    else
        log.Warn("a returning network will not be noticed", {{"fault", routes.error().message}});
    sleep_delay = std::make_unique<SleepDelay>(
        loop, clock, log,
        SleepDelay::Hooks{.on_sleep = [this](Task done) { Doze(std::move(done)); },
                          .on_resume = [this] { Resume(); }});
}

// What can change while passes run takes effect at once; addresses and trust at the next start.
void Daemon::Impl::Reload() {
    ServiceManager::NotifyReloading();
    auto fresh = ReadConfiguration(places.config_file, places.credentials);
    if (!fresh) {
        log.Error("the configuration was not reloaded; the old one stays",
                  {{"kind", Text(fresh.error().kind)}, {"fault", fresh.error().message}});
    } else {
        configuration.driver = fresh->driver;
        configuration.modified_ns = fresh->modified_ns;
        if (engine) engine->driver().SetOptions(configuration.driver);
        log.Info("configuration reloaded: intervals now, everything else at the next start");
    }
    ServiceManager::NotifyReady();
}

Result<std::unique_ptr<Daemon>> Daemon::Start(SdLoop& loop, Log& log, const Places& places,
                                              Configuration configuration) {
    auto impl = std::make_unique<Impl>(loop, log, places, std::move(configuration));
    if (auto opened = impl->OpenEverything(); !opened) return std::move(opened).error();
    impl->WatchService();
    impl->WatchMachine();
    if (impl->engine)
        impl->engine->driver().Start([&impl = *impl](Status started) {
            if (!started)
                impl.log.Error("the sync engine did not start",
                               {{"kind", Text(started.error().kind)}});
            impl.Ready();
        });
    else
        impl->Ready();
    return std::unique_ptr<Daemon>(new Daemon(std::move(impl)));
}

Daemon::Daemon(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Daemon::~Daemon() { Stop(); }

std::optional<Error> Daemon::failure() const { return impl_ ? impl_->failure : std::nullopt; }

void Daemon::Stop() {
    if (!impl_) return;
    ServiceManager::NotifyStopping();
    impl_->watchdog.reset();
    impl_->clock_watch.reset();
    impl_->route_watch.reset();
    impl_->sleep_delay.reset();
    impl_->on_hup.Cancel();
    // Clients first: what they started must not find the engine gone.
    if (impl_->server) impl_->server->Close();
    impl_->keyring.reset();
    impl_->keeper.reset();
    impl_->server.reset();
    if (impl_->engine) impl_->engine->Stop();
    impl_->engine.reset();
    impl_->log.Info("stopped");
    impl_.reset();
}

}  // namespace kamili::daemon
