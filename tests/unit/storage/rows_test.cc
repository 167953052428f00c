// Aim: what is written comes back, in every field, and nothing half-written stays.
// Method: a real encrypted store in a folder of its own, driven on one thread.

#include <doctest/doctest.h>

#include "model/zone.h"
#include "storage/accounts.h"
#include "storage/calendars.h"
#include "storage/events.h"
#include "storage/journal.h"
#include "storage/statistics.h"
#include "storage/view.h"
#include "tests/support/test_store.h"

using namespace kamili;
using namespace kamili::storage;
using kamili::testing::FakeClock;
using kamili::testing::FakeLoop;
using kamili::testing::TestStore;

namespace {

const UtcTime kNow = *ParseRfc3339("2026-01-15T09:00:00Z");

model::Account SampleAccount() {
    model::Account account;
    account.provider = model::Provider::kMicrosoft;
    account.access = model::Access::kFreeBusy;
    account.remote_id = "oid@tid";
    account.address = "ada@example.com";
    account.label = "work";
    account.authority = "tenant";
    account.scopes_requested = {"a", "b"};
    account.scopes_granted = {"a"};
    account.paused = true;
    account.state = model::State::kNeedsSignIn;
    account.reason = "why";
    account.created = kNow;
    account.list_cursor = "cursor";
    return account;
}

model::Calendar SampleCalendar(model::AccountId account) {
    model::Calendar calendar;
    calendar.account_id = account;
    calendar.remote_id = "remote#1";
    calendar.name = "Work";
    calendar.color = "#102030";
    calendar.time_zone = "Europe/Berlin";
    calendar.access_role = "owner";
    calendar.primary = true;
    calendar.hidden = true;
    calendar.cursor = "c";
    calendar.state = model::State::kError;
    calendar.reason = "r";
    calendar.last_complete_sync = kNow;
    calendar.listing = 3;
    calendar.held_events = 2;
    return calendar;
}

model::Event SampleEvent(model::CalendarId calendar, const std::string& remote_id) {
    model::Event event;
    event.calendar_id = calendar;
    event.remote_id = remote_id;
    event.uid = "uid-" + remote_id;
    event.etag = "\"1\"";
    event.start = model::TimedAt(*model::ParseWall("2026-01-15T10:00:00"),
                                 *model::Zone::Load("Europe/Berlin"));
    event.end = model::TimedAt(*model::ParseWall("2026-01-15T11:00:00"),
                               *model::Zone::Load("Europe/Berlin"));
    event.title = "Review \xf0\x9f\x98\x80";
    event.description = "Über den Haushalt";
    event.location = "Room 7";
    event.organizer = model::Person{.name = "Ada", .address = "ada@example.org"};
    event.attendees = {{.name = "Bo",
                        .address = "bo@example.org",
                        .response = model::Response::kDeclined,
                        .optional = true,
                        .self = true}};
    event.status = model::EventStatus::kTentative;
    event.busy = false;
    event.response = model::Response::kAccepted;
    event.visibility = "private";
    event.type = "default";
    event.sequence = 4;
    event.created = kNow;
    event.updated = kNow;
    event.flags = {"malformed"};
    event.raw = "{}";
    return event;
}

// One account with one calendar.
struct Rows {
    FakeClock clock;
    FakeLoop loop{clock};
    TestStore store{loop};
    model::AccountId account;
    model::CalendarId calendar;

    Rows() {
        REQUIRE(store.Write([this](Txn& txn) -> Status {
            account = *InsertAccount(txn, SampleAccount());
            calendar = *InsertCalendar(txn, SampleCalendar(account));
            return {};
        }));
    }

    model::EventId Insert(const model::Event& event) {
        model::EventId id;
        REQUIRE(store.Write([&](Txn& txn) -> Status {
            auto made = InsertEvent(txn, event, 1);
            if (!made) return made.error();
            id = *made;
            return AppendChange(txn, model::ChangeKind::kAdded, id, event.calendar_id, kNow);
        }));
        return id;
    }

    std::size_t CountInRange(const char* from, const char* to) {
        std::size_t count = 0;
        const auto range =
            model::TimeRange::Of(*ParseRfc3339(from), *ParseRfc3339(to), model::Zone::Utc());
        REQUIRE(store.Read([&](const ReadView& view) -> Status {
            auto rows = EventsInRange(view, range, {});
            if (!rows) return rows.error();
            count = rows->singles.size() + rows->series.size();
            return {};
        }));
        return count;
    }
};

}  // namespace

TEST_CASE("accounts and calendars come back as they were written, also after reopening") {
    Rows rows;
    rows.store.Close();
    REQUIRE(rows.store.Open());
    CHECK(rows.store.Read([&](const ReadView& view) -> Status {
        model::Account wanted = SampleAccount();
        wanted.id = rows.account;
        CHECK(**FindAccount(view, rows.account) == wanted);
        CHECK(**FindAccountOf(view, model::Provider::kMicrosoft, "oid@tid") == wanted);
        model::Calendar calendar = SampleCalendar(rows.account);
        calendar.id = rows.calendar;
        CHECK(**FindCalendar(view, rows.calendar) == calendar);
        CHECK(ListCalendarsOf(view, rows.account)->size() == 1);
        return {};
    }));
}

TEST_CASE("an event keeps every field") {
    Rows rows;
    model::Event event = SampleEvent(rows.calendar, "e1");
    event.id = rows.Insert(event);
    CHECK(rows.store.Read([&](const ReadView& view) -> Status {
        CHECK((*FindEvent(view, event.id))->event == event);
        CHECK((*FindEventByRemoteId(view, rows.calendar, "e1"))->listing == 1);
        CHECK(!*FindEventByRemoteId(view, rows.calendar, "E1"));
        return {};
    }));
    event.title = "Changed";
    event.start = model::EventTime::Date(*model::ParseDate("2026-02-01"));
    event.end = model::EventTime::Date(*model::ParseDate("2026-02-03"));
    CHECK(rows.store.Write([&](Txn& txn) { return UpdateEvent(txn, event, 2); }));
    CHECK(rows.store.Read([&](const ReadView& view) -> Status {
        CHECK((*FindEvent(view, event.id))->event == event);
        return {};
    }));
}

TEST_CASE("a job that fails leaves no trace") {
    Rows rows;
    const auto status = rows.store.Write([&](Txn& txn) -> Status {
        CHECK(InsertEvent(txn, SampleEvent(rows.calendar, "lost"), 1));
        CHECK(AppendChange(txn, model::ChangeKind::kAdded, model::EventId(1), rows.calendar, kNow));
        return Error{.kind = ErrorKind::kCancelled, .message = "no"};
    });
    CHECK(!status);
    rows.Insert(SampleEvent(rows.calendar, "kept"));
    CHECK(rows.store.Read([&](const ReadView& view) -> Status {
        CHECK(*CountEvents(view, rows.calendar) == 1);
        const auto changes = ReadChanges(view, 0, 10);
        CHECK(changes->size() == 1);
        CHECK(changes->front().number == 1);
        return {};
    }));
}

TEST_CASE("a range finds what overlaps it and what recurs into it") {
    Rows rows;
    rows.Insert(SampleEvent(rows.calendar, "single"));
    model::Event weekly = SampleEvent(rows.calendar, "weekly");
    weekly.kind = model::EventKind::kSeries;
    weekly.recurrence = {"RRULE:FREQ=WEEKLY;COUNT=4"};
    rows.Insert(weekly);
    CHECK(rows.CountInRange("2026-01-15T00:00:00Z", "2026-01-16T00:00:00Z") == 2);
    CHECK(rows.CountInRange("2026-02-05T00:00:00Z", "2026-02-06T00:00:00Z") == 1);
    CHECK(rows.CountInRange("2026-03-05T00:00:00Z", "2026-03-06T00:00:00Z") == 0);
    model::Event moved = SampleEvent(rows.calendar, "moved");
    moved.kind = model::EventKind::kException;
    moved.series_remote_id = "weekly";
    moved.original_start = weekly.start;
    moved.start = moved.end =
        model::TimedAt(*ParseRfc3339("2026-06-01T10:00:00Z"), model::Zone::Utc());
    rows.Insert(moved);
    CHECK(rows.CountInRange("2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z") == 1);
}

TEST_CASE("search folds accents and takes words, phrases and prefixes, never syntax") {
    Rows rows;
    rows.Insert(SampleEvent(rows.calendar, "e1"));
    const auto found = [&](const char* text) {
        std::size_t count = 99;
        CHECK(rows.store.Read([&](const ReadView& view) -> Status {
            auto events = SearchEvents(view, {.text = text});
            if (!events) return events.error();
            count = events->size();
            return {};
        }));
        return count;
    };
    CHECK(found("review") == 1);
    CHECK(found("uber haus*") == 1);
    CHECK(found("\"den haushalt\"") == 1);
    CHECK(found("\"haushalt den\"") == 0);
    CHECK(found("bo@example.org") == 1);
    CHECK(found("review AND nothing") == 0);
    CHECK(found("review\" OR title:*") == 0);
    CHECK(!rows.store.Read([](const ReadView& view) -> Status {
        auto events = SearchEvents(view, {.text = " \"* "});
        return events ? Status() : Status(events.error());
    }));
}

TEST_CASE("search tells where it matched and is narrowed by person and calendar") {
    Rows rows;
    rows.Insert(SampleEvent(rows.calendar, "e1"));
    model::Event other = SampleEvent(rows.calendar, "e2");
    other.organizer = model::Person{.name = "Cy", .address = "cy@example.org"};
    other.attendees.clear();
    other.description =
        "one two three four five six seven eight nine ten eleven twelve thirteen "
        "fourteen fifteen sixteen needle seventeen eighteen";
    rows.Insert(other);
    const auto found = [&](const SearchQuestion& question) {
        std::vector<model::EventId> hits;
        CHECK(rows.store.Read([&](const ReadView& view) -> Status {
            auto read = SearchEvents(view, question);
            if (!read) return read.error();
            hits = std::move(*read);
            return {};
        }));
        return hits;
    };
    CHECK(found({.text = "review"}).size() == 2);
    CHECK(found({.text = "review", .person = "ada"}).size() == 1);
    CHECK(found({.text = "", .person = "cy@example.org"}).size() == 1);
    // Words of the title are no person.
    CHECK(found({.text = "review", .person = "review"}).empty());
    CHECK(found({.text = "review", .calendars = {rows.calendar}}).size() == 2);
    CHECK(found({.text = "review", .calendars = {model::CalendarId(99)}}).empty());
    const auto needle = found({.text = "needle"});
    REQUIRE(needle.size() == 1);
    CHECK(rows.store.Read([&](const ReadView& view) -> Status {
        const auto snippets = SearchSnippets(view, {.text = "needle"}, needle);
        REQUIRE(snippets);
        const std::string& snippet = snippets->at(needle[0]);
        CHECK(snippet.find("needle") != std::string::npos);
        CHECK(snippet.size() < other.description.size());
        // One that does not match, and one that is not there.
        const auto none = SearchSnippets(view, {.text = "needle"},
                                         {model::EventId(1), needle[0], model::EventId(999)});
        REQUIRE(none);
        CHECK(none->size() == 3);
        CHECK(none->at(needle[0]) == snippet);
        CHECK(none->at(model::EventId(999)).empty());
        return {};
    }));
}

TEST_CASE("search finds what is nearest or newest first, and in a range only what may be in it") {
    Rows rows;
    const auto add = [&](const char* id, const char* start, const char* rule) {
        model::Event event = SampleEvent(rows.calendar, id);
        event.start = model::TimedAt(*ParseRfc3339(start), model::Zone::Utc());
        event.end = event.start;
        if (*rule != '\0') {
            event.kind = model::EventKind::kSeries;
            event.recurrence = {rule};
        }
        rows.Insert(event);
    };
    add("1", "2026-01-01T10:00:00Z", "");
    add("2", "2026-06-01T10:00:00Z", "");
    add("3", "2020-01-01T10:00:00Z", "RRULE:FREQ=YEARLY");
    add("4", "2026-03-03T10:00:00Z", "");
    const auto order = [&](SearchQuestion question) {
        question.text = "review";
        question.now = *ParseRfc3339("2026-03-01T00:00:00Z");
        std::string out;
        CHECK(rows.store.Read([&](const ReadView& view) -> Status {
            const auto hits = SearchEvents(view, question);
            if (!hits) return hits.error();
            for (const auto id : *hits) out += (*FindEvent(view, id))->event.remote_id;
            return {};
        }));
        return out;
    };
    CHECK(order({.order = SearchOrder::kNearest}) == "3412");
    CHECK(order({.order = SearchOrder::kNewest}) == "3241");
    CHECK(order({.order = SearchOrder::kBest}).size() == 4);
    CHECK(order({.from = *ParseRfc3339("2026-05-01T00:00:00Z"), .order = SearchOrder::kNearest}) ==
          "32");
    CHECK(order({.to = *ParseRfc3339("2026-02-01T00:00:00Z"), .order = SearchOrder::kNearest}) ==
          "31");
}

TEST_CASE("removing an account removes everything of it and says so in the journal") {
    Rows rows;
    rows.Insert(SampleEvent(rows.calendar, "e1"));
    rows.Insert(SampleEvent(rows.calendar, "e2"));
    CHECK(rows.store.Write([&](Txn& txn) {
        CHECK(PutSecret(txn, rows.account, SecretPurpose::kRefreshToken,
                        Secret(std::string_view("t"))));
        return RemoveAccount(txn, rows.account, kNow);
    }));
    CHECK(rows.store.Read([&](const ReadView& view) -> Status {
        CHECK(ListAccounts(view)->empty());
        CHECK(ListCalendars(view)->empty());
        CHECK(ReadStatistics(view)->events == 0);
        CHECK(ReadChanges(view, 2, 10)->size() == 2);
        CHECK(!*FindSecret(view, rows.account, SecretPurpose::kRefreshToken));
        return {};
    }));
}

TEST_CASE("a trimmed journal says so instead of hiding a gap") {
    Rows rows;
    rows.Insert(SampleEvent(rows.calendar, "e1"));
    CHECK(
        rows.store.Write([&](Txn& txn) { return TrimJournal(txn, kNow + std::chrono::hours(1)); }));
    CHECK(rows.store.Read([&](const ReadView& view) -> Status {
        CHECK(ReadChanges(view, 0, 10).error().kind == ErrorKind::kJournalTruncated);
        CHECK(ReadChanges(view, 1, 10)->empty());
        CHECK(FindJournalBounds(view)->last == 1);
        return {};
    }));
    rows.Insert(SampleEvent(rows.calendar, "e2"));
    CHECK(rows.store.Read([&](const ReadView& view) -> Status {
        CHECK(ReadChanges(view, 1, 10)->front().number == 2);
        return {};
    }));
}

TEST_CASE("secrets come back for their account and purpose only") {
    Rows rows;
    CHECK(rows.store.Write([&](Txn& txn) {
        return PutSecret(txn, rows.account, SecretPurpose::kRefreshToken,
                         Secret(std::string_view("token-1")));
    }));
    CHECK(rows.store.Read([&](const ReadView& view) -> Status {
        CHECK(**FindSecret(view, rows.account, SecretPurpose::kRefreshToken) ==
              Secret(std::string_view("token-1")));
        CHECK(!*FindSecret(view, rows.account, SecretPurpose::kAccessToken));
        return {};
    }));
}

TEST_CASE("watchers hear of a commit with journal entries and of no other") {
    Rows rows;
    std::vector<std::int64_t> heard;
    auto watch = rows.store->WatchJournal([&](std::int64_t last) { heard.push_back(last); });
    rows.Insert(SampleEvent(rows.calendar, "e1"));
    CHECK(rows.store.Write([](Txn&) { return Status(); }));
    CHECK(heard == std::vector<std::int64_t>{1});
    watch.Cancel();
    rows.Insert(SampleEvent(rows.calendar, "e2"));
    CHECK(heard.size() == 1);
}

TEST_CASE("trimming opens no gap when the clock was set back") {
    Rows rows;
    const auto add = [&](UtcTime time) {
        REQUIRE(rows.store.Write([&](Txn& txn) {
            return AppendChange(txn, model::ChangeKind::kChanged, model::EventId(1), rows.calendar,
                                time);
        }));
    };
    add(kNow);
    add(kNow + std::chrono::hours(5));
    add(kNow + std::chrono::hours(1));  // set back
    add(kNow + std::chrono::hours(6));
    REQUIRE(
        rows.store.Write([&](Txn& txn) { return TrimJournal(txn, kNow + std::chrono::hours(2)); }));
    CHECK(rows.store.Read([&](const ReadView& view) -> Status {
        CHECK(ReadChanges(view, 0, 10).error().kind == ErrorKind::kJournalTruncated);
        const auto kept = ReadChanges(view, 1, 10);
        REQUIRE(kept);
        CHECK(kept->size() == 3);
        return {};
    }));
}

TEST_CASE("a dash or a bullet between words is no word that must match") {
    Rows rows;
    rows.Insert(SampleEvent(rows.calendar, "e1"));
    CHECK(rows.store.Read([&](const ReadView& view) -> Status {
        CHECK(SearchEvents(view, {.text = "review \xe2\x80\x93 room"})->size() == 1);
        CHECK(SearchEvents(view, {.text = "\xe2\x80\xa2 review"})->size() == 1);
        CHECK(!SearchEvents(view, {.text = "\xe2\x80\x93"}));
        return {};
    }));
}
