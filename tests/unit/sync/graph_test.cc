// Aim: what Graph sends is read as docs/semantics.md says, and nothing it sends can harm more than
// itself. Method: golden replies in tests/golden/graph, and changed copies of them.

#include "tests/unit/sync/graph_fixture.h"

#include <algorithm>
#include <functional>
#include <set>

using namespace kamili;
using namespace kamili::sync;
using namespace kamili::sync::testing;

namespace {

std::vector<std::string> FetchedIds(const ChangePage& page, bool only_if_stored) {
    std::vector<std::string> ids;
    for (const ItemFetch& fetch : page.fetches)
        if (fetch.only_if_stored == only_if_stored) ids.push_back(fetch.remote_id);
    return ids;
}

const model::Event& MemberOf(const RemoteChange& series, const std::string& id) {
    const auto found = std::find_if(series.members.begin(), series.members.end(),
                                    [&](const auto& one) { return one.remote_id == id; });
    REQUIRE(found != series.members.end());
    return *found;
}

net::Response Refusal(const json& row) {
    json error = {{"code", row.value("code", "")}, {"message", "words"}};
    if (row.contains("inner")) error["innerError"] = {{"code", row.at("inner")}};
    if (row.contains("innererror")) error["innererror"] = {{"code", row.at("innererror")}};
    const std::string body =
        row.contains("text") ? row.at("text").get<std::string>() : json{{"error", error}}.dump();
    net::Response response = Reply(body, row.at("status").get<int>());
    const json headers = row.value("headers", json::object());
    for (const auto& [name, value] : headers.items())
        response.headers.push_back({name, value.get<std::string>()});
    return response;
}

// Calls `act` with the page once for each of its values and each other kind of value in its place.
void Mutate(const json& page, const std::function<void(const json&, const std::string&)>& act) {
    const json flat = page.flatten();
    std::set<std::string> places;
    for (const auto& [place, value] : flat.items()) {
        std::string at = place;
        while (!at.empty() && places.insert(at).second) at = at.substr(0, at.rfind('/'));
    }
    for (const std::string& place : places)
        for (const json& other : {json(nullptr), json(true), json(-7), json(1e300), json("x"),
                                  json::array(), json::object(), json::array({1, "x"})}) {
            json changed = page;
            changed[json::json_pointer(place)] = other;
            act(changed, place);
        }
}

}  // namespace

TEST_CASE("single events of a page are stored, series are asked for, tombstones are checked") {
    GraphCodec graph;
    const auto page = graph.Parse(Reply(Golden("graph/delta.json")));
    REQUIRE(page.has_value());
    CHECK(page->full);
    CHECK(page->begins);
    CHECK_FALSE(page->last);
    CHECK(FetchedIds(*page, false) == std::vector<std::string>{"M1", "M2", "M3", "lost.o1"});
    CHECK(FetchedIds(*page, true) == std::vector<std::string>{"G1", "G2"});
    const auto& one = ChangeOf(page->changes, "S1").event;
    CHECK(one.title == "Regatta \xe2\x9b\xb5");
    CHECK(one.start.zone == "Europe/Berlin");
    CHECK(FormatUtc(one.start.utc) == "2027-03-05T15:30:00Z");
    CHECK(one.visibility == "private");
    CHECK(one.response == model::Response::kTentative);
    CHECK(one.busy);
    CHECK(one.attendees.size() == 3);
    const auto& dates = ChangeOf(page->changes, "S2").event;
    CHECK(dates.start == model::EventTime::Date(*model::ParseDate("2027-03-08")));
    CHECK(dates.end == model::EventTime::Date(*model::ParseDate("2027-03-10")));
    CHECK_FALSE(dates.busy);
    CHECK(dates.title.empty());
    const auto& cancelled = ChangeOf(page->changes, "S3").event;
    CHECK(cancelled.status == model::EventStatus::kCancelled);
    CHECK_FALSE(cancelled.busy);
    CHECK(HasFlag(cancelled, "unknown_zone"));
    CHECK(FormatUtc(ChangeOf(page->changes, "F1").event.start.utc) == "2027-03-11T01:00:00Z");
}

TEST_CASE("a series comes whole: rule, moved and cancelled occurrences under the master's UID") {
    GraphCodec graph;
    const auto reply = graph.Item(Reply(Golden("graph/series.json")));
    REQUIRE(reply.has_value());
    CHECK(reply->next_step.empty());
    const auto& series = ChangeOf(reply->changes, "M1");
    CHECK(series.kind == RemoteChange::Kind::kReplaceSeries);
    CHECK(series.event.start.zone == "Europe/Berlin");
    REQUIRE(series.event.recurrence.size() == 1);
    CHECK(series.event.recurrence[0] ==
          "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;WKST=MO;UNTIL=20270630T215959Z");
    CHECK(series.members.size() == 3);
    const auto& moved = MemberOf(series, "M1.e1");
    CHECK(moved.kind == model::EventKind::kException);
    CHECK(moved.uid == "uid-m1");
    CHECK(FormatUtc(moved.original_start->utc) == "2027-03-17T08:00:00Z");
    CHECK_FALSE(moved.busy);  // declined
    // Summer time has begun by then: the occurrence is at nine on the wall, not at eight in UTC.
    const auto& gone = MemberOf(series, "OID.M1.2027-03-31");
    CHECK(gone.kind == model::EventKind::kCancelledException);
    CHECK(FormatUtc(gone.original_start->utc) == "2027-03-31T07:00:00Z");
}

TEST_CASE("exceptions that a list of instances lacks are taken from the series") {
    GraphCodec graph;
    json series = Golden("graph/series.json");
    series.erase("cancelledOccurrences");
    const auto asked = graph.Item(Reply(series));
    REQUIRE(asked.has_value());
    REQUIRE_FALSE(asked->next_step.empty());
    json plain = {{"id", "M1.o1"},
                  {"type", "occurrence"},
                  {"seriesMasterId", "M1"},
                  {"start", series.at("start")},
                  {"end", series.at("end")}};
    const json& moved = series.at("exceptionOccurrences").at(0);
    for (const json& instances : {json::array({plain}), json::array({plain, moved})}) {
        const auto reply = graph.Item(Reply(json{{"value", instances}}), asked->next_step);
        REQUIRE(reply.has_value());
        const auto& whole = ChangeOf(reply->changes, "M1");
        CHECK(whole.members.size() == 1 + series.at("exceptionOccurrences").size());
        CHECK(MemberOf(whole, "M1.e1").kind == model::EventKind::kInstance);
        CHECK(FormatUtc(MemberOf(whole, "M1.e1").original_start->utc) == "2027-03-17T08:00:00Z");
    }
}

TEST_CASE("under free/busy access nothing but times is kept") {
    GraphCodec graph;
    graph.account.access = model::Access::kFreeBusy;
    const auto page = graph.Parse(Reply(Golden("graph/delta.json")));
    REQUIRE(page.has_value());
    for (const RemoteChange& change : page->changes) {
        CHECK(change.event.title.empty());
        CHECK(change.event.description.empty());
        CHECK(change.event.attendees.empty());
        CHECK(change.event.raw.empty());
    }
}

TEST_CASE("a link to a foreign host is never followed") {
    GraphCodec graph;
    for (const char* link :
         {"https://graph.example.org.evil.example/v1.0/x", "http://graph.example.org/v1.0/x",
          "https://evil.example/v1.0/x", "https://graph.example.org@evil.example/x"}) {
        const auto page =
            graph.Parse(Reply(json{{"value", json::array()}, {"@odata.deltaLink", link}}));
        REQUIRE_FALSE(page.has_value());
        CHECK(page.error().kind == ErrorKind::kUntrusted);
    }
}

TEST_CASE("each of Graph's refusals has one reaction") {
    GraphCodec graph;
    for (const json& row : Golden("graph/errors.json")) {
        const std::string name = row.at("name");
        INFO(name);
        const auto page = graph.Parse(Refusal(row));
        REQUIRE_FALSE(page.has_value());
        CHECK(page.error().kind == KindNamed(row.at("kind").get<std::string>()));
        if (row.contains("retry_after_ms"))
            CHECK(page.error().retry_after ==
                  std::chrono::milliseconds(row.at("retry_after_ms").get<int>()));
    }
}

TEST_CASE("one odd value costs at most its own event, whatever it is and wherever it stands") {
    GraphCodec graph;
    const json golden = Golden("graph/delta.json");
    Mutate(golden, [&](const json& changed, const std::string& place) {
        INFO(place);
        const auto page = graph.Parse(Reply(changed));
        if (!place.starts_with("/value/")) return;
        REQUIRE(page.has_value());
        // Four single events are in the golden page: the others are not touched.
        CHECK(page->changes.size() >= 3);
    });
    Mutate(Golden("graph/series.json"), [&](const json& changed, const std::string&) {
        const auto reply = graph.Item(Reply(changed));
        CHECK((reply.has_value() || reply.error().kind == ErrorKind::kBadReply));
    });
}

TEST_CASE("calendars keep their exact ids") {
    GraphCodec graph;
    const auto page =
        graph.provider->ParseCalendars(graph.account, Reply(Golden("graph/calendars.json")), kNow);
    REQUIRE(page.has_value());
    CHECK(page->complete);
    REQUIRE(page->calendars.size() == 3);
    CHECK(page->calendars[0].remote_id == "CAL/1+a=");
    CHECK(page->calendars[0].primary);
    const auto request = graph.provider->ListChanges(graph.account, graph.calendar, kNow);
    CHECK(request.url.starts_with(
        "https://graph.example.org/v1.0/me/calendars/CAL%2F1%2Ba%3D/calendarView/delta?"));
}
