#include <doctest/doctest.h>

#include <set>

#include "tests/simulator/client_of_sim.h"
#include "tests/simulator/when.h"

namespace kamili::simulator {
namespace {

constexpr char kEvents[] = "/google/calendar/v3/calendars/primary/events";

// An account of few events, of which two are Ada's own series.
struct Account {
    Account() { client.SignInToWriteGoogle(); }

    std::string Series(const std::string& rule) {
        return client.Control("POST", "events",
                              {{"account", "google"},
                               {"title", "Standup"},
                               {"start", "2026-03-03T09:00:00+01:00"},
                               {"end", "2026-03-03T09:15:00+01:00"},
                               {"recurrence", Json::array({rule})}})["id"];
    }
    std::vector<Json> Items(const std::string& query) {
        std::vector<Json> items;
        for (const Json& page : GooglePages(client, "primary", query)) {
            items.insert(items.end(), page["items"].begin(), page["items"].end());
            last = page;
        }
        return items;
    }
    std::vector<Json> ItemsOf(const std::string& series, const std::string& query) {
        std::vector<Json> found;
        for (Json& item : Items(query))
            if (item.value("id", "").rfind(series, 0) == 0) found.push_back(item);
        return found;
    }

    ClientOfSim client{60};
    Json last;
};

}  // namespace

TEST_CASE("singleEvents lists instances and no masters") {
    Account account;
    const std::string id = account.Series("RRULE:FREQ=DAILY;COUNT=5");
    account.client.Control("POST", "events",
                           {{"account", "google"},
                            {"series", id},
                            {"original_start", "2026-03-04T09:00:00+01:00"},
                            {"title", "Later"}});
    account.client.Control("POST", "events",
                           {{"account", "google"},
                            {"series", id},
                            {"original_start", "2026-03-05T09:00:00+01:00"},
                            {"cancelled", true}});
    std::set<std::string> ids;
    for (const Json& item : account.Items("singleEvents=true")) {
        CHECK(!item.contains("recurrence"));
        CHECK(item["status"] != "cancelled");
        CHECK(ids.insert(item["id"]).second);
    }
    const auto found = account.ItemsOf(id, "singleEvents=true&maxResults=100");
    CHECK(found.size() == 4);
    for (const Json& item : found) CHECK(item["recurringEventId"] == id);
    CHECK(account.ItemsOf(id, "singleEvents=true&showDeleted=true").size() == 5);
}

TEST_CASE("singleEvents has a window, an order and an end") {
    Account account;
    const std::string id = account.Series("RRULE:FREQ=DAILY");
    CHECK(account.ItemsOf(id, "singleEvents=true").size() == 730);
    account.client.Control("POST", "settings", {{"google_instances_max", 40}});
    CHECK(account.ItemsOf(id, "singleEvents=true").size() == 40);
    const std::string window =
        "singleEvents=true&timeMin=2026-03-10T00:00:00Z&timeMax=2026-03-20T00:00:00Z";
    CHECK(account.ItemsOf(id, window).size() == 10);
    UtcTime before{};
    for (const Json& item : account.Items(window + "&orderBy=startTime&maxResults=3")) {
        const Json& start = item["start"];
        const auto time = ParseWhen(start.contains("date") ? start["date"].get<std::string>()
                                                           : start["dateTime"].get<std::string>(),
                                    "Europe/Berlin");
        CHECK(ToUtc(*time) >= before);
        before = ToUtc(*time);
    }
    CHECK(before > UtcTime{});
    CHECK(!account.last.contains("nextSyncToken"));
    CHECK(account.client.Get(std::string(kEvents) + "?orderBy=startTime").status == 400);
    CHECK(account.client.Get(std::string(kEvents) + "?orderBy=title").status == 400);
    std::string updated;
    for (const Json& item : account.Items("orderBy=updated")) {
        CHECK(item.value("updated", updated) >= updated);
        updated = item.value("updated", updated);
    }
}

TEST_CASE("an increment of instances has all of a touched series and a part of a deleted one") {
    Account account;
    const std::string id = account.Series("RRULE:FREQ=DAILY;COUNT=20");
    account.Items("singleEvents=true");
    const std::string since =
        "syncToken=" + Encode(account.last["nextSyncToken"].get<std::string>());
    CHECK(account.client.Get(kEvents + ("?" + since)).status == 400);  // other parameters
    CHECK(account.Items("singleEvents=true&" + since).empty());
    account.client.Control("POST", "events",
                           {{"account", "google"}, {"id", id}, {"title", "Touched"}});
    CHECK(account.Items("singleEvents=true&" + since).size() == 20);
    account.client.Control("DELETE", "events", {{"account", "google"}, {"id", id}});
    const auto gone = account.Items("singleEvents=true&" + since);
    CHECK(gone.size() > 2);
    CHECK(gone.size() < 20);
    for (const Json& item : gone) CHECK(item["status"] == "cancelled");
}

TEST_CASE("what the caller has already is answered with 304") {
    Account account;
    const std::string id = account.Series("RRULE:FREQ=DAILY;COUNT=2");
    const std::string entry = "/google/calendar/v3/users/me/calendarList/primary";
    for (const std::string& target : {kEvents + ("/" + id), std::string(kEvents), entry}) {
        const std::string etag = account.client.GetJson(target)["etag"];
        const SimReply same = account.client.Get(target, {{"If-None-Match", etag}});
        CHECK(same.status == 304);
        CHECK(same.body.empty());
        CHECK(account.client.Get(target, {{"If-None-Match", "\"other\""}}).status == 200);
    }
    const std::string etag = account.client.GetJson(kEvents + ("/" + id))["etag"];
    account.client.Write("PATCH", kEvents + ("/" + id), {{"summary", "New"}});
    CHECK(account.client.Get(kEvents + ("/" + id), {{"If-None-Match", etag}}).status == 200);
}

}  // namespace kamili::simulator
