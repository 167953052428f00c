#include <doctest/doctest.h>

#include <map>
#include <set>

#include "tests/simulator/client_of_sim.h"

namespace kamili::simulator {
namespace {

constexpr char kEvents[] = "/google/calendar/v3/calendars/primary/events";

Json Fault(const std::string& match, const Json& fault, int after = 0, int times = 1) {
    return {{"match", match}, {"after", after}, {"times", times}, {"fault", fault}};
}

}  // namespace

TEST_CASE("a fault meets the requests it names, as often as it says") {
    ClientOfSim client(50);
    client.SignInToGoogle();
    client.Control("POST", "faults",
                   Fault("/events", {{"status", 503}, {"retry_after", 2.5}}, 1, 2));
    CHECK(client.Get(kEvents).status == 200);
    CHECK(client.Get("/google/calendar/v3/users/me/calendarList").status == 200);
    const SimReply busy = client.Get(kEvents);
    CHECK(busy.status == 503);
    CHECK(busy.headers[1] == net::Header{"Retry-After", "2.5"});
    CHECK(client.Get(kEvents).status == 503);
    CHECK(client.Get(kEvents).status == 200);
}

TEST_CASE("faults of the connection are asked of whoever serves the reply") {
    ClientOfSim client(50);
    client.SignInToGoogle();
    const std::map<std::string, SimReply::Fault> kinds{{"truncate", SimReply::Fault::kTruncate},
                                                       {"reset", SimReply::Fault::kReset},
                                                       {"never", SimReply::Fault::kNeverAnswer}};
    for (const auto& [name, fault] : kinds) {
        client.Control("POST", "faults", Fault("/events", name));
        CHECK(client.Get(kEvents).fault == fault);
    }
    client.Control("POST", "faults", Fault("/events", {{"delay_ms", 40}}));
    CHECK(client.Get(kEvents).delay == std::chrono::milliseconds(40));
    client.Control("POST", "faults", Fault("/events", "reset", 0, 100));
    client.Control("DELETE", "faults");
    CHECK(client.Get(kEvents).fault == SimReply::Fault::kNone);
}

TEST_CASE("expired cursors as a fault answer 410 to that very request") {
    ClientOfSim client(50);
    client.SignInToGoogle();
    const std::string token = client.GetJson(kEvents)["nextSyncToken"];
    client.Control("POST", "faults", Fault("syncToken", "expire_cursors"));
    CHECK(client.Get(kEvents + ("?syncToken=" + Encode(token))).status == 410);
}

TEST_CASE("the log counts requests and holds no secrets") {
    ClientOfSim client(50);
    client.SignInToGoogle();
    client.Get(kEvents);
    client.Send("GET", "/google/o/oauth2/v2/auth?state=hidden&client_id=shown");
    const Json log = client.Control("GET", "log")["requests"];
    REQUIRE(log.size() == 2);
    CHECK(log[0]["status"] == 200);
    CHECK(log[1]["target"] == "/google/o/oauth2/v2/auth?state=...&client_id=shown");
}

TEST_CASE("random changes are of many kinds, and the increments add up to the world") {
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
        CAPTURE(seed);
        ClientOfSim client(500, seed);
        client.SignInToGoogle();
        std::map<std::string, Json> held;
        std::string token;
        std::set<std::string> kinds;
        for (int round = 0; round < 6; ++round) {
            const std::string query =
                token.empty() ? "maxResults=100" : "maxResults=5&syncToken=" + Encode(token);
            const auto pages = GooglePages(client, "primary", query);
            for (const Json& page : pages)
                for (const Json& item : page["items"]) {
                    held.erase(item["id"]);
                    const bool gone = item["status"] == "cancelled";
                    if (!gone) held[item["id"]] = item;
                }
            token = pages.back()["nextSyncToken"];
            const Json done = client.Control(
                "POST", "mutate", {{"account", "google"}, {"count", 80}, {"seed", seed * 10 + 1}});
            if (round < 5)
                for (const auto& [kind, count] : done.items()) kinds.insert(kind);
            client.now += std::chrono::minutes(5);
        }
        CHECK(kinds.size() >= 8);
        for (const Json& page : GooglePages(client, "primary", "syncToken=" + Encode(token)))
            for (const Json& item : page["items"]) {
                held.erase(item["id"]);
                if (item["status"] != "cancelled") held[item["id"]] = item;
            }
        const Json world = client.Control("GET", "world?account=google");
        std::map<std::string, std::string> titles;
        for (const Json& row : world["calendars"][0]["rows"])
            if (row["kind"] != "cancelled_exception") titles[row["remote_id"]] = row["title"];
        CHECK(held.size() >= titles.size());
        for (const auto& [id, title] : titles) {
            REQUIRE(held.count(id) == 1);
            CHECK(held[id].value("summary", "") == title);
        }
        // What is held beyond are exceptions of series that were deleted as a whole.
        for (const auto& [id, item] : held)
            if (titles.count(id) == 0) CHECK(item.contains("recurringEventId"));
    }
}

TEST_CASE("both accounts know one meeting and one series under the same UID") {
    ClientOfSim client(100);
    std::map<std::string, int> found;
    for (const std::string account : {"google", "microsoft"}) {
        const Json truth =
            client.Control("GET", "occurrences?account=" + account + "&zone=Europe/Berlin");
        std::set<std::string> here;
        for (const Json& one : truth["occurrences"])
            if (one["uid"].get<std::string>().find("shared-") == 0)
                here.insert(one["uid"].get<std::string>() + one["start"].get<std::string>());
        for (const std::string& key : here) ++found[key];
    }
    REQUIRE(found.size() == 2);
    for (const auto& [key, accounts] : found) CHECK(accounts == 2);
}

TEST_CASE("ten thousand events are made and listed quickly") {
    ClientOfSim client(10'000);
    client.SignInToGoogle();
    const auto pages = GooglePages(client, "primary", "maxResults=2500");
    std::size_t items = 0;
    for (const Json& page : pages) items += page["items"].size();
    CHECK(items >= 3000);
}

TEST_CASE("another program of a person writes to the service without a sign-in of its own") {
    ClientOfSim client(50);
    const Json lunch{{"summary", "Lunch"},
                     {"start", {{"date", "2026-03-05"}}},
                     {"end", {{"date", "2026-03-06"}}}};
    const Json made = client.Control(
        "POST", "write",
        {{"account", "google"}, {"path", "/calendars/primary/events"}, {"body", lunch}});
    CHECK(made["status"] == 200);
    CHECK(made["body"]["summary"] == "Lunch");
    const std::string path = "/calendars/primary/events/" + made["id"].get<std::string>();
    const Json remove{{"account", "google"}, {"method", "DELETE"}, {"path", path}};
    CHECK(client.Control("POST", "write", remove)["status"] == 204);
    CHECK(client.Control("POST", "write", remove).contains("error"));
    const Json log = client.Control("GET", "log");
    CHECK(log["requests"].size() == 3);
}

TEST_CASE("nonsense at the control endpoint is an answer, not a crash") {
    ClientOfSim client(50);
    CHECK(client.Send("POST", "/control/faults", {}, "{").status == 400);
    CHECK(client.Send("POST", "/control/faults", {}, "{\"match\":5,\"fault\":\"reset\"}").status ==
          400);
    CHECK(client.Send("POST", "/control/grant", {}, "{\"account\":\"nobody\"}").status == 400);
    CHECK(client.Send("GET", "/control/nothing").status == 400);
    CHECK(client.Send("PUT", "/control/world").status == 400);
}

}  // namespace kamili::simulator
