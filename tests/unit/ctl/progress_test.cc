// Aim: a long job says how far it is, how fast it goes and when it ends, and never more than it
// knows.

#include "ctl/progress.h"

#include <doctest/doctest.h>

#include "ctl/command_line.h"
#include "tests/unit/ctl/fake_session.h"

namespace kamili::ctl {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

// The command line owns its service; the test's is to outlive it.
class Forward final : public Service {
  public:
    explicit Forward(Service& to) : to_(to) {}
    Result<json> Invoke(const std::string& method, const json& parameters) override {
        return to_.Invoke(method, parameters);
    }
    Status Stream(const std::string& method, const json& parameters,
                  const OnPart& on_part) override {
        return to_.Stream(method, parameters, on_part);
    }
    Result<json> Await(const std::string& method, const json& parameters,
                       const std::function<bool()>& give_up) override {
        return to_.Await(method, parameters, give_up);
    }
    Status Start(const std::string& method, const json& parameters,
                 std::chrono::milliseconds patience) override {
        return to_.Start(method, parameters, patience);
    }

  private:
    Service& to_;
};

class SetClock final : public Clock {
  public:
    Instant Now() const override { return now; }
    UtcTime UtcNow() const override { return {}; }
    Instant now{};
};

TEST_CASE("a bar shows the part that is done, within its ends") {
    const Look ascii{.ascii = true};
    CHECK(ProgressBar(0, 400, ascii) == "[....................]   0 %");
    CHECK(ProgressBar(100, 400, ascii) == "[#####...............]  25 %");
    CHECK(ProgressBar(399, 400, ascii) == "[###################.]  99 %");
    CHECK(ProgressBar(400, 400, ascii) == "[####################] 100 %");
    CHECK(ProgressBar(500, 400, ascii) == "[####################] 100 %");
    CHECK(ProgressBar(0, 0, ascii) == "[....................]   0 %");
    CHECK(ProgressBar(200, 400, {}) == "[██████████░░░░░░░░░░]  50 %");
}

TEST_CASE("rate and time left count from the first reading") {
    SetClock clock;
    Pace pace(clock);
    CHECK(PaceWords(pace.Read(1000, 4000), "pages").empty());
    clock.now += 500ms;
    CHECK(PaceWords(pace.Read(1400, 4000), "pages").empty());
    clock.now += 1500ms;
    CHECK(PaceWords(pace.Read(3000, 4000), "pages") == "  1,000 pages/s  1 s left");
    CHECK(PaceWords(pace.Read(3000, std::nullopt), "events") == "  1,000 events/s");
    // More than there should be: the total was wrong, so the end is not known.
    CHECK(PaceWords(pace.Read(5000, 4000), "pages") == "  2,000 pages/s");
}

TEST_CASE("a job that stands still has no rate and no end") {
    SetClock clock;
    Pace pace(clock);
    pace.Read(7, 100);
    clock.now += 1h;
    CHECK(PaceWords(pace.Read(7, 100), "pages").empty());
}

// Runs a command as the command line does. Options for people come from `options`.
int RunWords(FakeSession& fake, std::vector<std::string> words, const OutputOptions& options) {
    if (options.quiet) words.push_back("--quiet");
    if (options.look.plain) words.push_back("--plain");
    if (options.look.ascii) words.push_back("--ascii");
    World world{.out = fake.out,
                .err = fake.err,
                .environment = [](const char*) { return std::nullopt; },
                .terminal = {.out_terminal = options.out_terminal,
                             .error_terminal = options.error_terminal,
                             .columns = options.look.columns},
                .connect = [&fake](std::string) { return std::make_unique<Forward>(fake.service); },
                .console = fake.console,
                .clock = fake.clock,
                .random = fake.random};
    return RunCommandLine(words, world);
}

// The command line's last state of the one line that it draws again and again.
std::string LastLine(const std::string& drawn) {
    const auto end = drawn.rfind("\r\x1b[K");
    const auto begin = drawn.rfind("\r\x1b[K", end - 1);
    return drawn.substr(begin + 4, end - begin - 4);
}

TEST_CASE("a rotation, a backup and a sync draw their line on a terminal alone") {
    const json rotation = {{{"event", "progress"}, {"pages", 0}, {"total", 400}},
                           {{"event", "progress"}, {"pages", 100}, {"total", 400}},
                           {{"event", "done"}, {"pages", 400}, {"total", 400}, {"seconds", 2.0}}};
    const json pass = {
        {{"event", "progress"}, {"calendar_id", "c1"}, {"pages", 1}, {"events", 0}},
        {{"event", "progress"}, {"calendar_id", "c1"}, {"pages", 2}, {"events", 100}},
        {{"event", "progress"}, {"calendar_id", "c2"}, {"pages", 1}, {"events", 50}},
        {{"event", "done"}, {"outcome", "ok"}, {"calendars", json::array()}}};
    const json backup = {{{"path", "/b"}, {"pages", 50}, {"total", 100}}, {{"path", "/b"}}};
    const auto drawn = [&](std::vector<std::string> words, OutputOptions options) {
        FakeSession fake;
        for (const json& part : rotation) fake.service.answers["RotateKey"].push_back(part);
        for (const json& part : backup) fake.service.answers["CreateBackup"].push_back(part);
        for (const json& part : pass) fake.service.answers["Sync"].push_back(part);
        fake.service.answers["ListCalendars"] = {
            {{"calendars", {{{"id", "c1"}, {"name", "Work"}}, {{"id", "c2"}, {"name", "Home"}}}}}};
        REQUIRE(RunWords(fake, std::move(words), options) == 0);
        return fake.err.str();
    };
    const OutputOptions terminal{.error_terminal = true, .look = {.ascii = true, .columns = 100}};
    CHECK(LastLine(drawn({"key", "rotate"}, terminal)) ==
          "[#####...............]  25 %  100 of 400 pages  100 pages/s  3 s left");
    CHECK(LastLine(drawn({"backup", "create", "/b"}, terminal)) ==
          "[##########..........]  50 %  50 of 100 pages");
    CHECK(LastLine(drawn({"sync"}, terminal)) ==
          "Home: 1 page, 50 events; 150 events in all  75 events/s");
    CHECK(drawn({"key", "rotate"}, {}).empty());
    CHECK(drawn({"sync"}, {.quiet = true, .error_terminal = true}).empty());
    CHECK(drawn({"sync"}, {.error_terminal = true, .look = {.plain = true}}).empty());
}

TEST_CASE("status --watch draws itself anew on a terminal and goes on below itself elsewhere") {
    const auto shown = [](OutputOptions options) {
        FakeSession fake;
        const json status = {{"daemon", {{"state", "ok"}}}, {"accounts", json::array()}};
        fake.service.answers["GetStatus"] = {status, status};
        REQUIRE(RunWords(fake, {"status", "--watch"}, options) == 0);
        return fake.out.str();
    };
    const std::string clear = "\x1b[H\x1b[2J";
    const std::string drawn = shown({.out_terminal = true, .look = {.columns = 80}});
    CHECK(drawn.starts_with(clear));
    CHECK(drawn.find(clear, 1) != std::string::npos);
    CHECK(shown({}).find('\x1b') == std::string::npos);
    // COLUMNS gives a pipe a width, but no cursor.
    CHECK(shown({.look = {.columns = 80}}).find('\x1b') == std::string::npos);
    CHECK(shown({.out_terminal = true, .look = {.plain = true, .columns = 80}}).find('\x1b') ==
          std::string::npos);
}

}  // namespace
}  // namespace kamili::ctl
