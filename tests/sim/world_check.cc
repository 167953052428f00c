#include "tests/sim/world_check.h"

#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "storage/accounts.h"
#include "storage/calendars.h"
#include "storage/events.h"
#include "storage/journal.h"

namespace kamili::testing {
namespace {

using nlohmann::json;
using Lines = std::vector<std::string>;

// An instant in one form, whatever offset it is told with; dates stay.
std::string Same(const std::string& time) {
    const auto utc = ParseRfc3339(time);
    return utc ? FormatUtc(*utc) : time;
}

std::string WithoutDefaults(std::string rule) {
    const std::string part = ";INTERVAL=1";
    const auto at = rule.find(part);
    const auto end = at + part.size();
    if (at != std::string::npos && (end == rule.size() || rule[end] == ';'))
        rule.erase(at, part.size());
    return rule;
}

// What both sides say about a row, and in one form.
json Comparable(json row) {
    if (row.value("kind", "") == "cancelled_exception")
        for (const char* name : {"uid", "start", "end", "title", "status", "busy", "response",
                                 "all_day", "time_zone", "recurrence"})
            row.erase(name);
    // What a rule leaves out and what it says by default is the same.
    if (row.contains("recurrence"))
        for (json& line : row["recurrence"]) line = WithoutDefaults(line.get<std::string>());
    for (const char* name : {"start", "end", "original_start"})
        if (row.contains(name)) row[name] = Same(row[name].get<std::string>());
    return row;
}

using Rows = std::map<std::string, json>;

Rows StoredRows(const storage::ReadView& view, model::CalendarId calendar) {
    Rows rows;
    const auto keys = storage::EventsNotListed(view, calendar, INT64_MAX);
    REQUIRE(keys);
    for (const auto& key : *keys)
        rows[key.remote_id] = Comparable(DescribeEvent((*storage::FindEvent(view, key.id))->event));
    return rows;
}

Rows WorldRows(const json& calendar) {
    Rows rows;
    for (const json& row : calendar.at("rows"))
        rows[row.at("remote_id").get<std::string>()] = Comparable(row);
    return rows;
}

// The members of `row` that the world does not tell alike.
std::string Difference(const json& wanted, const json& found) {
    std::string out;
    for (const auto& [name, value] : wanted.items())
        if (!found.contains(name) || found[name] != value)
            out += " " + name + ": wanted " + value.dump() + ", found " +
                   (found.contains(name) ? found[name].dump() : "nothing") + ";";
    return out;
}

void CompareRows(const Rows& wanted, const Rows& found, const Rows& allowed, Lines& out) {
    for (const auto& [id, row] : wanted) {
        const auto stored = found.find(id);
        if (stored == found.end())
            out.push_back(id + " is missing: " + row.dump());
        else if (const auto difference = Difference(row, stored->second); !difference.empty())
            out.push_back(id + difference);
    }
    for (const auto& [id, row] : found) {
        if (wanted.contains(id)) continue;
        const auto other = allowed.find(id);
        if (other == allowed.end())
            out.push_back(id + " is not in the world: " + row.dump());
        else if (const auto difference = Difference(other->second, row); !difference.empty())
            out.push_back(id + " outside of the window" + difference);
    }
}

std::string Escaped(UtcTime time) {
    std::string out;
    for (const char c : FormatUtc(time)) out += c == ':' ? std::string("%3A") : std::string(1, c);
    return out;
}

json World(Engine& engine, const model::Account& account, const std::string& name,
           const std::string& which) {
    const bool busy_only = account.access == model::Access::kFreeBusy;
    return engine.Control(
        "GET", "world?account=" + name + (busy_only ? "&view=freebusy" : "") + "&" + which);
}

// Microsoft's window moves once a week: what has just come into it at its ends may be missing.
constexpr std::chrono::hours kSurePast{24 * 80};
constexpr std::chrono::hours kSureFuture{24 * 385};

}  // namespace

json WorldNow(Engine& engine, const model::Account& account, const std::string& name) {
    return World(
        engine, account, name,
        "from=" + Escaped(engine.now() - kSurePast) + "&to=" + Escaped(engine.now() + kSureFuture));
}

std::set<std::string> StoredIds(Engine& engine, model::AccountId account) {
    std::set<std::string> out;
    REQUIRE(engine.store().Read([&](const storage::ReadView& view) -> Status {
        const auto calendars = storage::ListCalendarsOf(view, account);
        if (!calendars) return calendars.error();
        for (const auto& calendar : *calendars) {
            const auto keys = storage::EventsNotListed(view, calendar.id, INT64_MAX);
            if (!keys) return keys.error();
            for (const auto& key : *keys) out.insert(calendar.remote_id + " " + key.remote_id);
        }
        return {};
    }));
    return out;
}

json DescribeEvent(const model::Event& event) {
    json out = {{"remote_id", event.remote_id},
                {"uid", event.uid},
                {"kind", Text(event.kind)},
                {"start", FormatEventTime(event.start)},
                {"end", FormatEventTime(event.end)},
                {"all_day", event.start.all_day},
                {"time_zone", event.start.zone},
                {"recurrence", event.recurrence},
                {"title", event.title},
                {"status", Text(event.status)},
                {"busy", event.busy},
                {"response", Text(event.response)},
                {"flags", event.flags},
                {"type", event.type},
                {"visibility", event.visibility},
                {"description", event.description},
                {"location", event.location}};
    if (!event.series_remote_id.empty()) out["series_remote_id"] = event.series_remote_id;
    if (event.original_start) out["original_start"] = FormatEventTime(*event.original_start);
    return out;
}

Lines DifferencesFromWorld(Engine& engine, const model::Account& account, const std::string& name) {
    Lines out;
    const json world = WorldNow(engine, account, name);
    // Also series of which no occurrence is left: they are there and show nothing.
    const json wide = World(engine, account, name, "everything=true");
    std::map<std::string, Rows> allowed;
    for (const json& calendar : wide.at("calendars"))
        allowed[calendar.at("remote_id").get<std::string>()] = WorldRows(calendar);
    REQUIRE(engine.store().Read([&](const storage::ReadView& view) -> Status {
        std::set<std::string> named;
        for (const json& calendar : world.at("calendars")) {
            const auto id = calendar.at("remote_id").get<std::string>();
            named.insert(id);
            const auto row = storage::FindCalendarByRemoteId(view, account.id, id);
            REQUIRE(row);
            if (!row->has_value()) {
                out.push_back("calendar " + id + " is missing");
                continue;
            }
            if ((*row)->name != calendar.at("name").get<std::string>())
                out.push_back("calendar " + id + " has another name");
            if (!(*row)->enabled) continue;
            CompareRows(WorldRows(calendar), StoredRows(view, (*row)->id), allowed[id], out);
        }
        const auto rows = storage::ListCalendarsOf(view, account.id);
        REQUIRE(rows);
        for (const auto& row : *rows)
            if (!named.contains(row.remote_id))
                out.push_back("calendar " + row.remote_id + " is not in the world");
        return {};
    }));
    return out;
}

Lines JournalFaults(Engine& engine) {
    Lines out;
    REQUIRE(engine.store().Read([&](const storage::ReadView& view) -> Status {
        std::set<model::EventId> alive;
        const auto changes = storage::ReadChanges(view, 0, 1'000'000);
        if (!changes) return changes.error();
        std::int64_t number = 0;
        for (const auto& change : *changes) {
            const std::string which = "journal entry " + std::to_string(change.number);
            if (change.number != ++number) out.push_back(which + " is out of order");
            const bool known = alive.contains(change.event_id);
            if (known == (change.kind == model::ChangeKind::kAdded))
                out.push_back(which + " does not follow from those before it");
            if (change.kind == model::ChangeKind::kAdded) alive.insert(change.event_id);
            if (change.kind == model::ChangeKind::kRemoved) alive.erase(change.event_id);
        }
        std::set<model::EventId> rows;
        const auto calendars = storage::ListCalendars(view);
        if (!calendars) return calendars.error();
        for (const auto& calendar : *calendars) {
            const auto keys = storage::EventsNotListed(view, calendar.id, INT64_MAX);
            if (!keys) return keys.error();
            for (const auto& key : *keys)
                if (key.kind != model::EventKind::kCancelledException) rows.insert(key.id);
        }
        if (alive != rows) out.push_back("the journal does not add up to the rows");
        return {};
    }));
    return out;
}

Lines Leaks(Engine& engine) {
    // How the simulator begins its tokens and codes, and the domains of everyone in its world.
    const Lines canaries = {"ya29.a0sim-", "EwB4sim-", "1//0sim-",  "M.C5sim.",
                            "4/0sim",      "GOCSPX-",  "@example.", "canary"};
    Lines said = engine.LogLines();
    for (const auto& account : engine.driver().Accounts()) said.push_back(account.reason);
    for (const auto& calendar : engine.driver().Calendars()) said.push_back(calendar.reason);
    Lines out;
    for (const std::string& line : said)
        for (const std::string& canary : canaries)
            if (line.find(canary) != std::string::npos) out.push_back("a leak: " + line);
    return out;
}

model::Account AccountNamed(Engine& engine, const std::string& name) {
    for (const auto& status : engine.driver().Accounts()) {
        const auto& account = status.account;
        if (account.address == name || Text(account.provider) == name) return account;
    }
    FAIL("no account called ", name);
    return {};
}

}  // namespace kamili::testing
