// Aim: the range index is never out of step with the events, and is built anew when it must be.
// Method: a real encrypted store; every answer is asked for both ways (IndexedStore::Rows), and the
// table is looked into where the way matters.

#include "tests/unit/storage/indexed_store.h"

using namespace kamili;
using namespace kamili::storage;
using namespace kamili::storage::test;
using model::Event;
using model::EventId;

namespace {

constexpr char kCountSql[] = "SELECT count(*) FROM occurrences";

Event Daily() {
    return Series("daily", "2026-01-05T09:00:00", "2026-01-05T09:30:00", {"RRULE:FREQ=DAILY"});
}

}  // namespace

TEST_CASE("without an index questions are answered from the events") {
    IndexedStore store;
    store.Add(Daily());
    CHECK_FALSE(store.IsWhole());
    CHECK(store.Rows("2026-01-05T00:00:00Z", "2026-01-07T00:00:00Z").size() == 2);
    CHECK(store.Count(kCountSql) == 0);
}

TEST_CASE("an index is built over what is there, a batch a transaction") {
    IndexedStore store;
    for (int i = 0; i < 20; ++i)
        store.Add(Single("e" + std::to_string(i), "2026-01-15T10:00:00", "2026-01-15T11:00:00"));
    CHECK(store.Keep() == 3);
    CHECK(store.IsWhole());
    CHECK(store.Count(kCountSql) == 20);
    CHECK(store.Rows("2026-01-15T00:00:00Z", "2026-01-16T00:00:00Z").size() == 20);
    CHECK(store.Keep() == 1);
}

TEST_CASE("rows follow their event in the same transaction") {
    IndexedStore store;
    store.Keep();
    Event event = Single("e", "2026-01-15T10:00:00", "2026-01-15T11:00:00");
    event.calendar_id = store.calendar;
    event.id = store.Add(event);
    CHECK(store.Rows("2026-01-15T00:00:00Z", "2026-01-16T00:00:00Z") ==
          Texts{"e 2026-01-15T09:00:00Z/2026-01-15T10:00:00Z"});
    event.start = At("2026-01-20T10:00:00");
    event.end = At("2026-01-20T12:00:00");
    store.Do([&](Txn& txn) { REQUIRE(UpdateEvent(txn, event, 2)); });
    CHECK(store.Rows("2026-01-15T00:00:00Z", "2026-01-16T00:00:00Z").empty());
    CHECK(store.Rows("2026-01-20T00:00:00Z", "2026-01-21T00:00:00Z").size() == 1);
    store.Do([&](Txn& txn) { REQUIRE(RemoveEvent(txn, event.id)); });
    CHECK(store.Count(kCountSql) == 0);
    // All three in one transaction leave nothing behind.
    store.Do([&](Txn& txn) {
        event.id = *InsertEvent(txn, event, 1);
        REQUIRE(UpdateEvent(txn, event, 1));
        REQUIRE(RemoveEvent(txn, event.id));
    });
    CHECK(store.Count(kCountSql) == 0);
}

TEST_CASE("a changed title reaches every row of a series") {
    IndexedStore store;
    store.Keep();
    Event daily = Daily();
    daily.calendar_id = store.calendar;
    daily.id = store.Add(daily);
    daily.title = "Another";
    store.Do([&](Txn& txn) { REQUIRE(UpdateEvent(txn, daily, 2)); });
    CHECK(store.Count("SELECT count(*) FROM occurrences WHERE title<>'Another'") == 0);
    CHECK(store.Count(kCountSql) > 500);
}

TEST_CASE("members replace and remove dates of their series, whichever comes first") {
    for (const bool master_first : {true, false}) {
        IndexedStore store;
        store.Keep();
        const Event daily = Daily();
        Event moved = Member(daily, "moved", At("2026-01-06T09:00:00"), At("2026-01-08T15:00:00"),
                             At("2026-01-08T16:00:00"));
        Event gone = Member(daily, "gone", At("2026-01-07T09:00:00"), At("2026-01-07T09:00:00"),
                            At("2026-01-07T09:30:00"));
        gone.kind = model::EventKind::kCancelledException;
        if (master_first) store.Add(daily);
        const EventId moved_id = store.Add(moved);
        const EventId gone_id = store.Add(gone);
        if (!master_first) store.Add(daily);
        CHECK(store.Rows("2026-01-06T00:00:00Z", "2026-01-09T00:00:00Z") ==
              Texts{"daily 2026-01-08T08:00:00Z/2026-01-08T08:30:00Z 2026-01-08T08:00:00Z",
                    "moved 2026-01-08T14:00:00Z/2026-01-08T15:00:00Z 2026-01-06T08:00:00Z"});
        store.Do([&](Txn& txn) {
            REQUIRE(RemoveEvent(txn, moved_id));
            REQUIRE(RemoveEvent(txn, gone_id));
        });
        CHECK(store.Rows("2026-01-06T00:00:00Z", "2026-01-09T00:00:00Z").size() == 3);
    }
}

TEST_CASE("a member of a series that never came stands alone") {
    IndexedStore store;
    store.Keep();
    store.Add(Member(Daily(), "orphan", At("2026-01-06T09:00:00"), At("2026-01-06T10:00:00"),
                     At("2026-01-06T11:00:00")));
    CHECK(store.Rows("2026-01-06T00:00:00Z", "2026-01-07T00:00:00Z").size() == 1);
}

TEST_CASE("the server's instances stand for a series that cannot be expanded here") {
    IndexedStore store;
    store.Keep();
    const Event daily = Daily();
    store.Add(daily);
    Event instance = Member(daily, "instance", At("2026-01-06T09:00:00"), At("2026-01-06T09:00:00"),
                            At("2026-01-06T09:30:00"));
    instance.kind = model::EventKind::kInstance;
    const EventId id = store.Add(instance);
    CHECK(store.Rows("2026-01-05T00:00:00Z", "2026-01-08T00:00:00Z").size() == 1);
    store.Do([&](Txn& txn) { REQUIRE(RemoveEvent(txn, id)); });
    CHECK(store.Rows("2026-01-05T00:00:00Z", "2026-01-08T00:00:00Z").size() == 3);
}

TEST_CASE("events of every length are found from the middle, long after they began") {
    IndexedStore store;
    store.Keep();
    for (const int days : {0, 1, 3, 20, 200, 1000}) {
        Event event =
            Single("t" + std::to_string(days), "2025-12-15T10:00:00", "2025-12-15T10:00:00");
        event.end.utc += std::chrono::days(days);
        event.end.wall += std::chrono::days(days);
        store.Add(event);
        event = Single("d" + std::to_string(days), "2025-12-15", "2025-12-16");
        event.end.wall += std::chrono::days(days);
        store.Add(event);
    }
    CHECK(store.Rows("2025-12-15T00:00:00Z", "2025-12-16T00:00:00Z").size() == 12);
    CHECK(store.Rows("2025-12-17T00:00:00Z", "2025-12-18T00:00:00Z").size() == 8);
    CHECK(store.Rows("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z").size() == 6);
    CHECK(store.Rows("2026-06-15T00:00:00Z", "2026-06-16T00:00:00Z").size() == 4);
    CHECK(store.Rows("2027-12-15T00:00:00Z", "2027-12-16T00:00:00Z").size() == 2);
    // Zero-length ones belong to the range that begins with them.
    CHECK(store.Rows("2025-12-15T09:00:00Z", "2025-12-15T09:00:01Z").size() == 12);
    CHECK(store.Rows("2025-12-15T08:00:00Z", "2025-12-15T09:00:00Z").size() == 6);
}

TEST_CASE("what is asked beyond the horizon is answered from the events") {
    IndexedStore store;
    store.Keep();
    store.Add(Daily());
    CHECK(store.Rows("2040-01-05T00:00:00Z", "2040-01-07T00:00:00Z").size() == 2);
    CHECK(store.Rows("2027-05-24T00:00:00Z", "2027-06-06T00:00:00Z").size() == 13);
    store.Add(Single("old", "2010-01-05T09:00:00", "2010-01-05T10:00:00"));
    CHECK(store.Rows("2010-01-05T00:00:00Z", "2010-01-06T00:00:00Z").size() == 1);
    CHECK(store.Count("SELECT count(*) FROM occurrences WHERE remote_id='old'") == 0);
}

TEST_CASE("a series with too many dates is expanded for each question, its members are kept") {
    IndexedStore store;
    store.Keep();
    const Event often = Series("often", "2026-01-01T00:00:00", "2026-01-01T00:01:00",
                               {"RRULE:FREQ=MINUTELY;INTERVAL=10"});
    store.Add(often);
    store.Add(Member(often, "moved", At("2026-01-06T00:10:00"), At("2026-01-06T00:15:00"),
                     At("2026-01-06T00:16:00")));
    CHECK(store.Count(kCountSql) == 1);
    CHECK(store.Count("SELECT count(*) FROM expanded_events") == 1);
    CHECK(store.Rows("2026-01-05T23:00:00Z", "2026-01-06T00:00:00Z").size() == 6);
    Event seldom = often;
    seldom.recurrence = {"RRULE:FREQ=DAILY"};
    store.Do([&](Txn& txn) {
        const auto row = FindEventByRemoteId(txn, store.calendar, "often");
        seldom.id = (*row)->event.id;
        seldom.calendar_id = store.calendar;
        REQUIRE(UpdateEvent(txn, seldom, 2));
    });
    CHECK(store.Count("SELECT count(*) FROM expanded_events") == 0);
    CHECK(store.Count(kCountSql) > 500);
}

TEST_CASE("the horizon moves with time, and not before it has to") {
    IndexedStore store;
    store.Keep();
    store.Add(Daily());
    const auto first = store.Count("SELECT to_day FROM range_index");
    store.SetNow("2026-02-15T09:00:00Z");
    store.Keep();
    CHECK(store.Count("SELECT to_day FROM range_index") == first);
    store.SetNow("2026-08-15T09:00:00Z");
    CHECK(store.Keep() == 1);
    CHECK(store.Count("SELECT to_day FROM range_index") > first);
    CHECK(store.Rows("2027-12-05T00:00:00Z", "2027-12-07T00:00:00Z").size() == 2);
    // A clock that ran far ahead and came back.
    store.SetNow("2036-08-15T09:00:00Z");
    store.Keep();
    store.SetNow("2026-08-15T09:00:00Z");
    store.Keep();
    CHECK(store.Rows("2026-08-05T00:00:00Z", "2026-08-07T00:00:00Z").size() == 2);
    CHECK(store.Count("SELECT min(start_ms)/86400000 FROM occurrences") < 20'800);
}

TEST_CASE("new zone files set the instants of what is still to come from the wall times") {
    IndexedStore store;
    store.Keep("1");
    // As if Berlin had been an hour further west when these were stored.
    Event coming = Single("coming", "2026-02-01T10:00:00", "2026-02-01T11:00:00");
    Event past = Single("past", "2026-01-02T10:00:00", "2026-01-02T11:00:00");
    for (Event* event : {&coming, &past}) {
        event->start.utc += std::chrono::hours(1);
        event->end.utc += std::chrono::hours(1);
    }
    const EventId id = store.Add(coming);
    store.Add(past);
    // The second pass of an overlap is what it says: it stays.
    Event second = Single("second", "2026-10-25T02:30:00", "2026-10-25T02:45:00");
    second.start.utc += std::chrono::hours(1);
    second.end.utc += std::chrono::hours(1);
    store.Add(second);
    CHECK(store.Keep("1") == 1);
    CHECK(store.Rows("2026-02-01T10:00:00Z", "2026-02-01T11:00:00Z").size() == 1);
    store.Keep("2");
    CHECK(store.Rows("2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z") ==
          Texts{"coming 2026-02-01T09:00:00Z/2026-02-01T10:00:00Z"});
    CHECK(store.Rows("2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z") ==
          Texts{"past 2026-01-02T10:00:00Z/2026-01-02T11:00:00Z"});
    CHECK(store.Rows("2026-10-25T00:00:00Z", "2026-10-26T00:00:00Z") ==
          Texts{"second 2026-10-25T01:30:00Z/2026-10-25T01:45:00Z"});
    store.Read([&](const ReadView& view) {
        const auto changes = ReadChanges(view, 0, 10);
        REQUIRE(changes);
        REQUIRE(changes->size() == 1);
        CHECK(changes->front().event_id == id);
        CHECK(changes->front().kind == model::ChangeKind::kChanged);
    });
}

TEST_CASE("a series of which only coming occurrences move is told, and one that stays is not") {
    IndexedStore store;
    store.Keep("1");
    const EventId moving = store.Add(
        Series("moving", "2025-12-01T10:00:00", "2025-12-01T11:00:00", {"RRULE:FREQ=WEEKLY"}));
    store.Add(
        Series("staying", "2025-12-01T10:00:00", "2025-12-01T11:00:00", {"RRULE:FREQ=WEEKLY"}));
    store.Add(Series("dates", "2025-12-01", "2025-12-02", {"RRULE:FREQ=WEEKLY"}));
    // As if Berlin's summer had been an hour behind when the rows were made; and the winter before.
    const auto move = [&](const std::string& rows) {
        const std::string sql =
            "UPDATE occurrences SET start_ms=start_ms+3600000,end_ms=end_ms+3600000,"
            "start_offset_s=3600,end_offset_s=3600 WHERE remote_id=" +
            rows;
        store.Do([&](Txn& txn) {
            auto statement = txn.connection().Prepare(sql.c_str());
            REQUIRE(statement);
            REQUIRE(statement->Run());
        });
    };
    move("'moving' AND start_offset_s=7200");
    move("'staying' AND start_ms<1767225600000");  // 2026-01-01
    store.Keep("2");
    CHECK(store.Rows("2026-07-06T00:00:00Z", "2026-07-07T00:00:00Z").size() == 3);
    CHECK(store.Rows("2026-07-06T08:00:00Z", "2026-07-06T09:00:00Z").size() == 3);
    store.Read([&](const ReadView& view) {
        const auto changes = ReadChanges(view, 0, 10);
        REQUIRE(changes);
        REQUIRE(changes->size() == 1);
        CHECK(changes->front().event_id == moving);
        CHECK(changes->front().kind == model::ChangeKind::kChanged);
    });
}

TEST_CASE("a calendar that is disabled or not asked for is left out") {
    IndexedStore store;
    store.Keep();
    const auto other = store.AddCalendar("other");
    store.Add(Single("mine", "2026-01-15T10:00:00", "2026-01-15T11:00:00"));
    Event theirs = Single("theirs", "2026-01-15T10:00:00", "2026-01-15T11:00:00");
    theirs.calendar_id = other;
    store.Add(theirs);
    const auto day =
        model::TimeRange::Of(*ParseRfc3339("2026-01-15T00:00:00Z"),
                             *ParseRfc3339("2026-01-16T00:00:00Z"), model::Zone::Utc());
    CHECK(store.Rows(day, {}).size() == 2);
    CHECK(store.Rows(day, {other}).size() == 1);
    store.Do([&](Txn& txn) {
        auto calendar = FindCalendar(txn, other);
        (*calendar)->enabled = false;
        REQUIRE(UpdateCalendar(txn, **calendar));
    });
    CHECK(store.Rows(day, {}).size() == 1);
    CHECK(store.Rows(day, {other}).empty());
}

TEST_CASE("busy time from the index is that of the busy rows") {
    IndexedStore store;
    store.Keep();
    store.Add(Single("a", "2026-01-15T10:00:00", "2026-01-15T11:00:00"));
    store.Add(Single("b", "2026-01-15T10:30:00", "2026-01-15T12:00:00"));
    store.Add(Single("c", "2026-01-15", "2026-01-16"));
    Event free = Single("free", "2026-01-15T15:00:00", "2026-01-15T16:00:00");
    free.busy = false;
    store.Add(free);
    store.Read([&](const ReadView& view) {
        const auto busy =
            BusyInRange(view, {.range = model::TimeRange::Of(*ParseRfc3339("2026-01-15T00:00:00Z"),
                                                             *ParseRfc3339("2026-01-15T15:30:00Z"),
                                                             model::Zone::Utc()),
                               .calendars = {}});
        REQUIRE(busy);
        REQUIRE(*busy);
        // The whole day, cut.
        REQUIRE((*busy)->periods.size() == 1);
        CHECK((*busy)->periods[0].end == *ParseRfc3339("2026-01-15T15:30:00Z"));
    });
}

TEST_CASE("two times of a series that a clock change makes one instant are kept") {
    IndexedStore store;
    store.Keep();
    // 29 March 2026, Berlin: 02:30 does not exist and is 03:30, which the rules give as well.
    store.Add(Series("hours", "2026-03-28T00:30:00", "2026-03-28T00:45:00",
                     {"RRULE:FREQ=DAILY;BYHOUR=2,3;COUNT=8"}));
    store.Add(Series("dates", "2026-03-01T10:00:00", "2026-03-01T10:15:00",
                     {"RDATE;TZID=Europe/Berlin:20260329T023000,20260329T033000"}));
    CHECK(store.Count(kCountSql) > 0);
    CHECK_FALSE(store.Rows("2026-03-29T00:00:00Z", "2026-03-30T00:00:00Z").empty());
}
