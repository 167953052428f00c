// Aim: each shape of Google's events is read as docs/semantics.md says. Method: golden pages and
// single events that differ in one member.

#include "tests/unit/sync/google_fixture.h"

using namespace kamili;
using namespace kamili::sync;
using namespace kamili::sync::testing;
using model::EventKind;
using model::Response;

TEST_CASE("a series is read with its rule, people, texts and times") {
    GoogleCodec google;
    const auto page = google.Read(Golden("google/events.json"));
    CHECK(page.bad_events == 0);
    const auto& change = ChangeOf(page.changes, "choir");
    CHECK(change.kind == RemoteChange::Kind::kUpsert);
    const model::Event& event = change.event;
    CHECK(event.kind == EventKind::kSeries);
    CHECK(event.uid == "choir@example.org");
    CHECK(event.etag == "\"17\"");
    CHECK(event.recurrence == std::vector<std::string>{"EXDATE;TZID=Europe/Oslo:20270216T180000",
                                                       "RRULE:FREQ=WEEKLY;BYDAY=TU"});
    CHECK(event.start.zone == "Europe/Oslo");
    CHECK(model::FormatWall(event.start) == "2027-01-12T18:00:00");
    CHECK(event.start.utc == At("2027-01-12T17:00:00Z"));
    CHECK(event.end.utc == At("2027-01-12T19:30:00Z"));
    CHECK(event.title == "Rehearsal");
    CHECK(event.description_is_html);
    CHECK(event.location == "Chapel");
    CHECK(event.url == "https://calendar.example.org/choir");
    CHECK(event.conference_url == "https://meet.example.org/abc");
    CHECK(event.color == "7");
    CHECK(event.sequence == 4);
    CHECK(event.created == At("2026-12-01T08:00:00Z"));
    CHECK(event.updated == At("2026-12-02T09:30:15.25Z"));
    CHECK(event.type == "default");
    CHECK(event.response == Response::kOrganizer);
    CHECK(event.busy);
    REQUIRE(event.organizer.has_value());
    CHECK(event.organizer->self);
    REQUIRE(event.attendees.size() == 3);
    CHECK(event.attendees[0].self);
    CHECK(event.attendees[0].response == Response::kAccepted);
    CHECK(event.attendees[1].name == "Bo");
    CHECK(event.attendees[1].optional);
    CHECK(event.attendees[1].response == Response::kTentative);
    CHECK(event.attendees[2].resource);
    CHECK(event.attendees[2].response == Response::kNeedsAction);
    CHECK(json::parse(event.raw).at("someFutureField").at("nested").size() == 3);
}

TEST_CASE(
    "exceptions keep their series and original start, moved or cancelled, before the master") {
    GoogleCodec google;
    const auto page = google.Read(Golden("google/events.json"));
    const model::Event& cancelled = ChangeOf(page.changes, "choir_20270119T170000Z").event;
    CHECK(cancelled.kind == EventKind::kCancelledException);
    CHECK(cancelled.series_remote_id == "choir");
    CHECK(cancelled.original_start->utc == At("2027-01-19T17:00:00Z"));
    CHECK_FALSE(cancelled.busy);
    CHECK(cancelled.flags.empty());
    const model::Event& moved = ChangeOf(page.changes, "choir_20270126T170000Z").event;
    CHECK(moved.kind == EventKind::kException);
    CHECK(moved.original_start->utc == At("2027-01-26T17:00:00Z"));
    CHECK(moved.start.all_day);
    CHECK(model::FormatWall(moved.start) == "2027-01-28");
    CHECK(moved.recurrence.empty());
}

TEST_CASE("all-day events are dates, free ones are not busy, unnamed ends last no time") {
    GoogleCodec google;
    const auto page = google.Read(Golden("google/events.json"));
    const model::Event& trip = ChangeOf(page.changes, "trip").event;
    CHECK(trip.kind == EventKind::kSingle);
    CHECK(trip.start.all_day);
    CHECK(trip.start.zone.empty());
    CHECK(model::FormatWall(trip.end) == "2027-03-08");
    CHECK_FALSE(trip.busy);
    CHECK(trip.title == "Hurtigruten \u26f4");
    const model::Event& concert = ChangeOf(page.changes, "concert").event;
    CHECK(concert.end == concert.start);
    CHECK(concert.conference_url == "https://meet.example.org/xyz");
    CHECK(concert.type == "fromGmail");
    CHECK(concert.flags.empty());
}

TEST_CASE("an invitation that was declined is there and not busy") {
    GoogleCodec google;
    const auto page = google.Read(Golden("google/events.json"));
    const model::Event& event = ChangeOf(page.changes, "invited").event;
    CHECK(event.status == model::EventStatus::kTentative);
    CHECK(event.response == Response::kDeclined);
    CHECK_FALSE(event.busy);
    CHECK(event.visibility == "private");
    CHECK(event.attendees_omitted);
    CHECK_FALSE(event.description_is_html);
    CHECK(event.start.zone == "America/New_York");
    CHECK(event.end.zone == "Europe/Oslo");
    CHECK(event.end.utc - event.start.utc == std::chrono::hours(1));
}

TEST_CASE("event types are kept; places to work and birthdays are not busy") {
    GoogleCodec google;
    const auto page = google.Read(Golden("google/events.json"));
    CHECK_FALSE(ChangeOf(page.changes, "home").event.busy);
    CHECK(ChangeOf(page.changes, "home").event.title.empty());
    CHECK_FALSE(ChangeOf(page.changes, "born").event.busy);
    CHECK(ChangeOf(page.changes, "born").event.kind == EventKind::kSeries);
    CHECK(ChangeOf(page.changes, "away").event.busy);
    CHECK(ChangeOf(page.changes, "away").event.visibility.empty());
    // The calendar's zone, where an event names none.
    CHECK(ChangeOf(page.changes, "away").event.start.zone == "Europe/Oslo");
    CHECK(ChangeOf(page.changes, "ferry").event.kind == EventKind::kSeries);
}

TEST_CASE("what is not known yet is data: type, status and zone") {
    GoogleCodec google;
    const auto page = google.Read(Golden("google/events.json"));
    const model::Event& event = ChangeOf(page.changes, "future").event;
    CHECK(event.type == "moonPhase");
    CHECK(event.status == model::EventStatus::kConfirmed);
    CHECK(event.busy);
    CHECK(event.start.zone == "+05:30");
    CHECK(model::FormatWall(event.start) == "2027-02-08T19:00:00");
    CHECK(event.flags == std::vector<std::string>{"unknown_zone"});
}

TEST_CASE("tombstones are removals, or removed occurrences if their id can mean one") {
    GoogleCodec google;
    google.Read(Golden("google/events.json"));
    const auto page = google.Read(Golden("google/changes.json"));
    CHECK_FALSE(page.full);
    CHECK(ChangeOf(page.changes, "trip").kind == RemoteChange::Kind::kRemoved);
    CHECK(ChangeOf(page.changes, "invited").kind == RemoteChange::Kind::kRemoved);
    const model::Event& sparse = ChangeOf(page.changes, "choir_20270209T170000Z").event;
    CHECK(sparse.kind == EventKind::kCancelledException);
    CHECK(sparse.series_remote_id == "choir");
    CHECK(sparse.original_start->utc == At("2027-02-09T17:00:00Z"));
    CHECK(HasFlag(sparse, "sparse"));
    const model::Event& yearly = ChangeOf(page.changes, "yearly_20280229").event;
    CHECK(yearly.series_remote_id == "yearly");
    CHECK(yearly.original_start->all_day);
    // A split series has an id that ends in a time but is no occurrence.
    CHECK(ChangeOf(page.changes, "choir_R20270302T170000").event.kind == EventKind::kSeries);
    // The series that is named counts, not the one that the id would give.
    const model::Event& split = ChangeOf(page.changes, "choir_20270310T170000Z").event;
    CHECK(split.series_remote_id == "choir_R20270302T170000");
    CHECK(split.original_start->utc == At("2027-03-10T17:00:00Z"));
    CHECK_FALSE(HasFlag(split, "sparse"));
}

TEST_CASE("a date that does not exist in an id makes its tombstone a plain one") {
    GoogleCodec google;
    for (const char* id :
         {"x_20270230", "x_20270101T250000Z", "_20270101", "x_2027010", "x_", "_"}) {
        const auto page = google.Parse(Reply(
            json{{"nextSyncToken", "t"}, {"items", {{{"id", id}, {"status", "cancelled"}}}}}));
        REQUIRE(page.has_value());
        INFO(id);
        CHECK(page->changes.at(0).kind == RemoteChange::Kind::kRemoved);
    }
}

TEST_CASE("organizers answer for themselves unless they say otherwise") {
    GoogleCodec google;
    const json own = {{"email", "a@example.org"}, {"self", true}};
    const auto answered = [&](const char* status) {
        json attendee = own;
        attendee["responseStatus"] = status;
        return google.Event({{"organizer", own}, {"attendees", {attendee}}});
    };
    CHECK(answered("accepted").response == Response::kOrganizer);
    CHECK(answered("needsAction").response == Response::kOrganizer);
    CHECK(answered("declined").response == Response::kDeclined);
    CHECK_FALSE(answered("declined").busy);
    CHECK(answered("tentative").response == Response::kTentative);
    CHECK(google.Event({{"attendees", {{{"self", true}, {"responseStatus", "shrug"}}}}}).response ==
          Response::kNone);
}

TEST_CASE("times without an offset are read in their zone") {
    GoogleCodec google;
    const auto event =
        google.Event({{"start", {{"dateTime", "2027-07-01T10:00:00"}, {"timeZone", "Asia/Tokyo"}}},
                      {"end", {{"dateTime", "2027-07-01T11:00:00"}, {"timeZone", "Asia/Tokyo"}}}});
    CHECK(event.start.utc == At("2027-07-01T01:00:00Z"));
    CHECK(event.start.zone == "Asia/Tokyo");
    CHECK(event.flags.empty());
    const auto plain = google.Event({{"start", {{"dateTime", "2027-07-01T10:00:00"}}},
                                     {"end", {{"dateTime", "2027-07-01T11:00:00"}}}});
    CHECK(plain.start.zone == "Europe/Oslo");
}

TEST_CASE("an event that makes no sense is kept, flagged and counted") {
    GoogleCodec google;
    const json good_start = {{"dateTime", "2027-01-12T18:00:00Z"}};
    const json cases[] = {
        {{"start", nullptr}},
        {{"start", {{"date", "2027-02-31"}}}},
        {{"end", {{"dateTime", "2027-01-12T10:00:00Z"}}}, {"start", good_start}},
        {{"end", {{"date", "2027-01-13"}}}, {"start", good_start}},
        {{"recurringEventId", "m"}},
    };
    for (const json& members : cases) {
        INFO(members.dump());
        const auto event = google.Event(members);
        CHECK(HasFlag(event, "malformed"));
    }
    const auto bad = google.Event({{"recurrence", {"RRULE:FREQ=SOMETIMES"}}});
    CHECK(bad.kind == EventKind::kSeries);
    CHECK(bad.flags == std::vector<std::string>{"bad_recurrence"});
    const auto page = google.Parse(
        Reply(json{{"nextSyncToken", "t"},
                   {"items", {{{"id", "x"}}, {{"id", 7}}, 5, {{"id", ""}}, {{"id", "y"}}}}}));
    REQUIRE(page.has_value());
    CHECK(page->changes.size() == 2);
    CHECK(page->bad_events == 5);
}

TEST_CASE("under freebusy access times are kept and no word") {
    GoogleCodec google;
    google.account.access = model::Access::kFreeBusy;
    // Also when the service sends more than was asked for.
    const auto page = google.Read(Golden("google/events.json"));
    for (const RemoteChange& change : page.changes) {
        const model::Event& event = change.event;
        INFO(event.remote_id);
        CHECK(event.title.empty());
        CHECK(event.description.empty());
        CHECK(event.location.empty());
        CHECK(event.url.empty());
        CHECK(event.conference_url.empty());
        CHECK(event.attendees.empty());
        CHECK_FALSE(event.organizer.has_value());
        CHECK(event.raw.empty());
    }
    CHECK_FALSE(ChangeOf(page.changes, "invited").event.busy);
    CHECK(ChangeOf(page.changes, "choir").event.start.utc == At("2027-01-12T17:00:00Z"));
}

TEST_CASE("rows of a calendar shared as busy have no title and say why") {
    GoogleCodec google;
    const auto page = google.Read(Golden("google/busy.json"));
    const model::Event& event = ChangeOf(page.changes, "b1").event;
    CHECK(event.title.empty());
    CHECK(event.visibility == "private");
    CHECK(event.busy);
}
