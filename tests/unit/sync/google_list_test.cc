// Aim: Google's streams are asked and followed so that nothing is missed and nothing is taken for
// gone without proof. Method: the codec alone, replies written here.

#include "tests/unit/sync/google_fixture.h"

using namespace kamili;
using namespace kamili::sync;
using namespace kamili::sync::testing;

namespace {

json Page(const std::vector<json>& items, const std::string& next_page,
          const std::string& next_sync = "") {
    json body = {{"items", items}};
    if (!next_page.empty()) body["nextPageToken"] = next_page;
    if (!next_sync.empty()) body["nextSyncToken"] = next_sync;
    return body;
}

json Meeting(const std::string& id) {
    return {{"id", id}, {"start", {{"date", "2027-01-01"}}}, {"end", {{"date", "2027-01-02"}}}};
}

// Every name in a mask, as paths of the schema.
void CheckMask(const json& schema, const std::string& type, const std::string& mask) {
    std::vector<std::string> types = {type};
    std::string name;
    std::string last;
    for (const char c : mask + ",") {
        if (c != ',' && c != '(' && c != ')') {
            name += c;
            continue;
        }
        if (!name.empty()) {
            INFO(types.back(), ".", name);
            REQUIRE(schema.at(types.back()).contains(name));
            const json& field = schema.at(types.back()).at(name);
            last = field.is_array()    ? field.front().get<std::string>()
                   : field.is_string() ? field.get<std::string>()
                                       : types.back() + "." + name;
            name.clear();
        }
        if (c == '(') types.push_back(last);
        if (c == ')') types.pop_back();
    }
    CHECK(types.size() == 1);
}

// The schema with objects that are written inline as types of their own.
json Flat(const json& schema) {
    json out = schema;
    for (const auto& [type, fields] : schema.items())
        for (const auto& [name, field] : fields.items()) {
            if (field.is_object()) out[type + "." + name] = field;
            if (field.is_array() && field.front().is_object()) {
                out[type + "." + name] = field.front();
                out[type][name] = type + "." + name;
            }
        }
    return out;
}

}  // namespace

TEST_CASE("a full listing asks for masters, all history and the most a page holds") {
    GoogleCodec google;
    google.calendar.remote_id = "no.norwegian#holiday@group.v.calendar.google.com";
    const auto request = google.Ask();
    CHECK(
        request.url.starts_with("https://api.example.org/calendar/v3/calendars/"
                                "no.norwegian%23holiday%40group.v.calendar.google.com/events?"));
    const auto query = QueryOf(request);
    CHECK(query.at("singleEvents") == "false");
    CHECK(query.at("maxResults") == "2500");
    for (const char* name : {"syncToken", "pageToken", "timeMin", "timeMax", "orderBy", "q"})
        CHECK_FALSE(query.contains(name));
    CHECK(query.at("fields").starts_with("nextPageToken,nextSyncToken,items("));
}

TEST_CASE("masks name nothing that Google does not know, and no words under freebusy access") {
    const json schema = Flat(Golden("google-schema.json"));
    GoogleCodec google;
    CheckMask(schema, "Events", QueryOf(google.Ask()).at("fields"));
    CheckMask(schema, "CalendarList",
              QueryOf(google.provider->ListCalendars(google.account)).at("fields"));
    CheckMask(
        schema, "Event",
        QueryOf(google.provider->FetchItem(google.account, google.calendar, "e", "")).at("fields"));
    google.account.access = model::Access::kFreeBusy;
    for (const auto& request :
         {google.Ask(), google.provider->FetchItem(google.account, google.calendar, "e", "")}) {
        const std::string mask = QueryOf(request).at("fields");
        CheckMask(schema, request.url.find("/events/") == std::string::npos ? "Events" : "Event",
                  mask);
        for (const char* word : {"summary", "description", "location", "email", "displayName",
                                 "organizer", "hangoutLink", "conferenceData", "htmlLink"})
            CHECK(mask.find(word) == std::string::npos);
    }
}

TEST_CASE("a listing goes on through empty pages until it has a token") {
    GoogleCodec google;
    const auto first = google.Read(Page({Meeting("a")}, "p/1="));
    CHECK(first.begins);
    CHECK(first.full);
    CHECK_FALSE(first.last);
    auto query = QueryOf(google.Ask());
    CHECK(query.at("pageToken") == "p/1=");
    CHECK_FALSE(query.contains("syncToken"));

    const auto second = google.Read(Page({}, "p2"));
    CHECK_FALSE(second.begins);
    CHECK_FALSE(second.last);
    const auto third = google.Read(Page({Meeting("b")}, "", "s+1/="));
    CHECK(third.last);
    CHECK(third.full);
    query = QueryOf(google.Ask());
    CHECK(query.at("syncToken") == "s+1/=");
    CHECK_FALSE(query.contains("pageToken"));
}

TEST_CASE("an increment keeps its sync token while it turns pages and proves no absence") {
    GoogleCodec google;
    google.Read(Page({}, "", "s1"));
    const auto page = google.Read(Page({Meeting("a")}, "p1"));
    CHECK_FALSE(page.begins);
    CHECK_FALSE(page.full);
    const auto query = QueryOf(google.Ask());
    CHECK(query.at("syncToken") == "s1");
    CHECK(query.at("pageToken") == "p1");
    const auto last = google.Read(Page({}, "", "s2"));
    CHECK(last.last);
    CHECK_FALSE(last.full);
    CHECK(QueryOf(google.Ask()).at("syncToken") == "s2");
}

TEST_CASE("page two asks for what page one asked for, and its token alone") {
    GoogleCodec google;
    auto first = QueryOf(google.Ask());
    google.Read(Page({}, "p1"));
    auto second = QueryOf(google.Ask());
    CHECK(second.at("pageToken") == "p1");
    second.erase("pageToken");
    CHECK(second == first);
}

TEST_CASE("a listing that ends without a token, or repeats a page, is a bad reply") {
    GoogleCodec google;
    CHECK(google.Parse(Reply(Page({}, ""))).error().kind == ErrorKind::kBadReply);
    google.Read(Page({}, "p1"));
    CHECK(google.Parse(Reply(Page({}, "p1"))).error().kind == ErrorKind::kBadReply);
}

TEST_CASE("what is no list is a bad reply, a list left out is an empty one") {
    GoogleCodec google;
    for (const json& items : {json(nullptr), json("x"), json(7), json::object()})
        CHECK(google.Parse(Reply(json{{"items", items}, {"nextSyncToken", "s"}})).error().kind ==
              ErrorKind::kBadReply);
    const auto page = google.Parse(Reply(json{{"nextSyncToken", "s"}}));
    REQUIRE(page.has_value());
    CHECK(page->changes.empty());
}

TEST_CASE("a full listing with an item that cannot be named proves no absence") {
    GoogleCodec google;
    const auto first = google.Read(Page({json{{"summary", "who am I"}}, Meeting("a")}, "p1"));
    CHECK(first.bad_events == 1);
    CHECK(first.changes.size() == 1);
    CHECK(first.full);
    const auto last = google.Read(Page({Meeting("b")}, "", "s1"));
    CHECK(last.last);
    CHECK_FALSE(last.full);
    // The mark is gone with the listing.
    google.calendar.cursor.clear();
    CHECK(google.Read(Page({Meeting("a")}, "", "s2")).full);
}

TEST_CASE("a token that is refused begins anew, whatever its status") {
    GoogleCodec google;
    CHECK(google.Parse(Reply(json::object(), 400)).error().kind == ErrorKind::kRejected);
    google.Read(Page({}, "", "s1"));
    CHECK(google.Parse(Reply(json::object(), 400)).error().kind == ErrorKind::kCursorExpired);
    CHECK(google.Parse(Reply(json::object(), 410)).error().kind == ErrorKind::kCursorExpired);
}

TEST_CASE("a calendar that refuses each of its tokens is listed in full, and asked again later") {
    using std::chrono::hours;
    GoogleCodec google;
    UtcTime now = kNow;
    for (int round = 0; round < 2; ++round) {
        google.Read(Page({Meeting("a")}, "", "s"), now);
        now += hours(1);
        CHECK(QueryOf(google.Ask()).contains("syncToken"));
        google.calendar.cursor = google.provider->RestartCursor(google.calendar, now);
        CHECK_FALSE(QueryOf(google.Ask()).contains("syncToken"));
    }
    // Twice refused: from now on each pass lists in full, and says that it begins.
    for (int pass = 0; pass < 3; ++pass) {
        const auto page = google.Read(Page({Meeting("a")}, "", "s"), now);
        CHECK(page.begins);
        CHECK(page.full);
        CHECK(page.last);
        CHECK_FALSE(QueryOf(google.Ask()).contains("syncToken"));
        now += hours(1);
    }
    google.Read(Page({Meeting("a")}, "", "s-new"), now + hours(24 * 8));
    CHECK(QueryOf(google.Ask()).at("syncToken") == "s-new");
}

TEST_CASE("a token that served for a while, or once, may die without a mark on its calendar") {
    using std::chrono::hours;
    GoogleCodec google;
    UtcTime now = kNow;
    for (int round = 0; round < 4; ++round) {
        google.Read(Page({}, "", "s"), now);
        now += hours(48);
        google.calendar.cursor = google.provider->RestartCursor(google.calendar, now);
    }
    for (int round = 0; round < 4; ++round) {
        google.Read(Page({}, "", "s"), now);
        google.Read(Page({}, "", "t"), now);
        google.calendar.cursor = google.provider->RestartCursor(google.calendar, now);
    }
    google.Read(Page({}, "", "s"), now);
    CHECK(QueryOf(google.Ask()).contains("syncToken"));
}

TEST_CASE("calendars are read with the user's name, a colour that is one, and any role") {
    GoogleCodec google;
    const auto query = QueryOf(google.provider->ListCalendars(google.account));
    CHECK(query.at("showHidden") == "true");
    CHECK(query.at("maxResults") == "250");
    const auto page = google.provider->ParseCalendars(google.account,
                                                      Reply(Golden("google/calendars.json")), kNow);
    REQUIRE(page.has_value());
    CHECK(page->last);
    CHECK(page->complete);
    CHECK(page->removed == std::vector<std::string>{"left@group.calendar.google.com"});
    REQUIRE(page->calendars.size() == 3);
    CHECK(page->calendars[0].remote_id == "ada@example.org");
    CHECK(page->calendars[0].primary);
    CHECK(page->calendars[0].color == "#0a7f3C");
    CHECK(page->calendars[0].time_zone == "Europe/Oslo");
    CHECK(page->calendars[1].name == "Choir (mine)");
    CHECK(page->calendars[1].color.empty());
    CHECK(page->calendars[1].hidden);
    CHECK(page->calendars[1].access_role == "writerWithoutPrivateAccess");
    CHECK(page->calendars[2].access_role == "wizard");
    CHECK(page->calendars[2].time_zone.empty());
}

TEST_CASE("a list of calendars with a token, a nameless entry or a dead primary is not complete") {
    GoogleCodec google;
    json body = {{"nextSyncToken", "t2"}, {"items", {{{"id", "a"}}}}};
    const auto complete = [&] {
        const auto page = google.provider->ParseCalendars(google.account, Reply(body), kNow);
        REQUIRE(page.has_value());
        return page->complete;
    };
    CHECK(complete());
    body["items"] = {{{"id", "a"}}, {{"summary", "no id"}}};
    CHECK_FALSE(complete());
    body["items"] = {{{"id", "a"}, {"primary", true}, {"deleted", true}}};
    CHECK_FALSE(complete());
    body["items"] = {{{"id", "a"}}};
    google.account.list_cursor = R"({"sync":"t1"})";
    CHECK_FALSE(complete());
    CHECK(QueryOf(google.provider->ListCalendars(google.account)).at("showDeleted") == "true");
}

TEST_CASE("the account's address is the id of its primary calendar") {
    GoogleCodec google;
    CHECK(google.provider->FetchIdentity().url.find("/users/me/calendarList/primary") !=
          std::string::npos);
    const auto identity =
        google.provider->ParseIdentity(Reply(json{{"id", "ada@example.org"}}), kNow);
    REQUIRE(identity.has_value());
    CHECK(identity->remote_id == "ada@example.org");
    CHECK(identity->address == "ada@example.org");
    CHECK_FALSE(google.provider->ParseIdentity(Reply(json::object()), kNow).has_value());
    CHECK(google.provider->ParseIdentity(Reply(std::string(), 401), kNow).error().kind ==
          ErrorKind::kAuthExpired);
}

TEST_CASE("an item that Google says is gone is a removal, a proxy's 404 is not") {
    GoogleCodec google;
    const auto parse = [&](const net::Response& response) {
        return google.provider->ParseItem(google.account, google.calendar, "e", "", response, kNow);
    };
    const json gone = {{"error", {{"code", 404}, {"errors", {{{"reason", "notFound"}}}}}}};
    const auto reply = parse(Reply(gone, 404));
    REQUIRE(reply.has_value());
    REQUIRE(reply->changes.size() == 1);
    CHECK(reply->changes[0].kind == RemoteChange::Kind::kRemoved);
    CHECK(reply->changes[0].event.remote_id == "e");
    CHECK(parse(Reply(std::string("<html>"), 404)).error().kind == ErrorKind::kNotFound);
    const auto alive = parse(Reply(Meeting("e")));
    REQUIRE(alive.has_value());
    CHECK(alive->changes.at(0).event.remote_id == "e");
}

TEST_CASE("a page that has to be mended is read once, whatever was read before the fault") {
    const GoogleCodec codec;
    const std::string good = Meeting("one").dump();
    // Half of a character, after an item that has no id.
    const std::string odd = R"({"id":"two","summary":"half \ud83d","start":{"date":"2027-01-01"}})";
    const auto page = codec.Parse(Reply(R"({"items":[)" + good + "," + R"({"summary":"no id"},)" +
                                        odd + R"(],"nextSyncToken":"t"})"));
    REQUIRE(page.has_value());
    REQUIRE(page->changes.size() == 2);
    CHECK(page->changes[0].event.remote_id == "one");
    CHECK(page->changes[1].event.title == "half \xef\xbf\xbd");
    // No id and no end.
    CHECK(page->bad_events == 2);
    CHECK_FALSE(page->full);
}

TEST_CASE("only what stands in the list itself is an item") {
    const GoogleCodec codec;
    json nested = Meeting("one");
    nested["items"] = json::array({Meeting("inner")});
    const auto page = codec.Parse(Reply(json{{"defaultReminders", json::array({Meeting("other")})},
                                             {"items", json::array({nested})},
                                             {"nextSyncToken", "t"}}));
    REQUIRE(page.has_value());
    REQUIRE(page->changes.size() == 1);
    CHECK(page->changes[0].event.remote_id == "one");
    CHECK_FALSE(codec.Parse(Reply(json{{"items", {{"id", "x"}}}, {"nextSyncToken", "t"}})));
}
