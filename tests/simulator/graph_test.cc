#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "tests/simulator/client_of_sim.h"

namespace kamili::simulator {
namespace {

constexpr char kMe[] = "/microsoft/graph/v1.0/me/";
constexpr char kWindow[] = "startDateTime=2025-12-02T00:00:00Z&endDateTime=2027-04-06T00:00:00Z";
const std::vector<net::Header> kPrefer{
    {"Prefer", "IdType=\"ImmutableId\", outlook.timezone=\"UTC\", odata.maxpagesize=40"}};

std::vector<Json> Round(ClientOfSim& client, const std::string& target) {
    return GraphPages(client, target, kPrefer);
}

std::vector<Json> FirstRound(ClientOfSim& client) {
    return Round(client, std::string(kMe) + "calendarView/delta?" + kWindow);
}

std::string DeltaTarget(const std::vector<Json>& pages) {
    return ClientOfSim::TargetOf(pages.back()["@odata.deltaLink"]);
}

std::vector<Json> Items(const std::vector<Json>& pages) {
    std::vector<Json> items;
    for (const Json& page : pages)
        for (const Json& item : page["value"]) items.push_back(item);
    return items;
}

std::string Code(const SimReply& reply) { return Json::parse(reply.body)["error"]["code"]; }

std::string MakeEvent(ClientOfSim& client, const Json& more) {
    Json body{{"account", "microsoft"},
              {"title", "Made"},
              {"start", "2026-03-05T10:00:00+01:00"},
              {"end", "2026-03-05T11:00:00+01:00"}};
    body.update(more);
    return client.Control("POST", "events", body)["id"];
}

}  // namespace

TEST_CASE("a first round shows singles whole, series as master, stubs and exceptions") {
    ClientOfSim client;
    client.SignInToMicrosoft();
    const auto pages = FirstRound(client);
    CHECK(pages.size() > 3);
    CHECK(pages.back()["value"].empty());
    std::set<std::string> masters;
    for (const Json& item : Items(pages)) {
        const std::string type = item["type"];
        if (type == "seriesMaster") masters.insert(item["id"]);
        if (type == "occurrence") CHECK_FALSE(item.contains("subject"));
        if (type == "occurrence" || type == "exception")
            CHECK(masters.count(item["seriesMasterId"]) == 1);
    }
    CHECK(masters.size() > 10);
}

TEST_CASE("the stubs and exceptions of a round are the occurrences of the own expander") {
    ClientOfSim client;
    client.SignInToMicrosoft();
    std::multiset<std::string> streamed;
    for (const Json& item : Items(FirstRound(client)))
        if (item["type"] != "seriesMaster")
            streamed.insert(item["start"]["dateTime"].get<std::string>().substr(0, 16));
    const Json truth = client.Control(
        "GET", "occurrences?account=microsoft&from=2025-12-02T00:00:00Z&to=2027-04-06T00:00:00Z");
    const std::string primary =
        client.Control("GET", "world?account=microsoft")["calendars"][0]["remote_id"];
    std::multiset<std::string> expected;
    for (const Json& one : truth["occurrences"])
        if (one["calendar"] == primary) {
            const auto start = ParseRfc3339(one["start"].get<std::string>());
            expected.insert(start ? FormatUtc(*start).substr(0, 16)
                                  : one["start"].get<std::string>() + "T00:00");
        }
    CHECK(streamed == expected);
    CHECK(streamed.size() > 500);
}

TEST_CASE("a series is never split over pages") {
    ClientOfSim client;
    client.SignInToMicrosoft();
    const auto pages = FirstRound(client);
    std::set<std::string> finished;
    bool larger = false;
    for (const Json& page : pages) {
        larger = larger || page["value"].size() > 40;
        std::set<std::string> here;
        for (const Json& item : page["value"])
            if (item.contains("seriesMasterId") && item["seriesMasterId"].is_string())
                here.insert(item["seriesMasterId"]);
        for (const std::string& id : here) CHECK(finished.insert(id).second);
    }
    CHECK(larger);
}

TEST_CASE("an increment tells of changes, deletions and what left the window") {
    ClientOfSim client;
    client.SignInToMicrosoft();
    const std::string delta = DeltaTarget(FirstRound(client));
    CHECK(Items(Round(client, delta)).empty());
    const std::string inside = MakeEvent(client, Json::object());
    const std::string outside =
        MakeEvent(client, {{"start", "2030-03-05T10:00:00Z"}, {"end", "2030-03-05T11:00:00Z"}});
    auto items = Items(Round(client, delta));
    REQUIRE(items.size() == 2);
    for (const Json& item : items) {
        CHECK(item.contains("@removed") == (item["id"] == outside));
        CHECK((item["id"] == inside || item["id"] == outside));
    }
    const std::string next = DeltaTarget(Round(client, delta));
    client.Control("DELETE", "events", {{"account", "microsoft"}, {"id", inside}});
    items = Items(Round(client, next));
    REQUIRE(items.size() == 1);
    CHECK(items[0]["@removed"]["reason"] == "deleted");
    CHECK(items[0]["id"] == inside);
}

TEST_CASE("a cancelled occurrence leaves no tombstone, the series comes again without it") {
    ClientOfSim client;
    client.SignInToMicrosoft();
    const std::string id = MakeEvent(client, {{"recurrence", {"RRULE:FREQ=WEEKLY;COUNT=5"}}});
    const std::string delta = DeltaTarget(FirstRound(client));
    client.Control("POST", "events",
                   {{"account", "microsoft"},
                    {"series", id},
                    {"cancelled", true},
                    {"original_start", "2026-03-12T10:00:00+01:00"}});
    const auto items = Items(Round(client, delta));
    REQUIRE(items.size() == 5);
    CHECK(items[0]["type"] == "seriesMaster");
    for (const Json& item : items) CHECK_FALSE(item.contains("@removed"));
    const Json master = client.GetJson(
        kMe + ("events/" + Encode(id) + "?$select=recurrence,cancelledOccurrences"), kPrefer);
    REQUIRE(master["cancelledOccurrences"].size() == 1);
    CHECK(master["cancelledOccurrences"][0] == "OID." + id + ".2026-03-12");
    CHECK(master["recurrence"]["range"]["numberOfOccurrences"] == 5);
    CHECK_FALSE(master.contains("subject"));
}

TEST_CASE("old delta links die by generation, and all of them on demand") {
    ClientOfSim client;
    client.SignInToMicrosoft();
    const std::string first = DeltaTarget(FirstRound(client));
    std::string last = first;
    for (int i = 0; i < 3; ++i) last = DeltaTarget(Round(client, last));
    const SimReply dead = client.Get(first, kPrefer);
    CHECK(dead.status == 410);
    CHECK(Code(dead) == "SyncStateNotFound");
    CHECK(client.Get(last, kPrefer).status == 200);
    client.Control("POST", "expire", {{"account", "microsoft"}, {"what", "cursors"}});
    CHECK(client.Get(last, kPrefer).status == 410);
}

TEST_CASE("delta takes a window and nothing else") {
    ClientOfSim client;
    client.SignInToMicrosoft();
    const std::string path = std::string(kMe) + "calendarView/delta";
    CHECK(client.Get(path).status == 400);
    CHECK(client.Get(path + "?startDateTime=2026-01-01T00:00:00Z").status == 400);
    CHECK(client.Get(path + "?" + kWindow + "&$select=subject").status == 400);
    CHECK(Code(client.Get(path + "?$deltatoken=abc")) == "InvalidDeltaToken");
}

TEST_CASE("times come in the zone that is asked for, all-day events float") {
    ClientOfSim client;
    client.SignInToMicrosoft();
    const std::string timed = MakeEvent(client, Json::object());
    const std::string day = MakeEvent(client, {{"start", "2026-03-05"}, {"end", "2026-03-06"}});
    const std::vector<net::Header> tokyo{{"Prefer", "outlook.timezone=\"Tokyo Standard Time\""},
                                         {"Prefer", "IdType=\"ImmutableId\""}};
    const SimReply reply = client.Get(kMe + ("events/" + Encode(timed)), tokyo);
    const Json event = Json::parse(reply.body);
    CHECK(event["start"]["dateTime"] == "2026-03-05T18:00:00.0000000");
    CHECK(event["start"]["timeZone"] == "Tokyo Standard Time");
    CHECK(event["originalStartTimeZone"] == "W. Europe Standard Time");
    const bool applied = std::any_of(reply.headers.begin(), reply.headers.end(), [](const auto& h) {
        return h.name == "Preference-Applied" && h.value.find("Tokyo") != std::string::npos;
    });
    CHECK(applied);
    CHECK(client.GetJson(kMe + ("events/" + Encode(day)), tokyo)["start"]["dateTime"] ==
          "2026-03-05T00:00:00.0000000");
    CHECK(client.Get(std::string(kMe) + "calendars", {{"Prefer", "outlook.timezone=\"Mars\""}})
              .status == 400);
    CHECK(
        client.Get(std::string(kMe) + "calendars", {{"Prefer", "outlook.timezone='UTC'"}}).status ==
        500);
}

TEST_CASE("ids are case-sensitive and have two forms") {
    ClientOfSim client;
    client.SignInToMicrosoft();
    const std::string id = MakeEvent(client, Json::object());
    const Json classic = client.GetJson(kMe + ("events/" + Encode(id)));
    CHECK(classic["id"] != id);
    CHECK(client.Get(kMe + ("events/" + Encode(classic["id"].get<std::string>()))).status == 200);
    std::string other = id;
    for (std::size_t i = 36; i < 60; ++i)
        if (other[i] >= 'a' && other[i] <= 'z') other[i] = static_cast<char>(other[i] - 32);
    CHECK(client.Get(kMe + ("events/" + Encode(other))).status == 404);
    CHECK(Code(client.Get(kMe + ("events/" + Encode(id.substr(1))))) == "ErrorInvalidIdMalformed");
}

TEST_CASE("basic rights hide bodies, and no calendar right is refused") {
    ClientOfSim client;
    client.SignIn("microsoft", {"https://graph.microsoft.com/Calendars.ReadBasic"});
    for (const Json& item : Items(FirstRound(client))) CHECK_FALSE(item.contains("body"));
    client.SignIn("microsoft", {"openid", "User.Read"});
    const SimReply refused = client.Get(std::string(kMe) + "calendars");
    CHECK(refused.status == 403);
    CHECK(Code(refused) == "ErrorAccessDenied");
}

TEST_CASE("views and instances are paged with skip links") {
    ClientOfSim client;
    client.SignInToMicrosoft();
    const std::string id = MakeEvent(client, {{"recurrence", {"RRULE:FREQ=DAILY;COUNT=25"}}});
    const auto pages =
        GraphPages(client, kMe + ("events/" + Encode(id) + "/instances?" + kWindow), {});
    CHECK(pages.size() == 3);
    CHECK(Items(pages).size() == 25);
    CHECK(Items(pages)[24]["type"] == "occurrence");
    const auto view =
        GraphPages(client, std::string(kMe) + "calendarView?" + kWindow + "&$top=500", {});
    std::size_t streamed = 0;
    for (const Json& item : Items(FirstRound(client))) streamed += item["type"] != "seriesMaster";
    CHECK(Items(view).size() == streamed);
}

TEST_CASE("properties that only beta has are refused") {
    ClientOfSim client;
    client.SignInToMicrosoft();
    const std::string id = MakeEvent(client, Json::object());
    CHECK(client.Get(kMe + ("events/" + Encode(id) + "?$select=uid")).status == 400);
    client.Control("POST", "settings", {{"graph_members", false}});
    CHECK(client.Get(kMe + ("events/" + Encode(id) + "?$select=cancelledOccurrences")).status ==
          400);
}

}  // namespace kamili::simulator
