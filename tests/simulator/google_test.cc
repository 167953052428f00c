#include <doctest/doctest.h>

#include <set>

#include "tests/simulator/client_of_sim.h"

namespace kamili::simulator {
namespace {

constexpr char kEvents[] = "/google/calendar/v3/calendars/primary/events?";

std::string Reason(const SimReply& reply) {
    return Json::parse(reply.body)["error"]["errors"][0]["reason"];
}

std::string LastToken(const std::vector<Json>& pages) { return pages.back()["nextSyncToken"]; }

}  // namespace

TEST_CASE("a listing of several pages has an empty one, and its token comes last") {
    ClientOfSim client;
    client.SignInToGoogle();
    const auto pages = GooglePages(client, "primary", "maxResults=50");
    REQUIRE(pages.size() > 3);
    CHECK(pages[1]["items"].empty());
    std::set<std::string> ids;
    for (std::size_t i = 0; i < pages.size(); ++i) {
        CHECK(pages[i].contains("nextSyncToken") == (i + 1 == pages.size()));
        CHECK(pages[i].contains("nextPageToken") == (i + 1 < pages.size()));
        for (const Json& item : pages[i]["items"]) CHECK(ids.insert(item["id"]).second);
    }
    const Json truth = client.Control("GET", "world?account=google")["calendars"][0];
    CHECK(ids.size() == truth["rows"].size());
}

TEST_CASE("an increment has exactly what changed since, deletions as tombstones") {
    ClientOfSim client;
    client.SignInToGoogle();
    const std::string first = LastToken(GooglePages(client, "primary", ""));
    const auto nothing = GooglePages(client, "primary", "syncToken=" + Encode(first));
    CHECK(nothing.back()["items"].empty());
    CHECK(LastToken(nothing) != first);
    const std::string made = client.Control("POST", "events",
                                            {{"account", "google"},
                                             {"title", "New"},
                                             {"start", "2026-03-05T10:00:00+01:00"},
                                             {"end", "2026-03-05T11:00:00+01:00"}})["id"];
    auto items = GooglePages(client, "primary", "syncToken=" + Encode(first)).back()["items"];
    REQUIRE(items.size() == 1);
    CHECK(items[0]["summary"] == "New");
    CHECK(items[0]["start"]["dateTime"] == "2026-03-05T10:00:00+01:00");
    client.Control("DELETE", "events", {{"account", "google"}, {"id", made}});
    items = GooglePages(client, "primary", "syncToken=" + Encode(first)).back()["items"];
    REQUIRE(items.size() == 1);
    CHECK(items[0]["id"] == made);
    CHECK(items[0]["status"] == "cancelled");
    for (const Json& page : GooglePages(client, "primary", ""))
        for (const Json& item : page["items"]) CHECK(item["id"] != made);
}

TEST_CASE("what changes while a listing is read comes with the next increment") {
    ClientOfSim client;
    client.SignInToGoogle();
    const Json page = client.GetJson(std::string(kEvents) + "maxResults=50");
    client.Control(
        "POST", "events",
        {{"account", "google"}, {"title", "Late"}, {"start", "2026-03-05"}, {"end", "2026-03-06"}});
    std::string token = page["nextPageToken"];
    Json last;
    while (!token.empty()) {
        last = client.GetJson(kEvents + ("maxResults=50&pageToken=" + Encode(token)));
        token = last.value("nextPageToken", "");
    }
    const auto more = GooglePages(client, "primary",
                                  "syncToken=" + Encode(last["nextSyncToken"].get<std::string>()));
    REQUIRE(more.back()["items"].size() == 1);
    CHECK(more.back()["items"][0]["summary"] == "Late");
}

TEST_CASE("a sync token does not go with a window, a search or another calendar") {
    ClientOfSim client;
    client.SignInToGoogle();
    const std::string token = Encode(LastToken(GooglePages(client, "primary", "")));
    const std::string with = kEvents + ("syncToken=" + token);
    CHECK(client.Get(with + "&timeMin=2026-01-01T00:00:00Z").status == 400);
    CHECK(client.Get(with + "&showDeleted=false").status == 400);
    CHECK(client.Get(with + "&eventTypes=default").status == 400);
    CHECK(client.Get(with + "&colour=red").status == 400);
    CHECK(client.Get(kEvents + ("syncToken=" + token + "x")).status == 400);
    const std::string other =
        client.Control("GET", "world?account=google")["calendars"][1]["remote_id"];
    CHECK(
        client.Get("/google/calendar/v3/calendars/" + Encode(other) + "/events?syncToken=" + token)
            .status == 400);
    CHECK(client.Get(with).status == 200);
}

TEST_CASE("expired tokens answer 410 fullSyncRequired, and a full listing goes on") {
    ClientOfSim client;
    client.SignInToGoogle();
    const std::string token = Encode(LastToken(GooglePages(client, "primary", "")));
    client.Control("POST", "expire", {{"account", "google"}, {"what", "cursors"}});
    const SimReply gone = client.Get(kEvents + ("syncToken=" + token));
    CHECK(gone.status == 410);
    CHECK(Reason(gone) == "fullSyncRequired");
    const std::string fresh = Encode(LastToken(GooglePages(client, "primary", "")));
    CHECK(client.Get(kEvents + ("syncToken=" + fresh)).status == 200);
}

TEST_CASE("the parameters may not change from page to page") {
    ClientOfSim client;
    client.SignInToGoogle();
    const std::string token = Encode(
        client.GetJson(std::string(kEvents) + "maxResults=50")["nextPageToken"].get<std::string>());
    CHECK(client.Get(kEvents + ("maxResults=60&pageToken=" + token)).status == 400);
    CHECK(client.Get(kEvents + ("maxResults=50&pageToken=" + token)).status == 200);
}

TEST_CASE("a partial response has what its mask names and no more") {
    ClientOfSim client;
    client.SignInToGoogle();
    const Json page =
        client.GetJson(std::string(kEvents) + "fields=nextSyncToken,items(id,start/dateTime)");
    CHECK(page.size() == 2);
    for (const Json& item : page["items"])
        for (const auto& [name, value] : item.items()) {
            CHECK((name == "id" || name == "start"));
            if (name == "start") CHECK_FALSE(value.contains("timeZone"));
        }
    CHECK(client.Get(std::string(kEvents) + "fields=items(id").status == 400);
}

TEST_CASE("scopes are checked per method and a missing one is named") {
    ClientOfSim client;
    client.SignIn("google", {"https://www.googleapis.com/auth/calendar.events.readonly"});
    const SimReply refused = client.Get("/google/calendar/v3/users/me/calendarList");
    CHECK(refused.status == 403);
    CHECK(Reason(refused) == "insufficientPermissions");
    CHECK(client.Get(kEvents).status == 200);
    client.SignIn("google", {"https://www.googleapis.com/auth/calendar.calendarlist.readonly"});
    CHECK(client.Get(kEvents).status == 403);
    client.SignIn("google", {"https://www.googleapis.com/auth/calendar.events.freebusy"});
    const Json page = client.GetJson(kEvents);
    for (const Json& item : page["items"]) CHECK_FALSE(item.contains("summary"));
}

TEST_CASE("an expired access token is refused") {
    ClientOfSim client;
    client.SignInToGoogle();
    CHECK(client.Get(kEvents).status == 200);
    client.now += std::chrono::hours(1);
    CHECK(client.Get(kEvents).status == 401);
}

TEST_CASE("the calendar list hides, deletes and forgets as the real one") {
    ClientOfSim client;
    client.SignInToGoogle();
    const std::string path = "/google/calendar/v3/users/me/calendarList?";
    CHECK(client.GetJson(path)["items"].size() == 4);
    const Json full = client.GetJson(path + "showHidden=true");
    CHECK(full["items"].size() == 5);
    const std::string token = "syncToken=" + Encode(full["nextSyncToken"].get<std::string>());
    const std::string team = full["items"][1]["id"];
    client.Control("POST", "calendars", {{"account", "google"}, {"id", team}, {"name", "Renamed"}});
    CHECK(client.GetJson(path + token)["items"].empty());
    client.Control("DELETE", "calendars", {{"account", "google"}, {"id", team}});
    const Json items = client.GetJson(path + token)["items"];
    REQUIRE(items.size() == 1);
    CHECK(items[0]["deleted"] == true);
    CHECK(client.Get("/google/calendar/v3/calendars/" + Encode(team) + "/events").status == 404);
    CHECK(client.Get(path + token + "&showHidden=false").status == 400);
    CHECK(client.GetJson("/google/calendar/v3/users/me/calendarList/primary")["id"] ==
          "ada@example.org");
}

TEST_CASE("an address with a number sign must be escaped") {
    ClientOfSim client;
    client.SignInToGoogle();
    const std::string id = "en.german#holiday@group.v.calendar.google.com";
    const std::string path = "/google/calendar/v3/calendars/";
    CHECK(client.Get(path + Encode(id) + "/events").status == 200);
    CHECK(client.Get(path + id + "/events").status == 404);
}

TEST_CASE("compression is for those who ask with both headers") {
    ClientOfSim client;
    client.SignInToGoogle();
    CHECK(client.Get(kEvents, {{"Accept-Encoding", "gzip"}, {"User-Agent", "x (gzip)"}}).gzip);
    CHECK_FALSE(client.Get(kEvents, {{"Accept-Encoding", "gzip"}}).gzip);
}

TEST_CASE("the same seed, times and requests give the same bytes") {
    std::vector<std::string> bodies;
    for (int run = 0; run < 2; ++run) {
        ClientOfSim client(400, 7);
        client.SignInToGoogle();
        std::string all;
        for (const Json& page : GooglePages(client, "primary", "maxResults=50")) all += page.dump();
        client.Control("POST", "mutate", {{"account", "google"}, {"count", 50}, {"seed", 3}});
        for (const Json& page : GooglePages(client, "primary", "maxResults=50")) all += page.dump();
        bodies.push_back(all);
    }
    CHECK(bodies[0] == bodies[1]);
    ClientOfSim other(400, 8);
    other.SignInToGoogle();
    CHECK(bodies[0].find(other.GetJson(kEvents)["items"][0]["id"].get<std::string>()) ==
          std::string::npos);
}

}  // namespace kamili::simulator
