#include <doctest/doctest.h>

#include <set>

#include "tests/simulator/graph_writer.h"

namespace kamili::simulator {
namespace {

constexpr char kWindow[] = "startDateTime=2026-01-01T00:00:00Z&endDateTime=2026-12-31T00:00:00Z";

// A stream of one calendar: what came since the last look.
struct Stream {
    Stream(GraphWriter& one, const std::string& calendar, std::vector<net::Header> with)
        : writer(one),
          headers(std::move(with)),
          next(kMe + ("calendars/" + Encode(calendar)) + "/calendarView/delta?" + kWindow) {}

    std::vector<Json> Changes() {
        std::vector<Json> items;
        const auto pages = GraphPages(writer.client, next, headers);
        for (const Json& page : pages)
            items.insert(items.end(), page["value"].begin(), page["value"].end());
        next = ClientOfSim::TargetOf(pages.back()["@odata.deltaLink"]);
        return items;
    }

    GraphWriter& writer;
    std::vector<net::Header> headers;
    std::string next;
};

const std::vector<net::Header> kImmutable{{"Prefer", "IdType=\"ImmutableId\""}};

std::string CalendarId(GraphWriter& writer, std::size_t i) {
    return writer.Look("calendars")["value"][i]["id"];
}

}  // namespace

TEST_CASE("a changed occurrence keeps its id and becomes an exception") {
    GraphWriter writer(GraphDaily());
    const Json before = writer.Instances();
    REQUIRE(before.size() == 10);
    const std::string id = before[1]["id"];
    const Json moved{{"start", GraphAt("2026-03-06T15:00:00")},
                     {"end", GraphAt("2026-03-06T16:00:00")}};
    const SimReply reply = writer.Send("PATCH", "events/" + Encode(id), moved);
    REQUIRE(reply.status == 200);
    const Json exception = Json::parse(reply.body);
    CHECK(exception["id"] == id);
    CHECK(exception["type"] == "exception");
    CHECK(exception["originalStart"] == "2026-03-06T11:00:00Z");
    CHECK(exception["seriesMasterId"] == writer.id);
    CHECK(writer.Now()["@odata.etag"] != writer.event["@odata.etag"]);
    CHECK(writer.Instances().size() == 10);
}

TEST_CASE("an occurrence cannot pass its neighbours") {
    GraphWriter writer(GraphDaily());
    const std::string id = writer.Instances()[1]["id"];
    for (const char* day : {"2026-03-07", "2026-03-05", "2026-03-09"}) {
        const std::string text(day);
        const SimReply refused = writer.Send(
            "PATCH", "events/" + Encode(id),
            {{"start", GraphAt(text + "T20:00:00")}, {"end", GraphAt(text + "T21:00:00")}});
        CHECK(refused.status == 400);
        CHECK(GraphCode(refused) == "ErrorOccurrenceCrossingBoundary");
    }
    CHECK(writer.Send("PATCH", "events/" + Encode(id), {{"recurrence", GraphDaily()["recurrence"]}})
              .status == 400);
    CHECK(writer.Send("PATCH", "events/" + Encode(id), {{"subject", "Here"}}).status == 200);
}

TEST_CASE("a deleted occurrence is among the cancelled ones of its master") {
    GraphWriter writer(GraphDaily());
    const std::string id = writer.Instances()[2]["id"];
    CHECK(writer.Send("DELETE", "events/" + Encode(id)).status == 204);
    CHECK(writer.Send("DELETE", "events/" + Encode(id)).status == 404);
    CHECK(writer.Instances().size() == 9);
    const Json master =
        writer.Look("events/" + Encode(writer.id) + "?$select=id,cancelledOccurrences");
    REQUIRE(master["cancelledOccurrences"].size() == 1);
    CHECK(master["cancelledOccurrences"][0] == "OID." + writer.id + ".2026-03-07");
    const Json world = writer.client.Control("GET", "world?account=microsoft");
    int found = 0;
    for (const Json& row : world["calendars"][0]["rows"])
        found += row["remote_id"] == master["cancelledOccurrences"][0] ? 1 : 0;
    CHECK(found == 1);
}

TEST_CASE("a new pattern drops the exceptions and gives the instances new ids") {
    GraphWriter writer(GraphDaily());
    const Json before = writer.Instances();
    const std::string id = before[1]["id"];
    writer.Send("PATCH", "events/" + Encode(id), {{"subject", "Other"}});
    writer.Send("DELETE", "events/" + Encode(before[2]["id"].get<std::string>()));
    Json recurrence = GraphDaily()["recurrence"];
    recurrence["range"]["numberOfOccurrences"] = 8;
    CHECK(writer.Patch({{"recurrence", recurrence}}).status == 200);
    const Json after = writer.Instances();
    REQUIRE(after.size() == 8);
    std::set<std::string> old;
    for (const Json& one : before) old.insert(one["id"]);
    for (const Json& one : after) {
        CHECK(old.count(one["id"]) == 0);
        CHECK(one["subject"] == "Lunch");
    }
    CHECK(writer.Send("GET", "events/" + Encode(id)).status == 404);
    const std::string next = after[1]["id"];
    CHECK(writer.Send("PATCH", "events/" + Encode(next), {{"subject", "New"}}).status == 200);
    CHECK(writer.Look("events/" + Encode(next))["subject"] == "New");
    const Json single = Json::parse(writer.Patch({{"recurrence", nullptr}}).body);
    CHECK(single["type"] == "singleInstance");
    CHECK(writer.Send("GET", "events/" + Encode(next)).status == 404);
}

TEST_CASE("all six patterns can be written and come back as they were") {
    GraphWriter writer;
    const std::vector<Json> patterns{
        {{"type", "daily"}, {"interval", 3}},
        {{"type", "weekly"},
         {"interval", 2},
         {"daysOfWeek", {"monday", "thursday"}},
         {"firstDayOfWeek", "sunday"}},
        {{"type", "absoluteMonthly"}, {"interval", 1}, {"dayOfMonth", 31}},
        {{"type", "relativeMonthly"},
         {"interval", 1},
         {"daysOfWeek", {"friday"}},
         {"index", "last"}},
        {{"type", "absoluteYearly"}, {"interval", 1}, {"dayOfMonth", 5}, {"month", 3}},
        {{"type", "relativeYearly"},
         {"interval", 1},
         {"daysOfWeek", {"thursday", "friday"}},
         {"index", "second"},
         {"month", 11}}};
    for (const Json& pattern : patterns) {
        Json body = GraphLunch();
        body["recurrence"] = {{"pattern", pattern},
                              {"range", {{"type", "noEnd"}, {"startDate", "2026-03-05"}}}};
        const SimReply made = writer.Send("POST", "events", body);
        REQUIRE(made.status == 201);
        const Json event = Json::parse(made.body);
        for (const auto& [name, value] : pattern.items())
            CHECK(event["recurrence"]["pattern"][name] == value);
        // The first occurrence is the first day that the pattern names.
        CHECK(event["start"]["dateTime"].get<std::string>().substr(0, 10) ==
              event["recurrence"]["range"]["startDate"]);
        body["recurrence"]["pattern"].erase("interval");
        CHECK(writer.Send("POST", "events", body).status == 400);
    }
    Json unknown = GraphDaily();
    unknown["recurrence"]["pattern"]["type"] = "hourly";
    CHECK(writer.Send("POST", "events", unknown).status == 400);
}

TEST_CASE("what was written comes back with the next round of the stream") {
    GraphWriter writer(GraphDaily());
    Stream stream(writer, CalendarId(writer, 0), kImmutable);
    CHECK(!stream.Changes().empty());
    CHECK(stream.Changes().empty());
    const std::string id = Json::parse(writer.Send("POST", "events", GraphLunch()).body)["id"];
    auto changes = stream.Changes();
    REQUIRE(changes.size() == 1);
    CHECK(changes[0]["id"] == id);
    writer.Send("DELETE", "events/" + Encode(id));
    changes = stream.Changes();
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].contains("@removed"));
    const std::string occurrence = writer.Instances()[3]["id"];
    writer.Send("DELETE", "events/" + Encode(occurrence));
    changes = stream.Changes();
    CHECK(changes.size() == 10);  // the master and nine occurrences
    for (const Json& one : changes) CHECK(one["id"] != occurrence);
}

TEST_CASE("an event that moves changes its classic id and keeps the immutable one") {
    GraphWriter writer(GraphDaily());
    const std::string from = CalendarId(writer, 0);
    const std::string to = CalendarId(writer, 1);
    writer.Send("PATCH", "events/" + Encode(writer.Instances()[1]["id"].get<std::string>()),
                {{"subject", "Other"}});
    Stream source(writer, from, {});
    Stream target(writer, to, {});
    Stream immutable(writer, to, kImmutable);
    source.Changes();
    target.Changes();
    immutable.Changes();
    const std::string classic = writer.client.GetJson(kMe + ("events/" + Encode(writer.id)))["id"];
    const Json moved = writer.client.Control(
        "POST", "move",
        {{"account", "microsoft"}, {"calendar", from}, {"id", writer.id}, {"destination", to}});
    CHECK(moved["id"] == writer.id);
    const auto gone = source.Changes();
    REQUIRE(gone.size() == 1);
    CHECK(gone[0]["id"] == classic);
    CHECK(gone[0].contains("@removed"));
    const auto arrived = target.Changes();
    REQUIRE(arrived.size() == 11);
    const std::string renamed = arrived[0]["id"];
    CHECK(renamed != classic);
    CHECK(arrived[1]["seriesMasterId"] == renamed);
    CHECK(immutable.Changes()[0]["id"] == writer.id);
    CHECK(writer.client.Get(kMe + ("events/" + Encode(classic))).status == 404);
    CHECK(writer.client.Get(kMe + ("events/" + Encode(renamed))).status == 200);
    CHECK(writer.Now()["subject"] == "Lunch");
    CHECK(writer.Instances()[1]["subject"] == "Other");
    const Json back{
        {"account", "microsoft"}, {"calendar", to}, {"id", writer.id}, {"destination", from}};
    CHECK(writer.client.Control("POST", "move", back)["id"] == writer.id);
    const auto third = source.Changes();
    REQUIRE(third.size() == 11);
    CHECK(third[0]["id"] != classic);
    CHECK(third[0]["id"] != renamed);
    CHECK(writer.client.Control("POST", "move", back).contains("error"));
}

}  // namespace kamili::simulator
