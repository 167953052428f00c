// Aim: every mistake in kamili.toml is refused with file, line and key, and nothing is ignored.

#include <doctest/doctest.h>

#include <fstream>

#include "daemon/configuration.h"
#include "daemon/configuration_reader.h"
#include "tests/support/temp_folder.h"

using namespace kamili;
using namespace kamili::daemon;
using std::chrono::milliseconds;

namespace {

class File {
  public:
    explicit File(const std::string& text) { Write("kamili.toml", text); }
    void Write(const std::string& name, const std::string& text) const {
        std::ofstream(folder_.File(name), std::ios::binary) << text;
    }
    std::string path() const { return folder_.File("kamili.toml"); }
    std::string folder() const { return folder_.path(); }
    Result<Configuration> Read(const std::string& credentials = "") const {
        return ReadConfiguration(path(), credentials);
    }

  private:
    testing::TempFolder folder_;
};

// The message of the refusal behind the file's path, or "" if there is none.
std::string Refusal(const std::string& text) {
    const File file(text);
    const auto read = file.Read();
    if (read) return "";
    CHECK(read.error().kind == ErrorKind::kBadConfiguration);
    CHECK(read.error().hint.find("docs/configuration.md") != std::string::npos);
    const std::string& message = read.error().message;
    REQUIRE(message.rfind(file.path(), 0) == 0);
    return message.substr(file.path().size());
}

bool Has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a missing file means the defaults") {
    const testing::TempFolder folder;
    const auto read = ReadConfiguration(folder.File("nothing.toml"), "");
    REQUIRE(read);
    CHECK_FALSE(read->is_file);
    CHECK(read->driver.poll.interval == milliseconds(300'000));
    CHECK(read->connections == 256);
    CHECK(read->cache_mib == 8);
    CHECK(read->mapped_mib == 16);
    CHECK(read->settings.microsoft.authority == "https://login.microsoftonline.com");
    CHECK_FALSE(read->http.allow_loopback_http);
}

TEST_CASE("what the file says is taken over") {
    const File file(
        "[sync]\ninterval = \"90s\"\nwindow_past = \"30d\"\n[google]\nclient_id = \"x\"\n"
        "client_secret = \"y\"\napi_url = \"http://127.0.0.1:9/api/\"\n[socket]\nconnections = 7\n"
        "[store]\ncache_mib = 32\nmapped_mib = 0\n[journal]\nkeep = \"2d\"\n[tls]\nminimum = "
        "\"1.3\"\n[developer]\nallow_loopback_http = "
        "true\n");
    const auto read = file.Read();
    REQUIRE(read);
    CHECK(read->is_file);
    CHECK(read->driver.poll.interval == milliseconds(90'000));
    CHECK(read->driver.journal_keep == milliseconds(172'800'000));
    CHECK(read->providers.window_past == std::chrono::hours(720));
    CHECK(read->settings.google.client_id == "x");
    CHECK(read->settings.google.client_secret == Secret("y"));
    CHECK(read->providers.google_api_url == "http://127.0.0.1:9/api");
    CHECK(read->connections == 7);
    CHECK(read->cache_mib == 32);
    CHECK(read->mapped_mib == 0);
    CHECK(read->http.tls_minimum == net::TlsMinimum::k13);
    CHECK(read->http.allow_loopback_http);
}

TEST_CASE("a mistake is named with line and key") {
    const std::pair<const char*, const char*> cases[] = {
        {"[sync]\nintervall = \"5m\"\n", ":2: sync.intervall: unknown key"},
        {"\n[snyc]\ninterval = \"5m\"\n", ":2: snyc: unknown section"},
        {"interval = \"5m\"\n", ":1: interval: unknown key"},
        {"sync = 5\n", ":1: sync: must be a section"},
        {"[sync]\ninterval = 5\n", ":2: sync.interval: must be text"},
        {"[sync]\ninterval = \"5 m\"\n", ":2: sync.interval: must be a number and one of"},
        {"[sync]\ninterval = \"1s\"\n", ":2: sync.interval: must be between 5 and 86400 seconds"},
        {"[sync]\n\nwindow_future = \"1d\"\n", ":3: sync.window_future: must be between"},
        {"[socket]\nconnections = 0\n", ":2: socket.connections: must be a whole number"},
        {"[store]\ncache_mib = 0\n", ":2: store.cache_mib: must be a whole number"},
        {"[store]\nmapped_mib = 65537\n", ":2: store.mapped_mib: must be a whole number"},
        {"[socket]\nconnections = 2.5\n", ":2: socket.connections: must be a whole number"},
        {"[developer]\nallow_loopback_http = 1\n", ":2: developer.allow_loopback_http: must be"},
        {"[tls]\nminimum = \"1.1\"\n", ":2: tls.minimum: must be \"1.2\" or \"1.3\""},
        {"[google]\nclient_id = [\"a\"]\n", ":2: google.client_id: must be text"},
        {"[google]\napi_url = \"http://example.org\"\n", ":2: google.api_url: must begin with"},
        {"[google]\napi_url = \"http://127.0.0.1\"\n", "needs developer.allow_loopback_http"},
        {"[microsoft]\nauthority = \"ftp\"\n", ":2: microsoft.authority: is not an https address"},
        {"[microsoft]\ngraph_url = \"https://x/?a=b\"\n", "without a query"},
    };
    for (const auto& one : cases) {
        const std::string refusal = Refusal(one.first);
        CAPTURE(one.first);
        CAPTURE(refusal);
        CHECK(Has(refusal, one.second));
    }
}

TEST_CASE("what is no TOML is named with its line") {
    const std::string open = Refusal("[sync]\ninterval = \"5m\n");
    CHECK(Has(open, ":2: not valid TOML"));
    CHECK(Has(Refusal("[sync]\na = 1\na = 2\n"), ":3: not valid TOML"));
    CHECK(Has(Refusal("[sync\n"), ":1: not valid TOML"));
    CHECK(Has(Refusal(std::string("[sync]\n\x01\xff\n")), "not valid TOML"));
}

TEST_CASE("the first mistake is the one that is told") {
    CHECK(Has(Refusal("[sync]\ninterval = 1\n[tls]\nminimum = \"9\"\n"), ":2: sync.interval"));
}

TEST_CASE("a folder in the file's place is said to be one") {
    const testing::TempFolder folder;
    const auto read = ReadConfiguration(folder.path(), "");
    REQUIRE_FALSE(read);
    CHECK(read.error().kind == ErrorKind::kBadConfiguration);
    CHECK(Has(read.error().message, "is a folder"));
}

TEST_CASE("the secret comes from a file beside the configuration, or from a credential") {
    const File file("[google]\nclient_secret_file = \"secret\"\n");
    CHECK(Has(file.Read().error().message, ":2: google.client_secret_file: "));
    file.Write("secret", "\n");
    CHECK(Has(file.Read().error().message, "holds no secret"));
    file.Write("secret", "from the file\r\nmore\n");
    REQUIRE(file.Read());
    CHECK(file.Read()->settings.google.client_secret == Secret("from the file"));

    const File credentials("");
    credentials.Write("secret", "from the credential");
    REQUIRE(file.Read(credentials.folder()));
    CHECK(file.Read(credentials.folder())->settings.google.client_secret ==
          Secret("from the credential"));
}

TEST_CASE("two secrets are one too many") {
    CHECK(Has(Refusal("[google]\nclient_secret = \"a\"\nclient_secret_file = \"b\"\n"),
              ":3: google.client_secret_file: client_secret is given too"));
}

TEST_CASE("a trust store that is not there is a mistake") {
    CHECK(Has(Refusal("[tls]\nca_file = \"no.pem\"\n"), ":2: tls.ca_file: "));
}

TEST_CASE("durations are a whole number and a unit, nothing else") {
    CHECK(ParseDuration("250ms") == milliseconds(250));
    CHECK(ParseDuration("5s") == milliseconds(5000));
    CHECK(ParseDuration("5m") == milliseconds(300'000));
    CHECK(ParseDuration("2h") == milliseconds(7'200'000));
    CHECK(ParseDuration("1d") == milliseconds(86'400'000));
    CHECK(ParseDuration("0s") == milliseconds(0));
    for (const char* wrong : {"", "5", "m", "-5m", "+5m", " 5m", "5m ", "5 m", "5M", "1.5h", "5mm",
                              "99999999999999999999d", "9223372036854775807d"})
        CHECK_MESSAGE(!ParseDuration(wrong), wrong);
}

TEST_CASE("the limits of polling follow from the interval, or are given and must enclose it") {
    const File plain("[sync]\ninterval = \"10m\"\n");
    const auto follows = plain.Read();
    REQUIRE(follows);
    CHECK(follows->driver.poll.Busy() == milliseconds(120'000));
    CHECK(follows->driver.poll.Quiet() == milliseconds(1'200'000));
    const File given(
        "[sync]\ninterval = \"10m\"\ninterval_busy = \"30s\"\ninterval_quiet = \"2h\"\n");
    const auto read = given.Read();
    REQUIRE(read);
    CHECK(read->driver.poll.Busy() == milliseconds(30'000));
    CHECK(read->driver.poll.Quiet() == milliseconds(7'200'000));
    CHECK(
        Has(Refusal("[sync]\ninterval = \"1m\"\ninterval_busy = \"2m\"\n"), "sync.interval_busy"));
    CHECK(Has(Refusal("[sync]\ninterval_quiet = \"1m\"\n"), "sync.interval_quiet"));
}
