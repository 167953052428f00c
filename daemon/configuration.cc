#include "daemon/configuration.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "daemon/configuration_reader.h"
#include "net/url.h"

namespace kamili::daemon {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kSecretFileBytesMax = 4096;

// A secret in a file: its first line, without the line break.
Result<Secret> ReadSecretFile(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in)
        return Error{.kind = ErrorKind::kBadConfiguration,
                     .message = fmt::format("{}: cannot be read", path)};
    Secret buffer = Secret::OfSize(kSecretFileBytesMax);
    in.read(reinterpret_cast<char*>(buffer.writable().data()), kSecretFileBytesMax);
    const std::string_view text = buffer.Reveal().substr(0, static_cast<std::size_t>(in.gcount()));
    const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
    if (line.empty())
        return Error{.kind = ErrorKind::kBadConfiguration,
                     .message = fmt::format("{}: holds no secret", path)};
    return Secret(line);
}

// A credential of that name if there is one, else a path relative to the configuration file.
std::string SecretPath(const std::string& value, const std::string& file,
                       const std::string& credentials) {
    if (!credentials.empty() && value.find('/') == std::string::npos) {
        const std::string credential = credentials + "/" + value;
        std::error_code ignored;
        if (std::filesystem::exists(credential, ignored)) return credential;
    }
    return (std::filesystem::path(file).parent_path() / value).string();
}

std::int64_t ModifiedAt(const std::string& path) {
    struct stat found {};
    if (stat(path.c_str(), &found) != 0) return 0;
    return std::int64_t{found.st_mtim.tv_sec} * 1'000'000'000 + found.st_mtim.tv_nsec;
}

void ReadSync(ConfigurationReader& reader, Configuration& out) {
    auto section = reader.Section("sync");
    sync::PollLimits& poll = out.driver.poll;
    section.Duration("interval", {seconds(5), hours(24)}, poll.interval);
    milliseconds busy = poll.Busy();
    milliseconds quiet = poll.Quiet();
    section.Duration("interval_busy", {seconds(5), poll.interval}, busy);
    section.Duration("interval_quiet", {poll.interval, hours(24)}, quiet);
    poll.busy = busy;
    poll.quiet = quiet;
    milliseconds past = out.providers.window_past;
    milliseconds future = out.providers.window_future;
    section.Duration("window_past", {hours(24), hours(24 * 730)}, past);
    section.Duration("window_future", {hours(24 * 7), hours(24 * 1095)}, future);
    out.providers.window_past = std::chrono::duration_cast<hours>(past);
    out.providers.window_future = std::chrono::duration_cast<hours>(future);
    section.Finish();
}

void ReadGoogle(ConfigurationReader& reader, const std::string& credentials, Configuration& out) {
    oauth::GoogleSettings& google = out.settings.google;
    auto section = reader.Section("google");
    section.Text("client_id", google.client_id);
    section.SecretText("client_secret", google.client_secret);
    std::string secret_file;
    if (const auto node = section.Text("client_secret_file", secret_file)) {
        if (!google.client_secret.empty())
            node->Fail("client_secret is given too; keep one of them");
        auto secret = ReadSecretFile(SecretPath(secret_file, out.file, credentials));
        if (!secret)
            node->Fail(secret.error().message);
        else
            google.client_secret = std::move(*secret);
    }
    section.Text("auth_url", google.auth_url);
    section.Text("token_url", google.token_url);
    section.Text("revoke_url", google.revoke_url);
    section.Text("api_url", google.api_url);
    section.Finish();
}

void ReadMicrosoft(ConfigurationReader& reader, Configuration& out) {
    auto section = reader.Section("microsoft");
    section.Text("client_id", out.settings.microsoft.client_id);
    section.Text("authority", out.settings.microsoft.authority);
    section.Text("graph_url", out.settings.microsoft.graph_url);
    section.Finish();
}

void ReadTls(ConfigurationReader& reader, Configuration& out) {
    auto section = reader.Section("tls");
    std::string ca_file;
    if (const auto node = section.Text("ca_file", ca_file); node && !ca_file.empty()) {
        ca_file = (std::filesystem::path(out.file).parent_path() / ca_file).string();
        if (!std::ifstream(ca_file)) node->Fail(fmt::format("{}: cannot be read", ca_file));
        out.http.ca_file = ca_file;
    }
    std::string minimum;
    if (const auto node = section.Text("minimum", minimum)) {
        if (minimum == "1.3")
            out.http.tls_minimum = net::TlsMinimum::k13;
        else if (minimum != "1.2")
            node->Fail("must be \"1.2\" or \"1.3\"");
    }
    section.Finish();
}

void ReadRest(ConfigurationReader& reader, Configuration& out) {
    auto journal = reader.Section("journal");
    journal.Duration("keep", {hours(1), hours(24 * 3650)}, out.driver.journal_keep);
    journal.Finish();
    auto socket = reader.Section("socket");
    socket.Number("connections", {1, 100'000}, out.connections);
    socket.Finish();
    auto store = reader.Section("store");
    store.Number("cache_mib", {1, 4096}, out.cache_mib);
    store.Number("mapped_mib", {0, 65'536}, out.mapped_mib);
    store.Finish();
    auto developer = reader.Section("developer");
    developer.Flag("allow_loopback_http", out.http.allow_loopback_http);
    developer.Finish();
}

// Every address that will be asked: https, or plain http to loopback under the developer switch.
void CheckUrls(ConfigurationReader& reader, Configuration& out) {
    const std::pair<const char*, std::string*> urls[] = {
        {"google.auth_url", &out.settings.google.auth_url},
        {"google.token_url", &out.settings.google.token_url},
        {"google.revoke_url", &out.settings.google.revoke_url},
        {"google.api_url", &out.settings.google.api_url},
        {"microsoft.authority", &out.settings.microsoft.authority},
        {"microsoft.graph_url", &out.settings.microsoft.graph_url},
    };
    for (const auto& [key, url] : urls) {
        while (!url->empty() && url->back() == '/') url->pop_back();
        const auto parsed = net::ParseUrl(*url);
        if (!parsed || !parsed->query.empty()) {
            reader.FailAt(key, "is not an https address without a query");
        } else if (parsed->scheme != "https") {
            if (!parsed->IsLoopback())
                reader.FailAt(key, "must begin with https://");
            else if (!out.http.allow_loopback_http)
                reader.FailAt(key, "plain http needs developer.allow_loopback_http = true");
        }
    }
    out.providers.google_api_url = out.settings.google.api_url;
    out.providers.graph_url = out.settings.microsoft.graph_url;
}

}  // namespace

Result<Configuration> ReadConfiguration(const std::string& file, const std::string& credentials) {
    Configuration out;
    out.file = file;
    // Asked before it is read: a change in between is then one after it.
    const std::int64_t modified_ns = ModifiedAt(file);
    auto reader = ConfigurationReader::Open(file);
    if (!reader) return std::move(reader).error();
    out.is_file = reader->is_file();
    out.modified_ns = modified_ns;
    ReadSync(*reader, out);
    ReadGoogle(*reader, credentials, out);
    ReadMicrosoft(*reader, out);
    ReadTls(*reader, out);
    ReadRest(*reader, out);
    CheckUrls(*reader, out);
    reader->FinishSections();
    if (auto error = reader->TakeError()) return *std::move(error);
    return out;
}

}  // namespace kamili::daemon
