// kamili-sim: the provider simulator on loopback, for the demo, the tests and whoever wants to try
// Kamili without an account. docs/simulator.md is its manual.

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "tests/simulator/clients.h"
#include "tests/simulator/server_certificate.h"
#include "tests/simulator/server_listener.h"
#include "tests/simulator/simulator.h"

namespace {

using namespace kamili;
using namespace kamili::simulator;

struct Options {
    int port = 0;
    SimOptions world;
    std::string dir;
    bool plain = false;
};

// As long as a service is gone while it is restarted.
constexpr std::chrono::milliseconds kGone{200};

// Blocked before any thread starts; becomes readable when the program shall end or begin anew.
int StopDescriptor() {
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGINT);
    sigaddset(&mask, SIGHUP);
    sigprocmask(SIG_BLOCK, &mask, nullptr);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &mask, SFD_CLOEXEC);
}

bool IsToBeginAnew(int stop) {
    signalfd_siginfo signal{};
    return read(stop, &signal, sizeof signal) == sizeof signal && signal.ssi_signo == SIGHUP;
}

std::string Folder(const std::string& wanted) {
    if (!wanted.empty()) {
        std::filesystem::create_directories(wanted);
        return std::filesystem::absolute(wanted).string();
    }
    std::string made = (std::filesystem::temp_directory_path() / "kamili-sim-XXXXXX").string();
    return mkdtemp(made.data()) ? made : "";
}

void WriteConfiguration(const std::string& file, const std::string& base,
                        const std::string& ca_file) {
    std::ofstream out(file, std::ios::trunc);
    out << "# Written by kamili-sim: its own services instead of the real ones.\n"
        << "[google]\nclient_id = \"" << kGoogleClientId << "\"\nclient_secret = \""
        << kGoogleClientSecret << "\"\n"
        << "auth_url = \"" << base << "/google/o/oauth2/v2/auth\"\n"
        << "token_url = \"" << base << "/google/token\"\n"
        << "revoke_url = \"" << base << "/google/revoke\"\n"
        << "api_url = \"" << base << "/google/calendar/v3\"\n\n"
        << "[microsoft]\nclient_id = \"" << kMicrosoftClientId << "\"\n"
        << "authority = \"" << base << "/microsoft\"\n"
        << "graph_url = \"" << base << "/microsoft/graph/v1.0\"\n\n";
    if (ca_file.empty())
        out << "[developer]\nallow_loopback_http = true\n";
    else
        out << "[tls]\nca_file = \"" << ca_file << "\"\n";
}

int Serve(Options options) {
    const int stop = StopDescriptor();
    const std::string folder = Folder(options.dir);
    std::string ca_file;
    std::optional<Certificates> certificates;
    if (!options.plain) {
        certificates = MakeCertificates();
        ca_file = folder + "/ca.pem";
        std::ofstream(ca_file, std::ios::trunc) << certificates->ca_pem;
    }
    auto listener = ServerListener::Open(options.port, certificates ? &*certificates : nullptr);
    if (!listener) {
        std::fprintf(stderr, "kamili-sim: port %d cannot be had\n", options.port);
        return 1;
    }
    options.world.base_url = std::string(options.plain ? "http" : "https") +
                             "://127.0.0.1:" + std::to_string(listener->port());
    const std::string config = folder + "/kamili.toml";
    WriteConfiguration(config, options.world.base_url, ca_file);
    Simulator simulator(options.world);
    const SystemClock clock;
    // The world lies around the time of its first request: that is now, whenever the next one
    // comes.
    simulator.Handle({"GET", "/control/log", {}, ""}, clock.UtcNow());
    const nlohmann::json line = {{"event", "listening"},
                                 {"base_url", options.world.base_url},
                                 {"ca_file", ca_file},
                                 {"config_file", config}};
    std::printf("%s\n", line.dump().c_str());
    std::fflush(stdout);
    const ServerConnection::Handler handler = [&](const SimRequest& request) {
        return simulator.Handle(request, clock.UtcNow());
    };
    const int port = listener->port();
    for (;;) {
        listener->Run(stop, handler);
        if (!IsToBeginAnew(stop)) return 0;
        // What a restart looks like from outside; the world and the tokens stay.
        listener.reset();
        std::this_thread::sleep_for(kGone);
        listener = ServerListener::Open(port, certificates ? &*certificates : nullptr);
        if (!listener) return 1;
    }
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Google Calendar, Microsoft Entra and Graph, simulated on loopback.",
                 "kamili-sim");
    app.footer("Example: kamili-sim --dir /tmp/sim --events 2000");
    app.add_option("--port", options.port, "Port on 127.0.0.1; a free one if not given")
        ->check(CLI::Range(0, 65535));
    app.add_option("--seed", options.world.seed, "Seed of the world");
    app.add_option("--events", options.world.events, "Events in the world, about");
    app.add_option("--dir", options.dir,
                   "Where ca.pem and kamili.toml go; else a temporary folder");
    app.add_flag("--http", options.plain, "Plain http instead of https");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    return Serve(std::move(options));
}
