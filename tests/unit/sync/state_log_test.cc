// Aim: one line for each change of a state, none while it stays, and what a line is worth: ids, the
// kind, how long. Method: the log is fed with the ends of passes and rounds.
#include "sync/state_log.h"

#include <doctest/doctest.h>

#include "tests/support/fake_loop.h"
#include "tests/support/memory_log.h"

namespace kamili::sync {
namespace {

using Lines = std::vector<std::string>;
using std::chrono::milliseconds;

// Keeps what an administrator sees: no debug lines.
class InfoLog final : public Log {
  public:
    void Write(LogLevel level, std::string_view message, Fields fields) override {
        if (level <= LogLevel::kInfo) kept.Write(level, message, fields);
    }
    testing::MemoryLog kept;
};

struct States {
    testing::FakeClock clock;
    InfoLog log;
    StateLog states{log, clock};
    ToldState told;

    void Pass(const Status& status, bool listed_anew = false) {
        PassReport report{.calendar = model::CalendarId(3), .added = 5, .pages = 2};
        report.listed_anew = listed_anew;
        report.duration = milliseconds(40);
        states.OnPass(model::AccountId(1), status, report, told);
    }
    void Round(const Status& status) {
        states.OnRound(model::AccountId(1), status, milliseconds(70), told);
    }
    Lines lines() const { return log.kept.lines(); }
};

Error Fault(ErrorKind kind) { return {.kind = kind, .message = "words of a provider", .hint = {}}; }

TEST_CASE("a calendar that fails for a night is two lines") {
    States world;
    world.Pass({});
    CHECK(world.lines().empty());
    for (int i = 0; i < 100; ++i) {
        world.Pass(Fault(i % 2 == 0 ? ErrorKind::kOffline : ErrorKind::kTimeout));
        world.clock.Advance(std::chrono::minutes(5));
    }
    world.Pass({});
    world.Pass({});
    CHECK(world.lines() ==
          Lines{"a calendar is not up to date account=a1 calendar=c3 state=offline kind=offline "
                "duration_ms=40",
                "a calendar is well again account=a1 calendar=c3 after_s=30000"});
}

TEST_CASE("another trouble is news") {
    States world;
    world.Pass(Fault(ErrorKind::kOffline));
    world.Pass(Fault(ErrorKind::kBadReply));
    world.Pass(Fault(ErrorKind::kBadReply));
    world.Pass(Fault(ErrorKind::kNotFound));
    CHECK(world.lines().size() == 3);
}

TEST_CASE("a full listing is told with what it brought and how long it took") {
    States world;
    world.Pass({}, true);
    CHECK(world.lines() == Lines{"a calendar was listed whole account=a1 calendar=c3 added=5 "
                                 "changed=0 removed=0 pages=2 duration_ms=40"});
}

TEST_CASE("an account's trouble is told once, and its end") {
    States world;
    world.Round({});
    world.Round(Fault(ErrorKind::kOffline));
    world.clock.Advance(std::chrono::minutes(2));
    world.Round(Fault(ErrorKind::kOffline));
    world.Round({});
    CHECK(world.lines() ==
          Lines{"an account is not up to date account=a1 state=offline kind=offline duration_ms=70",
                "an account is well again account=a1 after_s=120"});
}

}  // namespace
}  // namespace kamili::sync
