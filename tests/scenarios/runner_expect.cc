#include <doctest/doctest.h>

#include <algorithm>
#include <charconv>

#include "storage/calendars.h"
#include "storage/events.h"
#include "tests/scenarios/runner.h"
#include "tests/sim/world_check.h"

namespace kamili::testing {
namespace {

using nlohmann::json;

// Is every member of `wanted` in `found`, with that value?
std::string Lacking(const json& wanted, const json& found) {
    for (const auto& [name, value] : wanted.items())
        if (!found.contains(name) || found[name] != value)
            return name + " is " + (found.contains(name) ? found[name].dump() : "not there");
    return "";
}

// "==", "<=" or ">=" and a number.
bool Holds(std::int64_t found, const std::string& how, const std::string& number) {
    const std::int64_t wanted = std::atoll(number.c_str());
    if (how == "<=") return found <= wanted;
    if (how == ">=") return found >= wanted;
    return how == "==" && found == wanted;
}

bool IsGood(model::State state) {
    return state == model::State::kOk || state == model::State::kSyncing;
}

}  // namespace

void Runner::Expect(const ScriptStep& step) {
    const std::string& what = Word(step, 0);
    ScriptStep rest = step;
    if (!rest.words.empty()) rest.words.erase(rest.words.begin());
    if (what == "truth") return ExpectTruth(rest);
    if (what == "account") return ExpectAccount(rest);
    if (what == "calendar") return ExpectCalendar(rest);
    if (what == "row") return ExpectRow(rest);
    if (what == "no") return ExpectNoRow(rest);
    if (what == "rows" || what == "held") return ExpectCount(step);
    if (what == "requests") return ExpectRequests(rest);
    Fail("nothing to expect: " + what);
}

// expect truth [ACCOUNT]: the store is the world.
void Runner::ExpectTruth(const ScriptStep& step) {
    for (const auto& status : engine().driver().Accounts()) {
        const std::string& name = status.account.address;
        if (!step.words.empty() && step.words[0] != name &&
            step.words[0] != Text(status.account.provider))
            continue;
        for (const auto& line : DifferencesFromWorld(engine(), status.account, name)) Fail(line);
    }
}

void Runner::CheckReason(const ScriptStep& step, std::size_t from, const std::string& reason) {
    for (std::size_t i = from; i < step.words.size(); ++i)
        if (reason.find(step.words[i]) == std::string::npos)
            Fail("the reason is \"" + reason + "\"");
}

// expect account NAME STATE ["words of the reason"]...
void Runner::ExpectAccount(const ScriptStep& step) {
    for (const auto& status : engine().driver().Accounts()) {
        const auto& account = status.account;
        if (account.address != Word(step, 0) && Text(account.provider) != Word(step, 0)) continue;
        if (Text(status.state) != Word(step, 1))
            Fail("the state is " + std::string(Text(status.state)) + ": " + status.reason);
        CheckReason(step, 2, status.reason);
        return CheckAnswersOf(status);
    }
    Fail("no such account");
}

std::optional<sync::CalendarStatus> Runner::CalendarNamed(const std::string& name) {
    for (auto& status : engine().driver().Calendars())
        if (status.calendar.name == name || status.calendar.remote_id == name) return status;
    Fail("no calendar is called " + name);
    return std::nullopt;
}

// expect calendar NAME STATE ["words of the reason"]...
void Runner::ExpectCalendar(const ScriptStep& step) {
    const auto found = CalendarNamed(Word(step, 0));
    if (!found) return;
    if (Text(found->state) != Word(step, 1))
        Fail("the state is " + std::string(Text(found->state)) + ": " + found->reason);
    CheckReason(step, 2, found->reason);
    CheckAnswersOf(*found);
}

// What every answer says of how whole it is, as the daemon would say it now.
std::vector<daemon::StaleCalendar> Runner::Stale() {
    return daemon::FindStale(engine().driver().Accounts(), engine().driver().Calendars(), {},
                             sync::DriverOptions{}.poll.interval, engine().now());
}

// Answers own up to an account in trouble, calendar by calendar.
void Runner::CheckAnswersOf(const sync::AccountStatus& status) {
    if (IsGood(status.state)) return;
    const auto stale = Stale();
    for (const auto& one : engine().driver().Calendars()) {
        if (one.calendar.account_id != status.account.id || !one.calendar.enabled) continue;
        const auto named = std::find_if(stale.begin(), stale.end(), [&](const auto& entry) {
            return entry.calendar == one.calendar.id && entry.state == status.state;
        });
        if (named == stale.end())
            Fail("answers do not say that " + one.calendar.name + " is in trouble");
    }
}

// A calendar in trouble is named, with its reason; one that is well is not.
void Runner::CheckAnswersOf(const sync::CalendarStatus& status) {
    const auto stale = Stale();
    const auto named = std::find_if(stale.begin(), stale.end(), [&](const auto& entry) {
        return entry.calendar == status.calendar.id;
    });
    const bool told = named != stale.end();
    if (!status.calendar.enabled) return;
    if (!IsGood(status.state) && (!told || named->reason.empty()))
        Fail("answers do not say that this calendar is in trouble");
    const bool whole = status.calendar.last_complete_sync && status.calendar.held_events == 0;
    if (IsGood(status.state) && whole && told && IsGood(named->state))
        Fail("answers call it stale: " + named->reason);
    if (!whole && !told) Fail("answers do not say that this calendar is not whole");
}

// Rows of that title or remote id, in every calendar.
std::vector<model::Event> Runner::RowsNamed(const std::string& name) {
    std::vector<model::Event> out;
    REQUIRE(engine().store().Read([&](const storage::ReadView& view) -> Status {
        const auto calendars = storage::ListCalendars(view);
        if (!calendars) return calendars.error();
        for (const auto& calendar : *calendars) {
            const auto keys = storage::EventsNotListed(view, calendar.id, INT64_MAX);
            if (!keys) return keys.error();
            for (const auto& key : *keys) {
                const auto row = storage::FindEvent(view, key.id);
                if (row && *row && ((*row)->event.title == name || key.remote_id == name))
                    out.push_back((*row)->event);
            }
        }
        return {};
    }));
    return out;
}

// expect row NAME {members}: exactly one row of that title or id, and it says so.
void Runner::ExpectRow(const ScriptStep& step) {
    const auto rows = RowsNamed(Word(step, 0));
    if (rows.size() != 1) return Fail(std::to_string(rows.size()) + " rows of that name");
    if (step.data.is_null()) return;
    const json found = DescribeEvent(rows.front());
    if (const auto lacking = Lacking(step.data, found); !lacking.empty()) Fail(lacking);
}

// expect no row NAME
void Runner::ExpectNoRow(const ScriptStep& step) {
    if (const auto rows = RowsNamed(Word(step, 1)); !rows.empty())
        Fail("it is there: " + DescribeEvent(rows.front()).dump());
}

// expect rows CALENDAR == N; expect held CALENDAR == N
void Runner::ExpectCount(const ScriptStep& step) {
    const auto found = CalendarNamed(Word(step, 1));
    if (!found) return;
    std::int64_t count = found->calendar.held_events;
    if (step.words[0] == "rows")
        REQUIRE(engine().store().Read([&](const storage::ReadView& view) -> Status {
            const auto counted = storage::CountEvents(view, found->calendar.id);
            if (!counted) return counted.error();
            count = *counted;
            return {};
        }));
    if (!Holds(count, Word(step, 2), Word(step, 3))) Fail("it is " + std::to_string(count));
}

// expect requests MATCH <= N: targets that hold the text, since `forget` or the beginning.
void Runner::ExpectRequests(const ScriptStep& step) {
    const json log = engine().Control("GET", "log");
    std::int64_t count = 0;
    for (const json& one : log.at("requests"))
        count += one.at("target").get<std::string>().find(Word(step, 0)) != std::string::npos;
    if (!Holds(count, Word(step, 1), Word(step, 2))) Fail("it is " + std::to_string(count));
}

}  // namespace kamili::testing
