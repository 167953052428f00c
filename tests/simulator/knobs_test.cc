#include <doctest/doctest.h>

#include <set>

#include "tests/simulator/client_of_sim.h"

namespace kamili::simulator {
namespace {

constexpr char kMe[] = "/microsoft/graph/v1.0/me/";
constexpr char kWindow[] = "startDateTime=2025-12-02T00:00:00Z&endDateTime=2027-04-06T00:00:00Z";
constexpr char kSeries[] = "RRULE:FREQ=WEEKLY";

std::vector<net::Header> Pages(int size) {
    return {{"Prefer", "IdType=\"ImmutableId\", odata.maxpagesize=" + std::to_string(size)}};
}

std::string Delta(const std::string& calendar = "") {
    return kMe + (calendar.empty() ? "" : "calendars/" + Encode(calendar) + "/") +
           "calendarView/delta?" + kWindow;
}

std::string Make(ClientOfSim& client, const Json& more) {
    Json body{{"account", "microsoft"},
              {"title", "Made"},
              {"start", "2026-03-05T10:00:00+01:00"},
              {"end", "2026-03-05T11:00:00+01:00"}};
    body.update(more);
    return client.Control("POST", "events", body)["id"];
}

std::string HeaderOf(const SimReply& reply, const std::string& name) {
    std::string found;
    for (const auto& header : reply.headers)
        if (header.name == name) found = header.value;  // the last one
    return found;
}

std::string Next(const SimReply& reply) {
    return ClientOfSim::TargetOf(Json::parse(reply.body).at("@odata.nextLink"));
}

}  // namespace

TEST_CASE("a patch changes the true answer and nothing else") {
    ClientOfSim client(40);
    client.SignInToGoogle();
    const std::string target =
        "/google/calendar/v3/calendars/en.german%23holiday%40group.v.calendar.google.com/events";
    const Json before = client.GetJson(target);
    const std::string first = before["items"][0]["id"];
    client.Control("POST", "faults",
                   {{"match", "/events"},
                    {"fault",
                     {{"patch",
                       {{"set", {{"summary", "Set"}}},
                        {"unset", {"nextSyncToken"}},
                        {"each", {{"extra", 1}}},
                        {"prepend", {{{"id", "front"}}}},
                        {"append", {{{"id", "back"}}}},
                        {"drop", {first}}}}}}});
    const Json after = client.GetJson(target);
    CHECK(after["summary"] == "Set");
    CHECK_FALSE(after.contains("nextSyncToken"));
    REQUIRE(after["items"].size() == before["items"].size() + 1);
    CHECK(after["items"].front()["id"] == "front");
    CHECK(after["items"].back()["id"] == "back");
    CHECK(after["items"][1]["extra"] == 1);
    for (const Json& item : after["items"]) CHECK(item["id"] != first);
    CHECK(client.GetJson(target)["items"] == before["items"]);
}

TEST_CASE("a body may be repeated to any length") {
    ClientOfSim client(40);
    client.Control("POST", "faults",
                   {{"match", "/google"},
                    {"fault", {{"status", 200}, {"repeat", {{"text", "ab"}, {"times", 3}}}}}});
    CHECK(client.Get("/google/x").body == "ababab");
}

TEST_CASE("requests above a user's limit are refused until the time has passed") {
    ClientOfSim client(40);
    client.Control("POST", "settings", {{"google_limit", 3}, {"graph_limit", 2}});
    client.SignInToGoogle();
    const std::string list = "/google/calendar/v3/users/me/calendarList";
    for (int i = 0; i < 3; ++i) CHECK(client.Get(list).status == 200);
    const SimReply refused = client.Get(list);
    CHECK(refused.status == 403);
    CHECK(Json::parse(refused.body)["error"]["errors"][0]["reason"] == "userRateLimitExceeded");
    client.SignInToMicrosoft();
    const std::string calendars = std::string(kMe) + "calendars";
    for (int i = 0; i < 2; ++i) CHECK(client.Get(calendars).status == 200);
    CHECK(client.Get(calendars).status == 429);
    CHECK(HeaderOf(client.Get(calendars), "Retry-After") == "600.5");
    client.now += std::chrono::minutes(11);
    CHECK(client.Get(calendars).status == 200);
}

TEST_CASE("occurrences come as stubs, whole or full of nulls") {
    ClientOfSim client(0);
    client.SignInToMicrosoft();
    Make(client, {{"recurrence", Json::array({kSeries})}});
    const auto occurrence = [&](const std::string& how) {
        client.Control("POST", "settings", {{"graph_occurrences", how}});
        const Json page = client.GetJson(Delta(), Pages(900));
        for (const Json& item : page["value"])
            if (item["type"] == "occurrence") return item;
        return Json();
    };
    CHECK_FALSE(occurrence("stub").contains("subject"));
    CHECK(occurrence("full")["subject"] == "Made");
    CHECK(occurrence("nulls").at("subject").is_null());
}

TEST_CASE("a removed occurrence leaves a tombstone if that is asked for") {
    ClientOfSim client(0);
    client.SignInToMicrosoft();
    const std::string series = Make(client, {{"recurrence", Json::array({kSeries})}});
    Make(
        client,
        {{"series", series}, {"original_start", "2026-03-12T10:00:00+01:00"}, {"cancelled", true}});
    const auto tombstones = [&] {
        int count = 0;
        const Json page = client.GetJson(Delta(), Pages(900));
        for (const Json& item : page["value"]) count += item.contains("@removed");
        return count;
    };
    CHECK(tombstones() == 0);
    client.Control("POST", "settings", {{"graph_occurrence_tombstones", true}});
    CHECK(tombstones() == 1);
}

TEST_CASE("a looping round repeats its page behind new links, larger pages end it") {
    ClientOfSim client(60);
    client.SignInToMicrosoft();
    client.Control("POST", "settings", {{"graph_loop_below", 50}});
    SimReply page = client.Get(Delta(), Pages(50));
    std::set<std::string> links;
    for (int i = 0; i < 5; ++i) {
        links.insert(Next(page));
        const SimReply again = client.Get(Next(page), Pages(50));
        CHECK(Json::parse(again.body)["value"] == Json::parse(page.body)["value"]);
        page = again;
    }
    CHECK(links.size() == 5);
    CHECK(GraphPages(client, Delta(), Pages(60)).back().contains("@odata.deltaLink"));
}

TEST_CASE("the second page of somebody else's calendar can be refused") {
    ClientOfSim client(1200);
    client.SignInToMicrosoft();
    client.Control("POST", "settings", {{"graph_shared_next", false}});
    const Json calendars = client.GetJson(std::string(kMe) + "calendars");
    for (const Json& one : calendars["value"]) {
        const SimReply first = client.Get(Delta(one["id"]), Pages(10));
        REQUIRE(first.status == 200);
        const bool own = one["canShare"];
        CHECK(client.Get(Next(first), Pages(10)).status == (own ? 200 : 403));
    }
}

TEST_CASE("young changes stay out of the stream until they are old enough") {
    ClientOfSim client(0);
    client.SignInToMicrosoft();
    client.Control("POST", "settings", {{"graph_late_s", 600}});
    const auto first = GraphPages(client, Delta(), Pages(900));
    std::string link = ClientOfSim::TargetOf(first.back()["@odata.deltaLink"]);
    const std::string made = Make(client, Json::object());
    const auto early = GraphPages(client, link, Pages(900));
    CHECK(early.front()["value"].empty());
    client.now += std::chrono::minutes(11);
    link = ClientOfSim::TargetOf(early.back()["@odata.deltaLink"]);
    CHECK(GraphPages(client, link, Pages(900)).front()["value"].size() == 1);
}

TEST_CASE("a claims challenge is met by a token that was asked for with these claims") {
    ClientOfSim client(0);
    client.SignInToMicrosoft();
    const std::string claims = R"({"access_token":{"nbf":{"essential":true}}})";
    client.Control("POST", "settings", {{"graph_claims", claims}});
    const SimReply refused = client.Get(std::string(kMe) + "calendars");
    CHECK(refused.status == 401);
    const std::string header = HeaderOf(refused, "WWW-Authenticate");
    CHECK(header.find("insufficient_claims") != std::string::npos);
    const Json grant = client.Control(
        "POST", "grant",
        {{"account", "microsoft"}, {"scopes", {"openid", "offline_access", "Calendars.Read"}}});
    const SimReply token = client.PostForm(
        "/microsoft/organizations/oauth2/v2.0/token",
        "client_id=5b1f6f0d-2a10-4a3e-9c0f-2f1c9a447d5b&grant_type=refresh_token&scope="
        "Calendars.Read&refresh_token=" +
            Encode(grant["refresh_token"].get<std::string>()) + "&claims=" + Encode(claims));
    REQUIRE(token.status == 200);
    client.token = Json::parse(token.body)["access_token"];
    CHECK(client.Get(std::string(kMe) + "calendars").status == 200);
}

TEST_CASE("personal refreshes through common can be refused") {
    ClientOfSim client(0);
    const Json grant = client.Control(
        "POST", "grant",
        {{"account", "bob@example.com"}, {"scopes", {"offline_access", "Calendars.Read"}}});
    const std::string form =
        "client_id=5b1f6f0d-2a10-4a3e-9c0f-2f1c9a447d5b&grant_type=refresh_token&scope="
        "offline_access%20Calendars.Read&refresh_token=" +
        Encode(grant["refresh_token"].get<std::string>());
    client.Control("POST", "settings", {{"microsoft_common_refresh", false}});
    CHECK(client.PostForm("/microsoft/common/oauth2/v2.0/token", form).status == 400);
    CHECK(client.PostForm("/microsoft/consumers/oauth2/v2.0/token", form).status == 200);
}

TEST_CASE("a calendar may come back under another id") {
    ClientOfSim client(0);
    client.SignInToMicrosoft();
    const std::string id =
        client.Control("POST", "calendars", {{"account", "microsoft"}, {"name", "X"}})["id"];
    client.Control("POST", "calendars",
                   {{"account", "microsoft"}, {"id", id}, {"new_id", "AQMkOther="}});
    CHECK(client.Get(std::string(kMe) + "calendars/" + Encode(id)).status == 404);
    CHECK(client.GetJson(std::string(kMe) + "calendars/AQMkOther%3D")["name"] == "X");
}

}  // namespace kamili::simulator
