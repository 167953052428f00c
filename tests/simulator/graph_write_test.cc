#include <doctest/doctest.h>

#include <fstream>

#include "tests/simulator/graph_writer.h"
#include "tests/simulator/schema_check.h"

namespace kamili::simulator {

TEST_CASE("an event is created with what the service fills in, in the zone that was sent") {
    GraphWriter writer;
    const SimReply made = writer.Send("POST", "events", GraphLunch(),
                                      {{"Prefer", "outlook.timezone=\"Tokyo Standard Time\""}});
    CHECK(made.status == 201);
    const Json event = Json::parse(made.body);
    CHECK(event["start"]["dateTime"] == "2026-03-05T12:00:00.0000000");
    CHECK(event["start"]["timeZone"] == "W. Europe Standard Time");
    CHECK(event["originalStartTimeZone"] == "W. Europe Standard Time");
    CHECK(event["type"] == "singleInstance");
    CHECK(event["isOrganizer"] == true);
    CHECK(event["responseStatus"]["response"] == "organizer");
    CHECK(event["transactionId"].is_null());
    CHECK(event["iCalUId"].get<std::string>().size() > 60);
    const Json utc = writer.Look("events/" + Encode(event["id"].get<std::string>()));
    CHECK(utc["start"]["dateTime"] == "2026-03-05T11:00:00.0000000");
    const Json world = writer.client.Control("GET", "world?account=microsoft");
    int found = 0;
    for (const Json& row : world["calendars"][0]["rows"])
        found += row["title"] == "Lunch" && row["start"] == "2026-03-05T12:00:00+01:00" ? 1 : 0;
    CHECK(found == 2);
}

TEST_CASE("times that cannot be are refused") {
    GraphWriter writer;
    const auto refused = [&](const Json& changes) {
        Json body = GraphLunch();
        body.update(changes);
        const SimReply reply = writer.Send("POST", "events", body);
        return reply.status == 400 ? GraphCode(reply) : "created";
    };
    CHECK(refused(Json::object()) == "created");
    CHECK(refused({{"start", GraphAt("2026-03-05T12:00:00", "Mars Standard Time")}}) ==
          "TimeZoneNotSupportedException");
    CHECK(refused({{"end", GraphAt("2026-03-05T11:00:00")}}) == "ErrorPropertyValidationFailure");
    CHECK(refused({{"end", nullptr}}) == "ErrorPropertyValidationFailure");
    CHECK(refused({{"start", nullptr}}) == "ErrorPropertyValidationFailure");
    CHECK(refused({{"isAllDay", true}}) == "ErrorPropertyValidationFailure");
    const Json day{{"isAllDay", true},
                   {"start", GraphAt("2026-03-05T00:00:00")},
                   {"end", GraphAt("2026-03-06T00:00:00")}};
    CHECK(refused(day) == "created");
    Json zones = day;
    zones["end"]["timeZone"] = "UTC";
    CHECK(refused(zones) == "ErrorPropertyValidationFailure");
    Json empty = day;
    empty["end"] = day["start"];
    CHECK(refused(empty) == "ErrorPropertyValidationFailure");
    const Json iana{{"start", GraphAt("2026-03-05T12:00:00", "Europe/Berlin")}};
    CHECK(refused(iana) == "created");
    writer.Set({{"graph_iana_names", false}});
    CHECK(refused(iana) == "TimeZoneNotSupportedException");
    CHECK(refused({{"summary", "x"}}) == "RequestBodyRead");
    CHECK(refused({{"showAs", "away"}}) == "RequestBodyRead");
    CHECK(refused({{"subject", 5}}) == "RequestBodyRead");
    Json series = GraphDaily();
    series["recurrence"]["range"]["startDate"] = "2026-03-06";
    CHECK(refused(series) == "ErrorPropertyValidationFailure");
}

TEST_CASE("a transaction makes one event, however often it is sent, and is never changed") {
    GraphWriter writer;
    Json body = GraphLunch();
    body["transactionId"] = "6f6d9f0b-6d2d-4c6f-9a55-0d7a4a2f1c11";
    const SimReply first = writer.Send("POST", "events", body);
    writer.client.now += std::chrono::minutes(1);
    const SimReply second = writer.Send("POST", "events", body);
    CHECK(first.status == 201);
    CHECK(second.status == 201);
    CHECK(Json::parse(second.body)["id"] == Json::parse(first.body)["id"]);
    CHECK(Json::parse(second.body)["transactionId"] == body["transactionId"]);
    const Json view = writer.Look(
        "calendarView?startDateTime=2026-03-05T11:00:00Z&endDateTime=2026-03-05T12:00:00Z&$top=99");
    int lunches = 0;
    for (const Json& one : view["value"]) lunches += one["subject"] == "Lunch" ? 1 : 0;
    CHECK(lunches == 2);  // the writer's own, and one of the transaction
    const SimReply refused = writer.Patch({{"transactionId", "other"}});
    CHECK(refused.status == 400);
    CHECK(GraphCode(refused) == "ErrorInvalidRequest");
}

TEST_CASE("a PATCH merges, one place replaces all, and what is read only stays") {
    Json body = GraphLunch();
    body["body"] = {{"contentType", "html"}, {"content", "<p>Soup &amp; salad</p>"}};
    body["locations"] = {{{"displayName", "Canteen"}}, {{"displayName", "Garden"}}};
    body["categories"] = {"Food"};
    body["importance"] = "high";
    GraphWriter writer(body);
    CHECK(writer.event["locations"].size() == 2);
    CHECK(writer.event["location"]["displayName"] == "Canteen");
    CHECK(writer.event["body"]["content"] == "<p>Soup &amp; salad</p>");
    CHECK(writer.event["bodyPreview"] == "Soup & salad");
    Json patched = Json::parse(writer.Patch({{"subject", "Brunch"}}).body);
    CHECK(patched["subject"] == "Brunch");
    CHECK(patched["categories"][0] == "Food");
    CHECK(patched["importance"] == "high");
    CHECK(patched["body"]["content"] == "<p>Soup &amp; salad</p>");
    patched = Json::parse(writer.Patch({{"location", {{"displayName", "Roof"}}}}).body);
    CHECK(patched["locations"].size() == 1);
    CHECK(patched["locations"][0]["displayName"] == "Roof");
    const Json moved{{"start", GraphAt("2026-03-05T20:00:00", "Tokyo Standard Time")},
                     {"end", GraphAt("2026-03-05T21:00:00", "Tokyo Standard Time")}};
    patched = Json::parse(writer.Patch(moved).body);
    CHECK(patched["start"]["timeZone"] == "Tokyo Standard Time");
    CHECK(writer.Now()["start"]["dateTime"] == "2026-03-05T11:00:00.0000000");
    const Json read_only{{"changeKey", "x"}, {"iCalUId", "y"}, {"subject", "Same"}};
    patched = Json::parse(writer.Patch(read_only).body);
    CHECK(patched["iCalUId"] == writer.event["iCalUId"]);
    CHECK(patched["subject"] == "Same");
    writer.Set({{"graph_read_only_ignored", false}});
    CHECK(writer.Patch(read_only).status == 400);
    CHECK(writer.Patch({{"subject", "Next"}}).status == 200);
}

TEST_CASE(
    "If-Match is held against the etag; some refusals have no reason, some changes no effect") {
    GraphWriter writer;
    const std::vector<net::Header> match{
        {"If-Match", writer.event["@odata.etag"].get<std::string>()}};
    const Json fits = Json::parse(writer.Patch({{"subject", "B"}}, match).body);
    CHECK(fits["@odata.etag"] != writer.event["@odata.etag"]);
    const SimReply stale = writer.Patch({{"subject", "C"}}, match);
    CHECK(stale.status == 412);
    CHECK(GraphCode(stale) == "ErrorIrresolvableConflict");
    CHECK(writer.Send("DELETE", "events/" + Encode(writer.id), Json(), match).status == 412);
    CHECK(writer.Now()["subject"] == "B");
    writer.Set({{"graph_spurious_412", 1}});
    CHECK(writer.Patch({{"subject", "D"}}).status == 412);
    CHECK(writer.Patch({{"subject", "D"}}).status == 200);
    writer.Set({{"graph_lost_writes", 1}});
    const SimReply lost = writer.Patch({{"subject", "E"}});
    CHECK(lost.status == 200);
    CHECK(Json::parse(lost.body)["subject"] == "E");
    CHECK(writer.Now()["subject"] == "D");
    CHECK(writer.Patch({{"subject", "E"}}).status == 200);
    CHECK(writer.Now()["subject"] == "E");
}

TEST_CASE("every write of a meeting leaves its mails in the ledger") {
    GraphWriter writer;
    CHECK(writer.Patch({{"subject", "Alone"}}).status == 200);
    CHECK(writer.Mails().empty());
    const auto kinds = [&writer] {
        std::string text;
        for (const Json& mail : writer.Mails())
            text += mail["kind"].get<std::string>() + ">" + mail["to"].get<std::string>() + " ";
        writer.client.Control("DELETE", "mails");
        return text;
    };
    writer.Patch(
        {{"attendees", {GraphGuest("priya@example.net"), GraphGuest("mira@example.net")}}});
    CHECK(kinds() == "invitation>priya@example.net invitation>mira@example.net ");
    writer.Patch(
        {{"attendees", {GraphGuest("priya@example.net"), GraphGuest("tomas@example.net")}}});
    CHECK(kinds() == "invitation>tomas@example.net cancellation>mira@example.net ");
    writer.Patch({{"categories", {"Work"}}, {"reminderMinutesBeforeStart", 5}});
    CHECK(kinds() == "");
    writer.Patch({{"subject", "Together"}});
    CHECK(kinds() == "update>priya@example.net update>tomas@example.net ");
    writer.Send("DELETE", "events/" + Encode(writer.id));
    CHECK(kinds() == "cancellation>priya@example.net cancellation>tomas@example.net ");
}

TEST_CASE("writing has a permission of its own, and read-only calendars are not written to") {
    GraphWriter writer;
    const Json calendars = writer.Look("calendars")["value"];
    const auto events_of = [&](int i) {
        return "calendars/" + Encode(calendars[std::size_t(i)]["id"].get<std::string>()) +
               "/events";
    };
    CHECK(calendars[2]["canEdit"] == false);
    CHECK(writer.Send("POST", events_of(1), GraphLunch()).status == 201);
    SimReply refused = writer.Send("POST", events_of(2), GraphLunch());
    CHECK(refused.status == 403);
    CHECK(GraphCode(refused) == "ErrorAccessDenied");
    writer.client.Control(
        "POST", "calendars",
        {{"account", "microsoft"}, {"id", calendars[2]["id"]}, {"role", "writer"}});
    CHECK(writer.Send("POST", events_of(2), GraphLunch()).status == 403);  // .Shared is missing
    writer.client.SignIn("microsoft", {"Calendars.ReadWrite.Shared"});
    CHECK(writer.Send("POST", events_of(2), GraphLunch()).status == 201);
    writer.client.SignInToMicrosoft();
    CHECK(writer.Send("POST", "events", GraphLunch()).status == 403);
    CHECK(writer.Patch({{"subject", "x"}}).status == 403);
    CHECK(writer.Send("DELETE", "events/" + Encode(writer.id)).status == 403);
    CHECK(writer.Now()["subject"] == "Lunch");
}

TEST_CASE("an event is to be had under its own path or its calendar's, not the default one's") {
    GraphWriter writer;
    const Json calendars = writer.Look("calendars")["value"];
    const auto in = [&](int i) {
        return "calendars/" + Encode(calendars[std::size_t(i)]["id"].get<std::string>()) +
               "/events/" + Encode(writer.id);
    };
    CHECK(writer.Send("PATCH", in(0), {{"subject", "A"}}).status == 200);
    CHECK(writer.Send("PATCH", in(1), {{"subject", "B"}}).status == 404);
    CHECK(writer.Send("PATCH", "calendar/events/" + Encode(writer.id), Json::object()).status ==
          501);
    CHECK(writer.Send("PATCH", "events/damaged", Json::object()).status == 400);
    CHECK(writer.Send("PUT", "events/" + Encode(writer.id), Json::object()).status == 405);
    CHECK(writer.Send("POST", "calendars", {{"name", "New"}}).status == 403);
    CHECK(writer.Send("DELETE", "events/" + Encode(writer.id)).status == 204);
    CHECK(writer.Send("DELETE", "events/" + Encode(writer.id)).status == 404);
}

TEST_CASE("replies to Graph writes fit the schema") {
    std::ifstream file(std::string(KAMILI_TEST_DATA) + "/golden/graph-schema.json");
    const Json root = Json::parse(file);
    const Json& event = root["$defs"]["event"];
    Json body = GraphDaily();
    body["attendees"] = {GraphGuest("priya@example.net")};
    body["isOnlineMeeting"] = true;
    body["locations"] = {{{"displayName", "Canteen"}}};
    body["body"] = {{"contentType", "text"}, {"content", "a < b"}};
    body["sensitivity"] = "private";
    body["reminderMinutesBeforeStart"] = 0;
    GraphWriter writer(body);
    CHECK(CheckSchema(root, event, writer.event) == "");
    CHECK(writer.event["onlineMeeting"].is_object());
    CHECK(writer.event["reminderMinutesBeforeStart"] == 0);
    CHECK(CheckSchema(root, event, Json::parse(writer.Patch({{"hideAttendees", true}}).body)) ==
          "");
    const SimReply refused = writer.Patch({{"summery", true}});
    CHECK(CheckSchema(root, root["$defs"]["odataError"], Json::parse(refused.body)) == "");
}

}  // namespace kamili::simulator
