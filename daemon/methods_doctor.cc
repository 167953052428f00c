#include <fmt/format.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "daemon/methods.h"
#include "storage/statistics.h"

namespace kamili::daemon {
namespace {

using nlohmann::json;

json Finding(const char* check, const char* level, const std::string& message,
             const std::string& remedy = "") {
    return {{"check", check}, {"level", level}, {"message", message}, {"remedy", remedy}};
}

void CheckConfiguration(const Context& context, json& findings) {
    const Configuration& configuration = context.configuration;
    findings.push_back(Finding("configuration", "ok",
                               configuration.is_file
                                   ? configuration.file + " is read"
                                   : configuration.file + " is not there; defaults are used"));
    if (configuration.settings.google.client_id.empty() &&
        configuration.settings.microsoft.client_id.empty())
        findings.push_back(Finding("configuration", "warning", "no client id is configured",
                                   "see docs/connect-google.md and docs/connect-microsoft.md"));
    if (configuration.http.allow_loopback_http)
        findings.push_back(Finding("configuration", "warning",
                                   "plain http to this machine is allowed",
                                   "remove developer.allow_loopback_http for daily use"));
}

void CheckState(const Context& context, json& findings) {
    struct stat found {};
    const bool closed =
        stat(context.places.state_dir.c_str(), &found) == 0 && (found.st_mode & 077) == 0;
    findings.push_back(closed ? Finding("state folder", "ok", "it is open to its owner alone")
                              : Finding("state folder", "error", "others may look into it",
                                        "chmod 700 " + context.places.state_dir));
    if (!context.engine)
        findings.push_back(
            Finding("store", "error", context.health.trouble.message, context.health.trouble.hint));
    else if (context.health.key_origin == KeyOrigin::kKeyFile)
        findings.push_back(
            Finding("key", "warning",
                    "the store's key is a file beside it: this does not help against a stolen disk",
                    "encrypt the disk, or give the key as a systemd credential"));
    else if (context.health.key_origin == KeyOrigin::kPerson)
        findings.push_back(Finding("key", "ok", "the store was unlocked by hand"));
    else
        findings.push_back(Finding("key", "ok", "the store's key is a credential"));
}

void CheckClock(const Context& context, json& findings) {
    // Certificates and tokens are judged by it; this release cannot have run before.
    const bool plausible = context.clock.UtcNow() > *ParseRfc3339("2026-01-01T00:00:00Z");
    findings.push_back(plausible ? Finding("clock", "ok", "the clock is plausible")
                                 : Finding("clock", "error", "the clock is in the past",
                                           "set it, or enable time synchronisation"));
}

void CheckAccounts(Engine& engine, json& findings) {
    for (const auto& status : engine.driver().Accounts()) {
        const std::string id = status.account.id.Text();
        const bool good =
            status.state == model::State::kOk || status.state == model::State::kSyncing;
        const bool sign_in = status.state == model::State::kNeedsSignIn ||
                             status.state == model::State::kInsufficientScope;
        findings.push_back(
            good ? Finding("account", "ok", id + " works")
                 : Finding("account", sign_in ? "error" : "warning",
                           fmt::format("{}: {} {}", id, Text(status.state), status.reason),
                           sign_in ? "kamilictl account reauth " + id : ""));
    }
}

void Doctor(Context& context, const CallPointer& call) {
    auto findings = std::make_shared<json>(json::array());
    CheckConfiguration(context, *findings);
    CheckState(context, *findings);
    CheckClock(context, *findings);
    if (!context.engine) return call->Reply({{"findings", std::move(*findings)}});
    CheckAccounts(*context.engine, *findings);
    context.engine->store().Read(storage::VerifyStore, [call, findings](const Status& whole) {
        findings->push_back(
            whole ? Finding("store", "ok", "every page in use is authentic")
                  : Finding("store", "error", whole.error().message, whole.error().hint));
        call->Reply({{"findings", std::move(*findings)}});
    });
}

}  // namespace

void AddDoctorMethods(MethodTable& table) {
    table.Add("Doctor",
              [&context = table.context()](const CallPointer& call) { Doctor(context, call); });
}

}  // namespace kamili::daemon
