#include <algorithm>
#include <array>

#include "tests/simulator/google_api.h"
#include "tests/simulator/google_body.h"
#include "tests/simulator/mails.h"
#include "tests/simulator/occurrences.h"

namespace kamili::simulator {
namespace {

using Refusal = std::optional<SimReply>;

constexpr std::array<std::string_view, 13> kParameters{"sendUpdates",
                                                       "sendNotifications",
                                                       "conferenceDataVersion",
                                                       "supportsAttachments",
                                                       "maxAttendees",
                                                       "alwaysIncludeEmail",
                                                       "destination",
                                                       "alt",
                                                       "fields",
                                                       "key",
                                                       "prettyPrint",
                                                       "quotaUser",
                                                       "userIp"};
// What belongs to the event and not to the copy of one guest.
constexpr std::array<std::string_view, 12> kShared{"summary",
                                                   "description",
                                                   "location",
                                                   "start",
                                                   "end",
                                                   "recurrence",
                                                   "attachments",
                                                   "conferenceData",
                                                   "guestsCanInviteOthers",
                                                   "guestsCanModify",
                                                   "guestsCanSeeOtherGuests",
                                                   "anyoneCanAddSelf"};
constexpr std::array<std::string_view, 5> kOfBirthdays{"summary", "colorId", "reminders", "start",
                                                       "end"};

// One write, once its calendar is known.
struct Write {
    State& state;
    const Call& call;
    Person& person;
    Calendar& calendar;
    Json body = Json::object();
};

const GoogleMethod& MethodOf(const Call& call) {
    using List = std::vector<std::string_view>;
    static const List usual{"", ".app.created", ".events", ".events.owned"};
    static const GoogleMethod insert{"Events.Insert", usual};
    static const GoogleMethod import{"Events.Import", usual};
    static const GoogleMethod update{"Events.Update", usual};
    static const GoogleMethod patch{"Events.Patch", usual};
    static const GoogleMethod remove{"Events.Delete", usual};
    static const GoogleMethod move{"Events.Move", List{"", ".events", ".events.owned"}};
    if (call.request.method == "PUT") return update;
    if (call.request.method == "PATCH") return patch;
    if (call.request.method == "DELETE") return remove;
    if (call.PathIs("events/import", 5)) return import;
    return call.PathIs("events/*/move", 5) ? move : insert;
}

Refusal Invalid(const std::string& message, const std::string& where = "") {
    return GoogleError(400, "global", "invalid", message, where);
}

Refusal Duplicate() {
    return GoogleError(409, "global", "duplicate", "The requested identifier already exists.");
}

Refusal WrongType(const std::string& message) {
    return GoogleError(400, "calendar", "eventTypeRestriction", message);
}

Refusal NotTheOrganizer() {
    return GoogleError(403, "calendar", "forbiddenForNonOrganizer",
                       "Shared properties can only be changed by the organizer of the event.");
}

template <typename Names>
bool AnyOf(const std::set<std::string>& changed, const Names& names) {
    return std::any_of(names.begin(), names.end(), [&](const std::string_view name) {
        return changed.count(std::string(name)) != 0;
    });
}

bool IsMail(const Call& call) {
    const std::string send = call.query.Get("sendUpdates");
    return send == "all" || send == "externalOnly" || call.query.Get("sendNotifications") == "true";
}

// Who gets the mails of this request: nobody unless it says so.
std::vector<Guest> Reached(const Write& write, std::vector<Guest> guests) {
    if (!IsMail(write.call)) return {};
    if (write.call.query.Get("sendUpdates") != "externalOnly") return guests;
    const std::string domain = write.person.address.substr(write.person.address.find('@'));
    guests.erase(std::remove_if(guests.begin(), guests.end(),
                                [&](const Guest& guest) {
                                    return guest.address.size() >= domain.size() &&
                                           guest.address.compare(
                                               guest.address.size() - domain.size(), domain.size(),
                                               domain) == 0;
                                }),
                 guests.end());
    return guests;
}

void RecordWrite(const Write& write, const SimEvent& before, const SimEvent& after, bool others) {
    SimEvent old = before;
    SimEvent now = after;
    old.guests = Reached(write, before.guests);
    now.guests = Reached(write, after.guests);
    if (after.own)
        RecordChange(write.state, write.person, old, now, others);
    else if (before.answer != after.answer)
        Record(write.state, write.person, after, "response", Reached(write, {after.organizer}));
}

void RecordRemoval(const Write& write, const SimEvent& event) {
    const auto to = event.own ? Missing(event.guests, {}) : std::vector<Guest>{event.organizer};
    Record(write.state, write.person, event, event.own ? "cancellation" : "response",
           Reached(write, to));
}

Refusal RefuseQuery(const Query& query) {
    for (const auto& [name, value] : query.pairs())
        if (std::find(kParameters.begin(), kParameters.end(), name) == kParameters.end())
            return GoogleError(400, "global", "badRequest", "Unknown name \"" + name + "\"", name);
    const std::string send = query.Get("sendUpdates");
    if (!send.empty() && send != "all" && send != "externalOnly" && send != "none")
        return Invalid("Invalid value for sendUpdates.", "sendUpdates");
    const std::string version = query.Get("conferenceDataVersion");
    if (!version.empty() && version != "0" && version != "1")
        return Invalid("Invalid value for conferenceDataVersion.", "conferenceDataVersion");
    return std::nullopt;
}

Refusal RefuseCalendar(const Calendar& calendar) {
    if (calendar.role == "owner" || calendar.role == "writer" ||
        calendar.role == "writerWithoutPrivateAccess")
        return std::nullopt;
    return GoogleError(403, "calendar", "requiredAccessLevel",
                       "You need to have writer access to this calendar.");
}

Refusal RefusePrecondition(const Call& call, const SimEvent& event) {
    const std::string wanted = call.request.Header("If-Match");
    if (wanted.empty() || wanted == "*" || wanted == GoogleEtag(event)) return std::nullopt;
    return GoogleError(412, "global", "conditionNotMet", "Precondition Failed", "If-Match");
}

GoogleWriteOptions OptionsOf(const Query& query) {
    return {query.Get("conferenceDataVersion") == "1", query.Get("supportsAttachments") == "true"};
}

SimReply Shown(const Write& write, const SimEvent& event) {
    return JsonReply(200, GoogleEvent(write.person, event, GoogleView::kFull));
}

// Occurrences that the series no longer has cannot stay changed; those of no series end with it.
void TidyMembers(const Write& write, const SimEvent& master) {
    if (!master.series.empty()) return;
    std::vector<SimEvent> members;
    for (const SimEvent* member : write.calendar.MembersOf(master.id)) members.push_back(*member);
    for (SimEvent& member : members) {
        if (!master.IsSeries()) {
            write.state.world.Delete(write.calendar, member.id, write.call.now);
        } else if (!member.removed_occurrence && !HasStart(master, *member.original)) {
            member.removed_occurrence = true;
            write.state.world.Put(write.calendar, member, write.call.now);
        }
    }
}

Refusal RefuseNewType(const Write& write, const SimEvent& event) {
    if (event.type == "default") return std::nullopt;
    const bool known = event.type == "birthday" || event.type == "focusTime" ||
                       event.type == "outOfOffice" || event.type == "workingLocation";
    if (!known) return WrongType("This event type cannot be created.");
    if (!write.calendar.primary) return WrongType("This event type needs a primary calendar.");
    if (event.type != "birthday") return std::nullopt;
    const bool yearly = event.rule && event.rule->every == Every::kYearDay && event.start.all_day &&
                        event.end.wall - event.start.wall == std::chrono::hours(24);
    return yearly ? std::nullopt : WrongType("A birthday is a day of every year.");
}

bool HasUid(const Calendar& calendar, const std::string& uid) {
    return std::any_of(calendar.events.begin(), calendar.events.end(),
                       [&](const auto& row) { return row.second.uid == uid; });
}

// The id that the caller chose or a new one. Those of deleted events stay taken.
Refusal ChooseId(const Write& write, SimEvent& event) {
    const std::string uid = write.body.value("iCalUID", "");
    event.id = write.body.value("id", "");
    if (!event.id.empty() && !uid.empty() && uid != event.id + "@google.com")
        return Invalid("Only one of id and iCalUID may be given.");
    if (event.id.empty()) {
        event.id = write.state.dice.Text("0123456789abcdefghijklmnopqrstuv", 26);
    } else {
        const bool valid =
            event.id.size() >= 5 && event.id.size() <= 1024 &&
            event.id.find_first_not_of("0123456789abcdefghijklmnopqrstuv") == std::string::npos;
        if (!valid) return Invalid("Invalid resource id value.");
        if (write.calendar.Find(event.id) != nullptr) return Duplicate();
    }
    event.uid = uid.empty() ? event.id + "@google.com" : uid;
    return std::nullopt;
}

SimReply Insert(Write& write) {
    SimEvent event;
    if (auto refused = ChooseId(write, event)) return *refused;
    if (HasUid(write.calendar, event.uid)) return *Duplicate();
    event.type = write.body.value("eventType", "default");
    event.answer = Answer::kAccepted;
    if (auto refused = ReadGoogleEvent(write.body, OptionsOf(write.call.query), write.person,
                                       write.calendar, event))
        return *refused;
    if (auto refused = RefuseNewType(write, event)) return *refused;
    const SimEvent& stored =
        write.state.world.Put(write.calendar, std::move(event), write.call.now);
    RecordWrite(write, SimEvent{}, stored, false);
    return Shown(write, stored);
}

// A private copy of an event that is somewhere else; the same UID again changes it. No mails.
SimReply Import(Write& write) {
    const std::string uid = write.body.value("iCalUID", "");
    if (uid.empty()) return GoogleError(400, "global", "required", "Missing iCalUID.");
    if (write.body.value("eventType", "default") != "default")
        return *WrongType("Only default events can be imported.");
    SimEvent event;
    for (const auto& [id, row] : write.calendar.events)
        if (row.uid == uid && row.series.empty()) event = row;
    if (event.id.empty()) {
        Write with_new_id{write.state, write.call, write.person, write.calendar};
        if (auto refused = ChooseId(with_new_id, event)) return *refused;
    }
    event.uid = uid;
    if (auto refused = ReadGoogleEvent(write.body, OptionsOf(write.call.query), write.person,
                                       write.calendar, event))
        return *refused;
    const Json organizer = write.body.value("organizer", Json::object());
    const std::string address = organizer.value("email", write.person.address);
    event.own = address == write.person.address;
    if (!event.own)
        event.organizer = {.name = organizer.value("displayName", ""), .address = address};
    const SimEvent& stored =
        write.state.world.Put(write.calendar, std::move(event), write.call.now);
    TidyMembers(write, SimEvent(stored));
    return Shown(write, stored);
}

// The row that a path names, alive, and still what the caller believes it to be.
struct Target {
    std::optional<SimEvent> event;
    Refusal refused;
};

Target FindTarget(const Write& write, const std::string& id) {
    auto event = GoogleRow(write.calendar, id);
    if (!event) return {std::nullopt, GoogleNotFound()};
    if (event->deleted || event->removed_occurrence) {
        if (write.call.request.method == "DELETE")
            return {std::nullopt,
                    GoogleError(410, "global", "deleted", "Resource has been deleted")};
        return {std::nullopt, GoogleError(403, "global", "forbidden", "Forbidden")};
    }
    auto refused = RefusePrecondition(write.call, *event);
    return {std::move(event), std::move(refused)};
}

SimReply Remove(Write& write, const SimEvent& event) {
    RecordRemoval(write, event);
    if (event.series.empty()) {
        write.state.world.Delete(write.calendar, event.id, write.call.now);
    } else {
        SimEvent removed = event;
        removed.removed_occurrence = true;
        write.state.world.Put(write.calendar, std::move(removed), write.call.now);
    }
    SimReply reply;
    reply.status = 204;
    return reply;
}

// May this account change these members of an event of this type?
Refusal RefuseChange(const Write& write, const SimEvent& before, const SimEvent& after,
                     const std::set<std::string>& changed) {
    const bool open =
        before.kept.count("guestsCanModify") != 0 && before.kept.at("guestsCanModify") == "true";
    if (!before.own && !open) {
        const bool others = !Missing(before.guests, after.guests).empty() ||
                            !Missing(after.guests, before.guests).empty();
        if (write.call.request.method == "PUT" || others || AnyOf(changed, kShared))
            return NotTheOrganizer();
    }
    if (before.type == "fromGmail" && AnyOf(changed, kShared))
        return WrongType("This property of an event from Gmail cannot be changed.");
    if (before.type != "birthday") return std::nullopt;
    const bool allowed = std::all_of(changed.begin(), changed.end(), [](const std::string& name) {
        return std::find(kOfBirthdays.begin(), kOfBirthdays.end(), name) != kOfBirthdays.end();
    });
    return allowed ? std::nullopt : WrongType("This property of a birthday cannot be changed.");
}

SimReply Store(Write& write, const SimEvent& before, SimEvent after,
               const std::set<std::string>& changed) {
    constexpr std::array<std::string_view, 3> kTimes{"start", "end", "recurrence"};
    if (before.own && AnyOf(changed, kTimes) && after.sequence == before.sequence)
        after.sequence += 1;
    SimEvent& stored = write.state.world.Put(write.calendar, std::move(after), write.call.now);
    // Reminders are not part of the main data: the etag moves, `updated` does not.
    if (changed == std::set<std::string>{"reminders"}) stored.updated = before.updated;
    const SimEvent result = stored;
    if (AnyOf(changed, kTimes)) TidyMembers(write, result);
    RecordWrite(write, before, result, AnyOf(changed, kShared));
    return Shown(write, result);
}

// PUT: the body is the event. PATCH: the body is laid over it, arrays as a whole.
SimReply Change(Write& write) {
    const Target target = FindTarget(write, write.call.path.back());
    if (target.refused) return *target.refused;
    const SimEvent& before = *target.event;
    const Json shown = GoogleEvent(write.person, before, GoogleView::kFull);
    Json whole = write.body;
    if (write.call.request.method == "PATCH") {
        whole = shown;
        whole.merge_patch(write.body);
    }
    if (write.body.value("status", "") == "cancelled") {
        Remove(write, before);
        return Shown(write, *GoogleRow(write.calendar, before.id));
    }
    // A list that says it is not complete is about the caller alone.
    const bool own_entry_only = write.body.value("attendeesOmitted", false);
    if (own_entry_only) whole["attendees"] = shown.value("attendees", Json::array());
    SimEvent after = before;
    if (auto refused = ReadGoogleEvent(whole, OptionsOf(write.call.query), write.person,
                                       write.calendar, after))
        return *refused;
    if (own_entry_only) AnswerForSelf(write.body, write.person, after);
    const auto changed = ChangedMembers(shown, GoogleEvent(write.person, after, GoogleView::kFull));
    if (auto refused = RefuseChange(write, before, after, changed)) return *refused;
    return Store(write, before, std::move(after), changed);
}

SimReply Move(Write& write, const Grant& grant) {
    const Target target = FindTarget(write, write.call.path[6]);
    if (target.refused) return *target.refused;
    const SimEvent& event = *target.event;
    Calendar* to = GoogleCalendarOf(grant, write.call.query.Get("destination"));
    if (to == nullptr) return GoogleNotFound();
    if (auto refused = RefuseCalendar(*to)) return *refused;
    if (event.type != "default") return *WrongType("Only default events can be moved.");
    if (!event.series.empty()) return *Invalid("An instance cannot be moved.");
    if (!event.own) return *NotTheOrganizer();
    if (to == &write.calendar) return *Invalid("The event is in that calendar.", "destination");
    return Shown(write, write.state.world.Move(write.calendar, event.id, *to, write.call.now));
}

SimReply Carry(Write& write, const Grant& grant) {
    const Call& call = write.call;
    const std::string& method = call.request.method;
    if (method == "POST" && call.PathIs("events/*/move", 5)) return Move(write, grant);
    if (method == "DELETE" && call.PathIs("events/*", 5)) {
        const Target target = FindTarget(write, call.path.back());
        return target.refused ? *target.refused : Remove(write, *target.event);
    }
    const Json body = Json::parse(call.request.body, nullptr, false);
    if (!body.is_object()) return GoogleError(400, "global", "parseError", "Parse Error");
    const bool patching = method == "PATCH";
    // A null clears a member in a PATCH and is nothing elsewhere.
    if (patching)
        write.body = body;
    else
        write.body.merge_patch(body);
    if (method == "POST" && call.PathIs("events", 5)) return Insert(write);
    if (method == "POST" && call.PathIs("events/import", 5)) return Import(write);
    if ((patching || method == "PUT") && call.PathIs("events/*", 5)) return Change(write);
    return GoogleNotFound();
}

}  // namespace

SimReply GoogleWriteEvent(State& state, const Call& call, const Grant& grant, Calendar& calendar) {
    if (auto refused = RefuseScope(grant, MethodOf(call))) return *refused;
    if (auto refused = RefuseQuery(call.query)) return *refused;
    if (auto refused = RefuseCalendar(calendar)) return *refused;
    if (state.IsOverWriteLimit(*grant.person, state.settings.google_write_limit, call.now))
        return GoogleError(403, "usageLimits", "quotaExceeded", "Calendar usage limits exceeded.");
    Write write{state, call, *grant.person, calendar};
    try {
        return Carry(write, grant);
    } catch (const Json::exception&) {
        return GoogleError(400, "global", "parseError", "Parse Error");
    }
}

}  // namespace kamili::simulator
