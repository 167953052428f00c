#include <fmt/format.h>
#include <sys/stat.h>

#include <fstream>

#include "daemon/findings.h"

namespace kamili::daemon {
namespace {

// Below it a provider's limits come near when there are many calendars.
constexpr std::chrono::minutes kIntervalAdvised{1};

constexpr const char* kCheck = "configuration";

void CheckClients(const Configuration& configuration, Findings& findings) {
    const auto& [google, microsoft] = configuration.settings;
    if (google.client_id.empty() && microsoft.client_id.empty())
        findings.Warn(kCheck, "no client id is configured",
                      "see docs/connect-google.md and docs/connect-microsoft.md");
    if (!google.client_id.empty() && google.client_secret.empty())
        findings.Warn(kCheck, "google.client_id has no client_secret, which Google asks for",
                      "add google.client_secret_file; see docs/connect-google.md");
}

// What the next start, or a reload, would make of the file as it is now.
void CheckFileNow(const Context& context, Findings& findings) {
    const Configuration& configuration = context.configuration;
    const auto now = ReadConfiguration(configuration.file, context.places.credentials);
    if (!now)
        findings.Fault(kCheck, "the file has become wrong: " + now.error().message,
                       "correct it before the next start; kamilid --check-config tells when it is");
    else if (now->modified_ns != configuration.modified_ns)
        findings.Warn(kCheck, configuration.file + " was changed after it was read",
                      "restart kamilid to use it");
    struct stat found {};
    if (stat(configuration.file.c_str(), &found) == 0 && (found.st_mode & 022) != 0)
        findings.Fault(kCheck, "others may change the file, and with it where tokens are sent",
                       "chmod go-w " + configuration.file);
}

}  // namespace

void CheckSettings(const Context& context, Findings& findings) {
    const Configuration& configuration = context.configuration;
    findings.Ok(kCheck, configuration.is_file
                            ? configuration.file + " is read"
                            : configuration.file + " is not there; defaults are used");
    CheckClients(configuration, findings);
    CheckFileNow(context, findings);
    if (configuration.http.allow_loopback_http)
        findings.Warn(kCheck, "plain http to this machine is allowed",
                      "remove developer.allow_loopback_http for daily use");
    if (configuration.driver.poll.interval < kIntervalAdvised)
        findings.Warn(kCheck,
                      fmt::format("every calendar is asked every {} s",
                                  std::chrono::duration_cast<std::chrono::seconds>(
                                      configuration.driver.poll.interval)
                                      .count()),
                      "set sync.interval to a minute or more, or providers will throttle");
}

}  // namespace kamili::daemon
