#pragma once

#include <memory>
#include <optional>
#include <string>

#include "daemon/freshness.h"
#include "tests/scenarios/script.h"
#include "tests/sim/engine.h"

namespace kamili::testing {

// Plays one scenario: the whole engine in virtual time against the simulator, no sockets. Every
// scenario also ends with a journal that adds up, no broken rule of a provider and no leak. Inside
// a doctest test case; what does not hold is a failed check that names file and line.
class Runner {
  public:
    explicit Runner(const Script& script) : script_(script) {}
    void Run();

  private:
    struct Verb;
    friend struct Verb;
    static const Verb* FindVerb(const std::string& name);

    void Fail(const std::string& what);
    Engine& engine();
    const std::string& Word(const ScriptStep& step, std::size_t at);
    void CheckAtEnd();

    // What is done.
    void World(const ScriptStep& step);
    void Account(const ScriptStep& step);
    void Refused(const ScriptStep& step);
    void Control(const ScriptStep& step);
    void Delete(const ScriptStep& step);
    void Named(const ScriptStep& step);
    void Sync(const ScriptStep& step);
    void Wait(const ScriptStep& step);
    void Clock(const ScriptStep& step);
    void Disable(const ScriptStep& step);
    void Forget(const ScriptStep& step);
    void Allow(const ScriptStep& step);
    void Expect(const ScriptStep& step);

    // What must hold (runner_expect.cc).
    void ExpectTruth(const ScriptStep& step);
    void ExpectAccount(const ScriptStep& step);
    void ExpectCalendar(const ScriptStep& step);
    void ExpectRow(const ScriptStep& step);
    void ExpectNoRow(const ScriptStep& step);
    void ExpectCount(const ScriptStep& step);
    void ExpectRequests(const ScriptStep& step);
    std::optional<sync::CalendarStatus> CalendarNamed(const std::string& name);
    std::vector<model::Event> RowsNamed(const std::string& name);
    std::vector<daemon::StaleCalendar> Stale();
    void CheckAnswersOf(const sync::AccountStatus& status);
    void CheckAnswersOf(const sync::CalendarStatus& status);
    void CheckReason(const ScriptStep& step, std::size_t from, const std::string& reason);

    const Script& script_;
    EngineOptions options_{.seed = 1, .events = 40};
    std::unique_ptr<Engine> engine_;
    Names names_;
    int line_ = 0;
    bool refusals_allowed_ = false;
};

}  // namespace kamili::testing
