#include <doctest/doctest.h>

#include <fstream>
#include <set>

#include "tests/simulator/client_of_sim.h"
#include "tests/simulator/schema_check.h"

namespace kamili::simulator {
namespace {

Json Golden(const std::string& name) {
    std::ifstream file(std::string(KAMILI_TEST_DATA) + "/golden/" + name);
    return Json::parse(file);
}

constexpr char kWindow[] = "startDateTime=2025-12-02T00:00:00Z&endDateTime=2027-04-06T00:00:00Z";

}  // namespace

// Aim: bodies that only the simulator would send must not be what the codecs are tested with.
// Method: every reply of a whole sync is held against tables derived from the published schemas.
TEST_CASE("every member of a Google reply is in the discovery document and of its type") {
    const Json types = Golden("google-schema.json");
    ClientOfSim client(2000);
    client.SignInToGoogle();
    const Json list = client.GetJson("/google/calendar/v3/users/me/calendarList?showHidden=true");
    CHECK(CheckGoogle(types, "CalendarList", list) == "");
    CHECK(list["items"].size() == 5);
    std::set<std::string> event_types;
    int rows = 0;
    for (const Json& calendar : list["items"]) {
        for (const Json& page : GooglePages(client, calendar["id"], "maxResults=250")) {
            CHECK(CheckGoogle(types, "Events", page) == "");
            for (const Json& event : page["items"]) {
                event_types.insert(event.value("eventType", ""));
                ++rows;
            }
        }
    }
    CHECK(rows > 1000);
    CHECK(event_types.size() >= 7);  // all six and those without one
}

TEST_CASE("the table of Google's types finds a member that does not exist") {
    const Json types = Golden("google-schema.json");
    CHECK(CheckGoogle(types, "Event", {{"id", "x"}, {"subject", "y"}}) != "");
    CHECK(CheckGoogle(types, "Event", {{"id", 5}}) != "");
    CHECK(CheckGoogle(types, "Event", {{"status", "gone"}}) != "");
}

TEST_CASE("every page of a Graph stream fits the schema") {
    const Json root = Golden("graph-schema.json");
    const Json& defs = root["$defs"];
    ClientOfSim client(2000);
    client.SignInToMicrosoft();
    const Json list = client.GetJson("/microsoft/graph/v1.0/me/calendars");
    CHECK(CheckSchema(root, defs["calendarCollection"], list) == "");
    CHECK(list["value"].size() == 3);
    std::set<std::string> kinds;
    for (const Json& calendar : list["value"]) {
        const std::string target = "/microsoft/graph/v1.0/me/calendars/" +
                                   Encode(calendar["id"].get<std::string>()) +
                                   "/calendarView/delta?" + kWindow;
        for (const Json& page : GraphPages(client, target, {{"Prefer", "odata.maxpagesize=100"}})) {
            CHECK(CheckSchema(root, defs["eventDeltaPage"], page) == "");
            for (const Json& item : page["value"]) kinds.insert(item["type"]);
        }
    }
    CHECK(kinds ==
          std::set<std::string>{"singleInstance", "seriesMaster", "occurrence", "exception"});
}

TEST_CASE("masters with their exceptions fit the schema") {
    const Json root = Golden("graph-schema.json");
    ClientOfSim client(1000);
    client.SignInToMicrosoft();
    const std::vector<net::Header> prefer{{"Prefer", "IdType=\"ImmutableId\""}};
    int cancelled = 0;
    int exceptions = 0;
    const Json world = client.Control("GET", "world?account=microsoft");
    for (const Json& calendar : world["calendars"])
        for (const Json& row : calendar["rows"]) {
            if (row["kind"] != "series") continue;
            const Json item = client.GetJson(
                "/microsoft/graph/v1.0/me/events/" + Encode(row["remote_id"].get<std::string>()) +
                    "?$select=id,type,subject,recurrence,start,end,cancelledOccurrences"
                    "&$expand=exceptionOccurrences",
                prefer);
            CHECK(CheckSchema(root, root["$defs"]["expandedMaster"], item) == "");
            cancelled += int(item["cancelledOccurrences"].size());
            exceptions += int(item["exceptionOccurrences"].size());
        }
    CHECK(cancelled > 5);
    CHECK(exceptions > 20);
}

TEST_CASE("the Graph schema finds a member that does not exist") {
    const Json root = Golden("graph-schema.json");
    const Json& event = root["$defs"]["event"];
    CHECK(CheckSchema(root, event, {{"id", "x"}, {"summary", "y"}}) != "");
    CHECK(CheckSchema(root, event, {{"id", "x"}, {"type", "instance"}}) != "");
    CHECK(CheckSchema(root, event, {{"id", "x"}, {"subject", nullptr}}) == "");
}

TEST_CASE("errors of both services have their shapes") {
    const Json root = Golden("graph-schema.json");
    ClientOfSim client(50);
    const SimReply google = client.Get("/google/calendar/v3/users/me/calendarList");
    CHECK(google.status == 401);
    CHECK(Json::parse(google.body)["error"]["errors"][0]["reason"] == "authError");
    const SimReply graph = client.Get("/microsoft/graph/v1.0/me/calendars");
    CHECK(graph.status == 401);
    CHECK(CheckSchema(root, root["$defs"]["odataError"], Json::parse(graph.body)) == "");
    const SimReply token = client.PostForm("/microsoft/common/oauth2/v2.0/token", "client_id=x");
    CHECK(CheckSchema(root, root["$defs"]["tokenError"], Json::parse(token.body)) == "");
}

}  // namespace kamili::simulator
