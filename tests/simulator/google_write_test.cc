#include <doctest/doctest.h>

#include <fstream>

#include "tests/simulator/client_of_sim.h"
#include "tests/simulator/schema_check.h"

namespace kamili::simulator {
namespace {

constexpr char kEvents[] = "/google/calendar/v3/calendars/primary/events";

std::string Reason(const SimReply& reply) {
    return Json::parse(reply.body)["error"]["errors"][0]["reason"];
}

Json Lunch() {
    return {{"summary", "Lunch"},
            {"start", {{"dateTime", "2026-03-05T12:00:00+01:00"}}},
            {"end", {{"dateTime", "2026-03-05T13:00:00+01:00"}}}};
}

Json Daily() {
    Json event = Lunch();
    event["start"]["timeZone"] = event["end"]["timeZone"] = "Europe/Berlin";
    event["recurrence"] = {"RRULE:FREQ=DAILY;COUNT=10"};
    return event;
}

std::string At(const std::string& id) { return std::string(kEvents) + "/" + Encode(id); }

// Signed in to write, with one event of that body.
struct Writer {
    explicit Writer(const Json& body = Lunch()) {
        client.SignInToWriteGoogle();
        const SimReply reply = client.Write("POST", kEvents, body);
        REQUIRE(reply.status == 200);
        event = Json::parse(reply.body);
        id = event["id"];
    }
    SimReply Patch(const Json& body, const std::string& more = "") {
        return client.Write("PATCH", At(id) + more, body);
    }
    Json Now() { return client.GetJson(At(id)); }
    Json Mails() { return client.Control("GET", "mails")["mails"]; }

    ClientOfSim client{60};
    Json event;
    std::string id;
};

// A calendar of Ada's that she has that role in.
std::string CalendarOf(ClientOfSim& client, const std::string& role) {
    const Json world = client.Control("GET", "world?account=google");
    for (const Json& one : world["calendars"])
        if (one["access_role"] == role && one["primary"] == false) return one["remote_id"];
    return "";
}

}  // namespace

TEST_CASE("an event can be inserted under an id of the caller's, once and for ever") {
    Writer writer;
    Json body = Lunch();
    body["id"] = "kamili0123456789";
    const SimReply made = writer.client.Write("POST", kEvents, body);
    CHECK(made.status == 200);
    CHECK(Json::parse(made.body)["id"] == "kamili0123456789");
    CHECK(Json::parse(made.body)["iCalUID"] == "kamili0123456789@google.com");
    SimReply again = writer.client.Write("POST", kEvents, body);
    CHECK(again.status == 409);
    CHECK(Reason(again) == "duplicate");
    CHECK(writer.client.Write("DELETE", At("kamili0123456789")).status == 204);
    again = writer.client.Write("POST", kEvents, body);
    CHECK(again.status == 409);
    for (const char* wrong : {"abc", "UPPER0", "with-dash", "wxyzw"}) {
        body["id"] = wrong;
        const SimReply refused = writer.client.Write("POST", kEvents, body);
        CHECK(refused.status == 400);
        CHECK(Reason(refused) == "invalid");
    }
}

TEST_CASE("an insert whose answer is lost has happened all the same") {
    Writer writer;
    writer.client.Control("POST", "faults",
                          {{"match", "/events"}, {"method", "POST"}, {"fault", "reset"}});
    Json body = Lunch();
    body["id"] = "lost0000";
    CHECK(writer.client.Write("POST", kEvents, body).fault == SimReply::Fault::kReset);
    CHECK(writer.client.Write("POST", kEvents, body).status == 409);
    CHECK(writer.client.GetJson(At("lost0000"))["summary"] == "Lunch");
}

TEST_CASE("a recurring insert names its zone, and every insert its times") {
    Writer writer;
    Json body = Daily();
    body["start"].erase("timeZone");
    SimReply refused = writer.client.Write("POST", kEvents, body);
    CHECK(refused.status == 400);
    CHECK(Reason(refused) == "required");
    CHECK(writer.client.Write("POST", kEvents, Daily()).status == 200);
    body = Lunch();
    body.erase("end");
    CHECK(Reason(writer.client.Write("POST", kEvents, body)) == "required");
    body["end"] = {{"dateTime", "2026-03-05T11:00:00+01:00"}};
    CHECK(Reason(writer.client.Write("POST", kEvents, body)) == "timeRangeEmpty");
    body["end"] = {{"date", "2026-03-06"}};
    CHECK(writer.client.Write("POST", kEvents, body).status == 400);
    body = Daily();
    body["recurrence"] = {"RRULE:FREQ=HOURLY"};
    CHECK(writer.client.Write("POST", kEvents, body).status == 400);
}

TEST_CASE("a series is echoed and its truth is what was written") {
    Json body = Daily();
    body["recurrence"] = {"EXDATE;TZID=Europe/Berlin:20260307T120000",
                          "RRULE:FREQ=WEEKLY;UNTIL=20260401T095959Z;BYDAY=TH,SA"};
    Writer writer(body);
    CHECK(writer.event["recurrence"][0] == "EXDATE;TZID=Europe/Berlin:20260307T120000");
    // At the time of UNTIL that day's occurrence would not have begun.
    CHECK(writer.event["recurrence"][1] ==
          "RRULE:FREQ=WEEKLY;BYDAY=TH,SA;WKST=MO;UNTIL=20260331T215959Z");
    const Json seen = writer.client.Control(
        "GET", "occurrences?account=google&from=2026-03-05T00:00:00Z&to=2026-03-13T00:00:00Z");
    int found = 0;
    for (const Json& one : seen["occurrences"]) found += one["remote_id"] == writer.id ? 1 : 0;
    CHECK(found == 2);  // the 5th and the 12th; the 7th is taken out
}

TEST_CASE("a PUT clears what it does not name, a PATCH keeps it and replaces arrays") {
    Json body = Lunch();
    body["location"] = "Canteen";
    body["description"] = "Soup";
    body["reminders"] = {{"useDefault", false},
                         {"overrides", {{{"method", "popup"}, {"minutes", 5}}}}};
    body["attendees"] = {{{"email", "priya@example.net"}}, {{"email", "mira@example.net"}}};
    Writer writer(body);
    const std::string first = writer.event["etag"];
    Json patched = Json::parse(writer.Patch({{"summary", "Brunch"}}).body);
    CHECK(patched["summary"] == "Brunch");
    CHECK(patched["location"] == "Canteen");
    CHECK(patched["reminders"]["overrides"][0]["minutes"] == 5);
    CHECK(patched["attendees"].size() == 2);
    CHECK(patched["etag"] != first);
    patched = Json::parse(
        writer.Patch({{"location", nullptr}, {"attendees", {{{"email", "mira@example.net"}}}}})
            .body);
    CHECK(!patched.contains("location"));
    REQUIRE(patched["attendees"].size() == 1);
    CHECK(patched["attendees"][0]["responseStatus"] == "needsAction");
    const SimReply put = writer.client.Write("PUT", At(writer.id), Lunch());
    const Json whole = Json::parse(put.body);
    CHECK(whole["summary"] == "Lunch");
    CHECK(!whole.contains("description"));
    CHECK(!whole.contains("attendees"));
    CHECK(whole["reminders"]["useDefault"] == true);
    CHECK(whole == writer.Now());
}

TEST_CASE("reminders move the etag of an event and not its time of change") {
    Writer writer;
    writer.client.now += std::chrono::minutes(5);
    const Json patched = Json::parse(writer.Patch({{"reminders", {{"useDefault", false}}}}).body);
    CHECK(patched["updated"] == writer.event["updated"]);
    CHECK(patched["etag"] != writer.event["etag"]);
    CHECK(writer.Patch({{"reminders", {{"overrides", {{{"method", "popup"}}}}}}}).status == 400);
    CHECK(Json::parse(writer.Patch({{"summary", "Other"}}).body)["updated"] !=
          writer.event["updated"]);
}

TEST_CASE("If-Match holds a write back when the event has moved on") {
    Writer writer;
    const std::string old = writer.event["etag"];
    const std::vector<net::Header> match{{"If-Match", old}};
    const SimReply fits = writer.client.Write("PATCH", At(writer.id), {{"summary", "B"}}, match);
    CHECK(fits.status == 200);
    CHECK(Json::parse(fits.body)["etag"] != old);
    for (const char* method : {"PATCH", "PUT", "DELETE"}) {
        const SimReply stale = writer.client.Write(method, At(writer.id), Lunch(), match);
        CHECK(stale.status == 412);
        CHECK(Reason(stale) == "conditionNotMet");
    }
    CHECK(writer.Now()["summary"] == "B");
}

TEST_CASE("shared properties are the organizer's, and a reader writes nothing") {
    Writer writer;
    writer.client.Control("POST", "events",
                          {{"account", "google"}, {"id", writer.id}, {"response", "needs_action"}});
    SimReply refused = writer.client.Write("PUT", At(writer.id), Lunch());
    CHECK(refused.status == 403);
    CHECK(Reason(refused) == "forbiddenForNonOrganizer");
    CHECK(writer.Patch({{"summary", "Mine"}}).status == 403);
    CHECK(writer.Patch({{"colorId", "3"}}).status == 200);
    const std::string reader = CalendarOf(writer.client, "reader");
    refused = writer.client.Write(
        "POST", "/google/calendar/v3/calendars/" + Encode(reader) + "/events", Lunch());
    CHECK(refused.status == 403);
    CHECK(Reason(refused) == "requiredAccessLevel");
}

TEST_CASE("the types that a program may not touch stay as they are") {
    Writer writer;
    CHECK(writer.Patch({{"eventType", "focusTime"}}).status == 400);
    Json body = Lunch();
    body["eventType"] = "fromGmail";
    CHECK(writer.client.Write("POST", kEvents, body).status == 400);
    body = {{"summary", "Ewa"},
            {"eventType", "birthday"},
            {"start", {{"date", "2026-04-01"}}},
            {"end", {{"date", "2026-04-02"}}},
            {"recurrence", {"RRULE:FREQ=YEARLY"}}};
    const SimReply birthday = writer.client.Write("POST", kEvents, body);
    REQUIRE(birthday.status == 200);
    const std::string target = At(Json::parse(birthday.body)["id"]);
    CHECK(writer.client.Write("PATCH", target, {{"summary", "Ewa B."}}).status == 200);
    CHECK(writer.client.Write("PATCH", target, {{"location", "Home"}}).status == 400);
    body["recurrence"] = {"RRULE:FREQ=DAILY"};
    CHECK(writer.client.Write("POST", kEvents, body).status == 400);
}

TEST_CASE("a deletion is empty, the second one 410, and nothing can be written to what is gone") {
    Writer writer;
    const SimReply gone = writer.client.Write("DELETE", At(writer.id));
    CHECK(gone.status == 204);
    CHECK(gone.body.empty());
    const SimReply again = writer.client.Write("DELETE", At(writer.id));
    CHECK(again.status == 410);
    CHECK(Reason(again) == "deleted");
    CHECK(writer.Patch({{"summary", "Back"}}).status == 403);
    CHECK(writer.client.Write("DELETE", At("unknown0")).status == 404);
    CHECK(writer.Now()["status"] == "cancelled");
}

TEST_CASE("an occurrence is changed and cancelled under the id that follows from its start") {
    Writer writer(Daily());
    const std::string id = writer.id + "_20260306T110000Z";
    const SimReply moved =
        writer.client.Write("PATCH", At(id),
                            {{"start", {{"dateTime", "2026-03-06T14:00:00+01:00"}}},
                             {"end", {{"dateTime", "2026-03-06T15:00:00+01:00"}}}});
    REQUIRE(moved.status == 200);
    const Json exception = Json::parse(moved.body);
    CHECK(exception["id"] == id);
    CHECK(exception["recurringEventId"] == writer.id);
    CHECK(exception["originalStartTime"]["dateTime"] == "2026-03-06T12:00:00+01:00");
    CHECK(writer.client.GetJson(At(id))["start"]["dateTime"] == "2026-03-06T14:00:00+01:00");
    const std::string other = writer.id + "_20260307T110000Z";
    CHECK(writer.client.Write("DELETE", At(other)).status == 204);
    CHECK(writer.client.GetJson(At(other))["status"] == "cancelled");
    CHECK(writer.client.Write("DELETE", At(other)).status == 410);
    CHECK(writer.client.Write("PATCH", At(writer.id + "_20260306T120000Z"), Lunch()).status == 404);
    Json override = Lunch();
    override["iCalUID"] = writer.event["iCalUID"];
    const SimReply refused = writer.client.Write("POST", kEvents, override);
    CHECK(refused.status == 409);
    const Json instances = writer.client.GetJson(At(writer.id) + "/instances");
    CHECK(instances["items"].size() == 9);
    const Json one = writer.client.GetJson(
        At(writer.id) + "/instances?originalStart=" + Encode("2026-03-06T12:00:00+01:00"));
    REQUIRE(one["items"].size() == 1);
    CHECK(one["items"][0]["id"] == id);
}

TEST_CASE("a series that is cut short takes its later exceptions along") {
    Writer writer(Daily());
    const std::string id = writer.id + "_20260312T110000Z";
    CHECK(writer.client.Write("PATCH", At(id), {{"summary", "Late"}}).status == 200);
    CHECK(writer.Patch({{"recurrence", {"RRULE:FREQ=DAILY;COUNT=3"}}}).status == 200);
    CHECK(writer.client.GetJson(At(id))["status"] == "cancelled");
    const Json single = Json::parse(writer.Patch({{"recurrence", nullptr}}).body);
    CHECK(!single.contains("recurrence"));
    const Json truth = writer.client.Control("GET", "world?account=google&everything=true");
    for (const Json& row : truth["calendars"][0]["rows"])
        CHECK(row.value("series_remote_id", "") != writer.id);
}

TEST_CASE("mails go out only if the write asks for them, and to those whom it concerns") {
    Json body = Lunch();
    body["attendees"] = {{{"email", "priya@example.net"}}, {{"email", "mira@example.org"}}};
    Writer writer(body);
    CHECK(writer.Mails().empty());
    CHECK(writer.Patch({{"summary", "Silent"}}, "?sendUpdates=none").status == 200);
    CHECK(writer.Mails().empty());
    CHECK(writer.Patch({{"summary", "Loud"}}, "?sendUpdates=externalOnly").status == 200);
    REQUIRE(writer.Mails().size() == 1);
    CHECK(writer.Mails()[0]["to"] == "priya@example.net");
    CHECK(writer.Mails()[0]["kind"] == "update");
    writer.client.Control("DELETE", "mails");
    const Json fewer{{"attendees", {{{"email", "priya@example.net"}}}}};
    CHECK(writer.Patch(fewer, "?sendUpdates=all").status == 200);
    REQUIRE(writer.Mails().size() == 1);
    CHECK(writer.Mails()[0]["to"] == "mira@example.org");
    CHECK(writer.Mails()[0]["kind"] == "cancellation");
    CHECK(writer.Patch({{"summary", "x"}}, "?sendUpdates=maybe").status == 400);
    CHECK(writer.Patch({{"summary", "x"}}, "?colour=red").status == 400);
}

TEST_CASE("an answer is given by the own entry of the list, the others stay") {
    Json body = Lunch();
    body["attendees"] = {{{"email", "priya@example.net"}, {"responseStatus", "accepted"}},
                         {{"email", "ada@example.org"}}};
    Writer writer(body);
    writer.client.Control("POST", "events",
                          {{"account", "google"}, {"id", writer.id}, {"response", "needs_action"}});
    const Json own{{"email", "ada@example.org"}, {"responseStatus", "declined"}};
    // A short list without the mark takes the others out, which is not a guest's to do.
    CHECK(writer.Patch({{"attendees", {own}}}).status == 403);
    const SimReply answered =
        writer.Patch({{"attendees", {own}}, {"attendeesOmitted", true}}, "?sendUpdates=all");
    REQUIRE(answered.status == 200);
    CHECK(Json::parse(answered.body)["attendees"][0]["responseStatus"] == "accepted");
    CHECK(Json::parse(answered.body)["attendees"][1]["responseStatus"] == "declined");
    REQUIRE(writer.Mails().size() == 1);
    CHECK(writer.Mails()[0]["kind"] == "response");
    const Json world = writer.client.Control("GET", "world?account=google");
    int found = 0;
    for (const Json& row : world["calendars"][0]["rows"])
        found += row["remote_id"] == writer.id && row["response"] == "declined" ? 1 : 0;
    CHECK(found == 1);
}

TEST_CASE("a conference is made only by a write that knows of conferences") {
    Json body = Lunch();
    body["conferenceData"] = {{"createRequest", {{"requestId", "one"}}}};
    Writer writer(body);
    CHECK(!writer.event.contains("conferenceData"));
    const Json with = Json::parse(
        writer.Patch({{"conferenceData", body["conferenceData"]}}, "?conferenceDataVersion=1")
            .body);
    CHECK(with.contains("hangoutLink"));
    CHECK(Json::parse(writer.client.Write("PUT", At(writer.id), Lunch()).body)["hangoutLink"] ==
          with["hangoutLink"]);
    const std::string version = At(writer.id) + "?conferenceDataVersion=1";
    CHECK(!Json::parse(writer.client.Write("PUT", version, Lunch()).body).contains("hangoutLink"));
}

TEST_CASE("a sequence number never goes back") {
    Writer writer;
    const Json moved = Json::parse(
        writer.Patch({{"start", {{"dateTime", "2026-03-05T11:00:00+01:00"}}}, {"sequence", 4}})
            .body);
    CHECK(moved["sequence"] == 4);
    CHECK(writer.Patch({{"sequence", 3}}).status == 400);
    const Json later =
        Json::parse(writer.Patch({{"end", {{"dateTime", "2026-03-05T14:00:00+01:00"}}}}).body);
    CHECK(later["sequence"] == 5);
}

TEST_CASE("an event moves to another calendar and leaves its id behind") {
    Writer writer(Daily());
    const std::string exception = writer.id + "_20260306T110000Z";
    writer.client.Write("PATCH", At(exception), {{"summary", "Other"}});
    const std::string team = CalendarOf(writer.client, "writer");
    const std::string to = "/move?destination=" + Encode(team);
    CHECK(writer.client.Write("POST", At(exception) + to).status == 400);
    CHECK(writer.client.Write("POST", At(writer.id) + to).status == 200);
    const Json left = writer.Now();
    CHECK(left["status"] == "cancelled");
    CHECK(!left.contains("summary"));
    const std::string there = "/google/calendar/v3/calendars/" + Encode(team) + "/events/";
    CHECK(writer.client.GetJson(there + writer.id)["summary"] == "Lunch");
    CHECK(writer.client.GetJson(there + exception)["summary"] == "Other");
    CHECK(writer.client.Write("POST", At(writer.id) + to).status == 403);
    Json focus = Lunch();
    focus["eventType"] = "focusTime";
    const std::string id = Json::parse(writer.client.Write("POST", kEvents, focus).body)["id"];
    CHECK(writer.client.Write("POST", At(id) + to).status == 400);
}

TEST_CASE("an import makes a private copy, and again the same one") {
    Writer writer;
    const std::string target = std::string(kEvents) + "/import";
    Json body = Lunch();
    CHECK(writer.client.Write("POST", target, body).status == 400);
    body["iCalUID"] = "elsewhere@example.net";
    body["organizer"] = {{"email", "priya@example.net"}};
    const Json first = Json::parse(writer.client.Write("POST", target, body).body);
    CHECK(first["iCalUID"] == "elsewhere@example.net");
    CHECK(first["organizer"]["email"] == "priya@example.net");
    body["summary"] = "Renamed";
    const Json second = Json::parse(writer.client.Write("POST", target, body).body);
    CHECK(second["id"] == first["id"]);
    CHECK(second["summary"] == "Renamed");
    body["eventType"] = "focusTime";
    CHECK(writer.client.Write("POST", target, body).status == 400);
}

TEST_CASE("what was written comes back with the next increment") {
    Writer writer;
    const auto pages = GooglePages(writer.client, "primary", "");
    const std::string since =
        "syncToken=" + Encode(pages.back()["nextSyncToken"].get<std::string>());
    const Json patched = Json::parse(writer.Patch({{"summary", "Echo"}}).body);
    Json items = GooglePages(writer.client, "primary", since).back()["items"];
    REQUIRE(items.size() == 1);
    CHECK(items[0] == patched);
    CHECK(items[0]["etag"] != writer.event["etag"]);
    writer.client.Write("DELETE", At(writer.id));
    items = GooglePages(writer.client, "primary", since).back()["items"];
    REQUIRE(items.size() == 1);
    CHECK(items[0]["status"] == "cancelled");
}

TEST_CASE("writing has scopes of its own") {
    Writer writer;
    writer.client.SignInToGoogle();
    const SimReply refused = writer.client.Write("POST", kEvents, Lunch());
    CHECK(refused.status == 403);
    CHECK(Reason(refused) == "insufficientPermissions");
    CHECK(Json::parse(refused.body)["error"]["details"][0]["metadata"]["method"] ==
          "calendar.v3.Events.Insert");
    CHECK(writer.Patch({{"summary", "No"}}).status == 403);
    CHECK(writer.client.Write("DELETE", At(writer.id)).status == 403);
    CHECK(writer.Now()["summary"] == "Lunch");
    writer.client.SignIn("google", {"https://www.googleapis.com/auth/calendar.app.created"});
    CHECK(writer.Patch({{"summary", "Yes"}}).status == 200);
    CHECK(writer.client.Write("POST", At(writer.id) + "/move?destination=x").status == 403);
}

TEST_CASE("a PATCH counts as three requests of the minute") {
    Writer writer;
    writer.client.now += std::chrono::minutes(2);
    writer.client.Control("POST", "settings", {{"google_limit", 7}});
    CHECK(writer.Patch({{"summary", "1"}}).status == 200);
    CHECK(writer.Patch({{"summary", "2"}}).status == 200);
    CHECK(writer.client.Get(At(writer.id)).status == 200);
    const SimReply limited = writer.client.Get(At(writer.id));
    CHECK(limited.status == 403);
    CHECK(Reason(limited) == "userRateLimitExceeded");
}

TEST_CASE("who writes too much in a day can still read") {
    Writer writer;
    writer.client.Control("POST", "settings", {{"google_write_limit", 1}});
    CHECK(writer.Patch({{"summary", "1"}}).status == 200);
    const SimReply limited = writer.Patch({{"summary", "2"}});
    CHECK(limited.status == 403);
    CHECK(Reason(limited) == "quotaExceeded");
    CHECK(writer.Now()["summary"] == "1");
    writer.client.now += std::chrono::hours(25);
    writer.client.SignInToWriteGoogle();
    CHECK(writer.Patch({{"summary", "3"}}).status == 200);
}

TEST_CASE("replies to writes have the published shape") {
    std::ifstream file(std::string(KAMILI_TEST_DATA) + "/golden/google-schema.json");
    const Json types = Json::parse(file);
    Json body = Daily();
    body["attendees"] = {{{"email", "priya@example.net"}}};
    body["extendedProperties"] = {{"private", {{"kamili", "1"}}}};
    body["source"] = {{"title", "x"}, {"url", "https://example.net"}};
    body["guestsCanModify"] = true;
    body["summery"] = "misspelt";
    Writer writer(body);
    CHECK(CheckGoogle(types, "Event", writer.event) == "");
    CHECK(writer.event["extendedProperties"]["private"]["kamili"] == "1");
    const Json patched = Json::parse(writer.Patch({{"visibility", "private"}}).body);
    CHECK(CheckGoogle(types, "Event", patched) == "");
    CHECK(patched["guestsCanModify"] == true);
    CHECK(writer.Patch({{"attendees", "nobody"}}).status == 400);
    CHECK(writer.client
              .Send("POST", kEvents, {{"Authorization", "Bearer " + writer.client.token}}, "{")
              .status == 400);
}

}  // namespace kamili::simulator
