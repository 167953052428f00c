#include <algorithm>
#include <charconv>

#include "tests/simulator/control.h"
#include "tests/simulator/event_maker.h"
#include "tests/simulator/graph_ids.h"
#include "tests/simulator/occurrences.h"

namespace kamili::simulator {
namespace {

Calendar* FindCalendar(const Person& person, const std::string& id) {
    return id == "primary" ? &person.Primary() : person.Find(id);
}

std::string InnerId(Service service, const std::string& remote) {
    if (service == Service::kGoogle) return remote;
    return CoreOfGraphId(remote).value_or("");
}

// "FREQ=WEEKLY;BYDAY=MO,TH" at its ";".
std::map<std::string, std::string> RuleParts(const std::string& line) {
    std::map<std::string, std::string> parts;
    std::string text = line.substr(line.find(':') == std::string::npos ? 0 : line.find(':') + 1);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(';', at), text.size());
        const std::string part = text.substr(at, end - at);
        const std::size_t equals = part.find('=');
        if (equals != std::string::npos) parts[part.substr(0, equals)] = part.substr(equals + 1);
        at = end + 1;
    }
    return parts;
}

std::optional<int> Number(const std::string& text) {
    int number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
    return number;
}

bool SetWeekdays(Rule& rule, const std::string& days) {
    constexpr std::string_view kNames = "MOTUWETHFRSASU";
    for (std::size_t at = 0; at < days.size(); at += 3) {
        const std::size_t found = kNames.find(days.substr(at, 2));
        if (found == std::string_view::npos || found % 2 != 0) return false;
        rule.weekdays.push_back(int(found / 2));
    }
    std::sort(rule.weekdays.begin(), rule.weekdays.end());
    return !rule.weekdays.empty();
}

std::optional<Every> EveryOf(const std::string& frequency) {
    if (frequency == "DAILY") return Every::kDay;
    if (frequency == "WEEKLY") return Every::kWeek;
    if (frequency == "MONTHLY") return Every::kMonthDay;
    if (frequency == "YEARLY") return Every::kYearDay;
    return std::nullopt;
}

// FREQ with INTERVAL, COUNT, UNTIL (its date), BYDAY without numbers (weekly) and WKST; the day of
// the month and the month are those of the start.
std::optional<Rule> ReadRule(const std::string& line, const When& start, Service service) {
    auto parts = RuleParts(line);
    Rule rule;
    const auto every = EveryOf(parts["FREQ"]);
    if (!every) return std::nullopt;
    rule.every = *every;
    const std::chrono::year_month_day date(start.day());
    rule.day = int(unsigned(date.day()));
    rule.month = int(unsigned(date.month()));
    rule.clamp = service == Service::kMicrosoft;
    const int weekday = int(std::chrono::weekday(start.day()).iso_encoding()) - 1;
    if (parts["WKST"] == "SU") rule.week_start = 6;
    if (!parts["INTERVAL"].empty()) rule.interval = Number(parts["INTERVAL"]).value_or(0);
    if (!parts["COUNT"].empty()) rule.count = Number(parts["COUNT"]).value_or(0);
    if (parts["UNTIL"].size() >= 8) {
        const std::string& until = parts["UNTIL"];
        const auto day = ParseWhen(
            until.substr(0, 4) + "-" + until.substr(4, 2) + "-" + until.substr(6, 2), "UTC");
        if (!day) return std::nullopt;
        rule.until = day->day();
    }
    if (!parts["BYDAY"].empty() &&
        (rule.every != Every::kWeek || !SetWeekdays(rule, parts["BYDAY"])))
        return std::nullopt;
    if (rule.every == Every::kWeek && rule.weekdays.empty()) rule.weekdays = {weekday};
    if (rule.interval < 1 || (rule.count && *rule.count < 1)) return std::nullopt;
    return rule;
}

Answer AnswerOf(const std::string& text) {
    if (text == "accepted") return Answer::kAccepted;
    if (text == "tentative") return Answer::kTentative;
    if (text == "declined") return Answer::kDeclined;
    return text == "needs_action" ? Answer::kNeedsAction : Answer::kNone;
}

// The members of the body that are there replace those of the event; a text says what is wrong.
std::string Overwrite(SimEvent& event, const Json& body, const std::string& zone, Service service) {
    const auto start = ParseWhen(body.value("start", WhenText(event.start)), zone);
    const auto end = ParseWhen(body.value("end", WhenText(event.end)), zone);
    if (!start || !end || start->all_day != end->all_day) return "start and end: dates or times";
    event.start = *start;
    event.end = *end;
    event.title = body.value("title", event.title);
    event.description = body.value("description", event.description);
    event.location = body.value("location", event.location);
    event.visibility = body.value("visibility", event.visibility);
    event.type = body.value("type", event.type);
    event.show_as = body.value("show_as", event.show_as);
    event.uid = body.value("uid", event.uid);
    const std::string status = body.value("status", "");
    if (status == "tentative") event.life = Life::kTentative;
    if (status == "cancelled") event.life = Life::kCancelled;
    if (status == "confirmed") event.life = Life::kConfirmed;
    if (body.contains("response")) {
        event.own = false;
        event.organizer = {.name = "Priya Nair", .address = "priya@example.net"};
        event.answer = AnswerOf(body["response"].get<std::string>());
    }
    if (body.contains("recurrence") && !body["recurrence"].empty()) {
        event.rule = ReadRule(body["recurrence"][0].get<std::string>(), event.start, service);
        if (!event.rule) return "recurrence: one RRULE that the simulator can expand";
    }
    return "";
}

// A new event, or the one with that id, or what replaces one occurrence of `series`.
std::string Prepare(State& state, const Person& person, Calendar& calendar, const Json& body,
                    SimEvent& event) {
    EventMaker maker(state.dice, person.service, UtcTime{});
    const std::string zone = body.value("time_zone", calendar.zone);
    if (!IsZone(zone)) return "no such zone";
    if (body.contains("series")) {
        const SimEvent* master =
            calendar.Find(InnerId(person.service, body["series"].get<std::string>()));
        const auto original = ParseWhen(body.value("original_start", ""),
                                        master == nullptr ? "UTC" : master->start.zone);
        if (master == nullptr || !master->IsSeries() || !original) return "no such series";
        event = *master;
        event.rule.reset();
        event.rdates.clear();
        event.exdates.clear();
        event.series = master->id;
        event.original = original;
        event.id = OccurrenceId(person.service, master->id, *original);
        event.start = *original;
        event.end = EndOf(*master, *original);
        event.removed_occurrence = body.value("cancelled", false);
        return "";
    }
    const std::string id = InnerId(person.service, body.value("id", ""));
    if (const SimEvent* found = calendar.Find(id)) {
        event = *found;
        event.sequence += 1;
        return "";
    }
    if (body.contains("id") && person.service == Service::kMicrosoft) return "no such event";
    event.id = body.value("id", maker.NewId());
    event.uid = event.id + (person.service == Service::kGoogle ? "@google.com" : "@outlook");
    return body.contains("start") && body.contains("end") ? "" : "start and end are missing";
}

SimReply PutEvent(State& state, const Call& call, const Person& person, Calendar& calendar,
                  const Json& body) {
    SimEvent event;
    std::string wrong = Prepare(state, person, calendar, body, event);
    if (wrong.empty() && !event.removed_occurrence)
        wrong = Overwrite(
            event, body,
            body.value("time_zone", event.start.zone.empty() ? calendar.zone : event.start.zone),
            person.service);
    if (!wrong.empty()) return BadControl(wrong);
    const SimEvent& stored = state.world.Put(calendar, std::move(event), call.now);
    return JsonReply(200, {{"id", RemoteId(person.service, stored)}, {"uid", stored.uid}});
}

SimReply ChangeCalendar(State& state, const Call& call, Person& person, const Json& body) {
    Calendar* found = FindCalendar(person, body.value("id", ""));
    if (call.request.method == "DELETE") {
        if (found == nullptr || found->primary) return BadControl("no such calendar");
        state.world.RemoveCalendar(*found);
        return JsonReply(200, Json::object());
    }
    if (found == nullptr) {
        auto calendar = std::make_unique<Calendar>();
        calendar->id = "c_" + state.dice.Text("0123456789abcdefghijklmnopqrstuv", 20) +
                       (person.service == Service::kGoogle ? "@group.calendar.google.com" : "=");
        calendar->zone = "Europe/Berlin";
        calendar->color = person.service == Service::kGoogle ? "#16a765" : "";
        calendar->listed = ++state.world.changes;
        found = calendar.get();
        person.calendars.push_back(std::move(calendar));
    }
    // Seen at Microsoft soon after a calendar was made: the same one under another id.
    found->id = body.value("new_id", found->id);
    // A change of the name or the role alone does not bring an entry back incrementally.
    found->name = body.value("name", found->name);
    found->role = body.value("role", found->role);
    if (body.contains("hidden")) {
        found->hidden = body["hidden"].get<bool>();
        found->listed = ++state.world.changes;
    }
    return JsonReply(200, {{"id", found->id}});
}

}  // namespace

SimReply ControlWorld(State& state, const Call& call, const Json& body) {
    Person* person = state.world.Find(body.value("account", "google"));
    if (person == nullptr) return BadControl("no such account");
    if (call.path[1] == "calendars") return ChangeCalendar(state, call, *person, body);
    if (call.path[1] != "events") return BadControl("no such control");
    Calendar* calendar = FindCalendar(*person, body.value("calendar", "primary"));
    if (calendar == nullptr) return BadControl("no such calendar");
    if (call.request.method == "POST") return PutEvent(state, call, *person, *calendar, body);
    const std::string id = InnerId(person->service, body.value("id", ""));
    if (calendar->Find(id) == nullptr) return BadControl("no such event");
    state.world.Delete(*calendar, id, call.now);
    return JsonReply(200, Json::object());
}

}  // namespace kamili::simulator
