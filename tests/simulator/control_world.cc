#include "tests/simulator/control.h"
#include "tests/simulator/event_maker.h"
#include "tests/simulator/graph_ids.h"
#include "tests/simulator/occurrences.h"
#include "tests/simulator/recurrence_reader.h"

namespace kamili::simulator {
namespace {

Calendar* FindCalendar(const Person& person, const std::string& id) {
    return id == "primary" ? &person.Primary() : person.Find(id);
}

std::string InnerId(Service service, const std::string& remote) {
    if (service == Service::kGoogle) return remote;
    return CoreOfGraphId(remote).value_or("");
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
        event = AsOccurrence(person.service, *master, *original);
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

// What a person does in the web client: an event goes to another calendar.
SimReply MoveEvent(State& state, const Call& call, const Person& person, Calendar& from,
                   const Json& body) {
    Calendar* to = FindCalendar(person, body.value("destination", ""));
    const std::string id = InnerId(person.service, body.value("id", ""));
    const SimEvent* event = from.Find(id);
    if (to == nullptr || to == &from) return BadControl("destination: another calendar");
    if (event == nullptr || event->deleted || !event->series.empty())
        return BadControl("no such event");
    const SimEvent& moved = state.world.Move(from, id, *to, call.now);
    return JsonReply(200, {{"id", RemoteId(person.service, moved)}, {"uid", moved.uid}});
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
    if (call.path[1] != "events" && call.path[1] != "move") return BadControl("no such control");
    Calendar* calendar = FindCalendar(*person, body.value("calendar", "primary"));
    if (calendar == nullptr) return BadControl("no such calendar");
    if (call.path[1] == "move") return MoveEvent(state, call, *person, *calendar, body);
    if (call.request.method == "POST") return PutEvent(state, call, *person, *calendar, body);
    const std::string id = InnerId(person->service, body.value("id", ""));
    if (calendar->Find(id) == nullptr) return BadControl("no such event");
    state.world.Delete(*calendar, id, call.now);
    return JsonReply(200, Json::object());
}

}  // namespace kamili::simulator
