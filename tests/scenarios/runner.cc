#include "tests/scenarios/runner.h"

#include <doctest/doctest.h>

#include <charconv>

#include "net/url.h"
#include "storage/calendars.h"
#include "tests/sim/world_check.h"

namespace kamili::testing {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

std::int64_t NumberIn(const std::string& text) {
    std::int64_t value = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    return read.ec == std::errc() && read.ptr == end ? value : -1;
}

// "90s", "15m", "2h", "7d"; negative for what is none.
milliseconds SpanIn(std::string text) {
    const char unit = text.empty() ? ' ' : text.back();
    if (!text.empty()) text.pop_back();
    const std::int64_t number = NumberIn(text);
    const std::int64_t seconds = unit == 's'   ? 1
                                 : unit == 'm' ? 60
                                 : unit == 'h' ? 3600
                                 : unit == 'd' ? 86'400
                                               : 0;
    if (number < 0 || seconds == 0) return milliseconds(-1);
    return milliseconds(number * seconds * 1000);
}

}  // namespace

struct Runner::Verb {
    const char* name;
    void (Runner::*play)(const ScriptStep&);
};

const Runner::Verb* Runner::FindVerb(const std::string& name) {
    static const Verb kVerbs[] = {{"world", &Runner::World},     {"account", &Runner::Account},
                                  {"refused", &Runner::Refused}, {"settings", &Runner::Control},
                                  {"consent", &Runner::Control}, {"faults", &Runner::Control},
                                  {"expire", &Runner::Control},  {"mutate", &Runner::Control},
                                  {"move", &Runner::Control},    {"write", &Runner::Named},
                                  {"event", &Runner::Named},     {"calendar", &Runner::Named},
                                  {"delete", &Runner::Delete},   {"sync", &Runner::Sync},
                                  {"wait", &Runner::Wait},       {"clock", &Runner::Clock},
                                  {"restart", &Runner::Clock},   {"disable", &Runner::Disable},
                                  {"forget", &Runner::Forget},   {"allow", &Runner::Allow},
                                  {"expect", &Runner::Expect}};
    for (const Verb& verb : kVerbs)
        if (name == verb.name) return &verb;
    return nullptr;
}

void Runner::Run() {
    for (const ScriptStep& raw : script_.steps) {
        line_ = raw.line;
        const std::string where = script_.name + ".scn:" + std::to_string(line_);
        INFO(where);
        const Verb* verb = FindVerb(raw.verb);
        if (verb == nullptr) return Fail("no such verb: " + raw.verb);
        (this->*verb->play)(WithNames(raw, names_));
    }
    CheckAtEnd();
}

void Runner::Fail(const std::string& what) {
    FAIL_CHECK(script_.name << ".scn:" << line_ << ": " << what);
}

Engine& Runner::engine() {
    if (!engine_) engine_ = std::make_unique<Engine>(options_);
    return *engine_;
}

const std::string& Runner::Word(const ScriptStep& step, std::size_t at) {
    static const std::string kNone;
    if (at < step.words.size()) return step.words[at];
    Fail("a word is missing");
    return kNone;
}

void Runner::CheckAtEnd() {
    for (const auto& line : JournalFaults(engine())) Fail(line);
    for (const auto& line : Leaks(engine())) Fail(line);
    for (const auto& line : engine().transport().rules().broken()) Fail(line);
}

// world EVENTS [SEED]
void Runner::World(const ScriptStep& step) {
    if (engine_) return Fail("the world comes first");
    options_.events = static_cast<std::size_t>(NumberIn(Word(step, 0)));
    if (step.words.size() > 1) options_.seed = static_cast<std::uint64_t>(NumberIn(step.words[1]));
}

namespace {

// google|microsoft [freebusy] [organizations|consumers] [device] [ADDRESS]
SimPerson PersonIn(const ScriptStep& step, std::size_t from) {
    SimPerson person;
    for (std::size_t i = from; i < step.words.size(); ++i) {
        const std::string& word = step.words[i];
        if (word == "microsoft")
            person.provider = model::Provider::kMicrosoft;
        else if (word == "freebusy")
            person.access = model::Access::kFreeBusy;
        else if (word == "device")
            person.device_code = true;
        else if (word == "organizations" || word == "consumers")
            person.authority = word;
        else if (word != "google")
            person.login_hint = word;
    }
    return person;
}

}  // namespace

void Runner::Account(const ScriptStep& step) {
    const auto account = engine().TrySignIn(PersonIn(step, 0));
    if (!account)
        Fail("the sign-in failed: " + std::string(Text(account.error().kind)) + ", " +
             account.error().message);
}

// refused KIND google|microsoft ...
void Runner::Refused(const ScriptStep& step) {
    const auto account = engine().TrySignIn(PersonIn(step, 1));
    if (account) return Fail("the sign-in worked");
    if (Text(account.error().kind) != Word(step, 0))
        Fail("the kind is " + std::string(Text(account.error().kind)));
    const std::size_t before = engine().driver().Accounts().size();
    if (before != 0 && !refusals_allowed_) Fail("an account was left behind");
}

void Runner::Control(const ScriptStep& step) {
    if (step.data.is_null() && step.verb == "faults") {
        engine().Control("DELETE", "faults");
        return;
    }
    engine().Control("POST", step.verb, step.data);
}

void Runner::Delete(const ScriptStep& step) {
    engine().Control("DELETE", Word(step, 0) + "s", step.data);
}

// event NAME {...}, calendar NAME {...}, write NAME {...}: the id is known as $NAME afterwards, as
// it stands in a path as $NAME.path, the UID as $NAME.uid.
void Runner::Named(const ScriptStep& step) {
    const std::string what = step.verb == "write" ? step.verb : step.verb + "s";
    const json made = engine().Control("POST", what, step.data);
    if (!made.contains("id")) return;
    const std::string& name = Word(step, 0);
    if (made.contains("uid")) names_.emplace_back(name + ".uid", made["uid"].get<std::string>());
    const std::string id = made.at("id").get<std::string>();
    names_.emplace_back(name + ".path", net::PercentEncode(id));
    names_.emplace_back(name, id);
}

// sync [full] [ok|partial|needs_sign_in]
void Runner::Sync(const ScriptStep& step) {
    bool full = false;
    std::string wanted = "ok";
    for (const std::string& word : step.words)
        (word == "full" ? full = true : (wanted = word, false));
    const auto summary = engine().SyncToEnd(full);
    const std::string got = summary.needs_sign_in ? "needs_sign_in"
                            : summary.partial     ? "partial"
                                                  : "ok";
    if (got == wanted) return;
    std::string why = "sync ended " + got;
    for (const auto& report : summary.calendars)
        if (report.state != model::State::kOk) why += "; a calendar: " + report.reason;
    for (const auto& account : summary.failed_accounts) why += "; an account: " + account.reason;
    Fail(why);
}

void Runner::Wait(const ScriptStep& step) {
    const auto span = SpanIn(Word(step, 0));
    if (span.count() < 0) return Fail("wait: a number and s, m, h or d");
    engine().RunFor(span);
}

// clock +2h, clock -1d; restart
void Runner::Clock(const ScriptStep& step) {
    if (step.verb == "restart") return engine().Restart();
    const std::string& word = Word(step, 0);
    const auto span = SpanIn(word.substr(word.empty() ? 0 : 1));
    if (span.count() < 0) return Fail("clock: + or -, a number and s, m, h or d");
    engine().clock().StepUtc(word.front() == '-' ? -span : span);
}

void Runner::Disable(const ScriptStep& step) {
    const auto found = CalendarNamed(Word(step, 0));
    if (!found) return;
    const auto id = found->calendar.id;
    engine().driver().DropCalendar(id);
    const auto done =
        engine().store().Write([id, now = engine().now()](storage::Txn& txn) -> kamili::Status {
            if (auto cleared = storage::ClearCalendar(txn, id, now); !cleared) return cleared;
            auto row = storage::FindCalendar(txn, id);
            (*row)->enabled = false;
            return storage::UpdateCalendar(txn, **row);
        });
    if (!done) return Fail(done.error().message);
    engine().driver().ReloadCalendar(id);
    engine().RunFor(milliseconds(0));
}

void Runner::Forget(const ScriptStep&) { engine().Control("DELETE", "log"); }

// allow refusals: a right was taken away, or an account is already there.
void Runner::Allow(const ScriptStep& step) {
    if (Word(step, 0) != "refusals") return Fail("allow refusals");
    refusals_allowed_ = true;
    engine().transport().rules().ExpectRefusals();
}

}  // namespace kamili::testing
