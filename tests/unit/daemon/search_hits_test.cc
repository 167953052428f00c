// Aim: a search answers with the same occurrences from the index as from the events, and says when
// it gave up looking.
// Method: random worlds around the edges of the index, with series that are not kept, asked in all
// orders and ranges, before and after changes; many series without anything in the range.

#include "daemon/search_hits.h"

#include "tests/support/from_environment.h"
#include "tests/support/seeded_random.h"
#include "tests/unit/storage/indexed_store.h"
#include "tests/unit/storage/random_world.h"

using namespace kamili;
using namespace kamili::storage;
using namespace kamili::storage::test;
using daemon::FindHits;
using daemon::SearchHits;
using daemon::SearchRequest;
using model::Zone;

namespace {

constexpr std::uint64_t kWorlds = 40;  // KAMILI_SEARCH_WORLDS
constexpr const char* kZones[] = {"Europe/Berlin", "America/New_York", "Pacific/Kiritimati"};
const UtcTime kNow = *ParseRfc3339("2026-01-15T09:00:00Z");

Texts TextsOf(const SearchHits& hits) {
    Texts out;
    for (const OccurrenceRow& row : hits.rows) out.push_back(TextOf(ViewOf(row)));
    out.push_back(hits.complete ? "complete" : "incomplete");
    return out;
}

Texts AskOf(const ReadView& view, const SearchRequest& request) {
    const auto hits = FindHits(view, request);
    REQUIRE(hits);
    return TextsOf(*hits);
}

// With the index, and as if it were still being built: from the events alone.
Texts Ask(IndexedStore& store, const SearchRequest& request) {
    Texts indexed, slow;
    store.Do([&](Txn& txn) {
        indexed = AskOf(txn, request);
        REQUIRE(txn.connection().Execute("UPDATE range_index SET whole=0"));
        slow = AskOf(txn, request);
        REQUIRE(txn.connection().Execute("UPDATE range_index SET whole=1"));
    });
    CHECK(indexed == slow);
    return indexed;
}

SearchRequest RandomRequest(Random& random) {
    const auto time = [&]() -> std::optional<UtcTime> {
        if (random.Below(2) == 0) return std::nullopt;
        return kNow + std::chrono::hours(24 * 700) -
               std::chrono::minutes(random.Below(60 * 24 * 1100));
    };
    static constexpr SearchOrder kOrders[] = {SearchOrder::kNearest, SearchOrder::kNewest,
                                              SearchOrder::kBest};
    SearchRequest out;
    out.question = {.text = "title", .from = time(), .to = time(), .now = kNow};
    out.question.order = kOrders[random.Below(std::size(kOrders))];
    out.limit = 1 + random.Below(20);
    out.zone = *Zone::Load(kZones[random.Below(std::size(kZones))]);
    return out;
}

model::Event Titled(model::Event event) {
    event.title = "Title " + event.remote_id;
    return event;
}

}  // namespace

TEST_CASE("a search answers the same from the index as from the events, also after changes") {
    const auto worlds = kamili::testing::FromEnvironment("KAMILI_SEARCH_WORLDS", kWorlds);
    for (std::uint64_t seed = 1; seed <= worlds; ++seed) {
        INFO("seed ", seed);
        kamili::testing::SeededRandom random(seed);
        IndexedStore store;
        store.Keep("1", 500);
        std::vector<model::EventId> ids;
        for (int i = 0; i < 12; ++i)
            for (model::Event& event : EventsOf(RandomPlan(random, "e" + std::to_string(i))))
                ids.push_back(store.Add(Titled(std::move(event))));
        // Not kept, outside of the horizon, and over since long.
        store.Add(Titled(
            Series("hourly", "2026-01-01T10:00:00", "2026-01-01T10:10:00", {"RRULE:FREQ=HOURLY"})));
        store.Add(Titled(Single("old", "2020-01-01T10:00:00", "2020-01-01T10:10:00")));
        store.Add(Titled(Single("far", "2031-01-01", "2031-01-03")));
        store.Add(Titled(Series("ended", "2019-01-01T10:00:00", "2019-01-01T10:10:00",
                                {"RRULE:FREQ=WEEKLY;COUNT=9"})));
        for (int i = 0; i < 20; ++i) Ask(store, RandomRequest(random));
        store.Do([&](Txn& txn) {
            for (const model::EventId id : ids)
                if (random.Below(3) == 0) REQUIRE(RemoveEvent(txn, id));
        });
        for (int i = 0; i < 20; ++i) Ask(store, RandomRequest(random));
    }
}

TEST_CASE("a small limit keeps what is nearest, also among series that all go on") {
    IndexedStore store;
    store.Keep("1", 500);
    // Each comes once a year; the later it was added, the farther away it is.
    for (int day = 16; day < 31; ++day) {
        const std::string date = "2020-01-" + std::to_string(day);
        store.Add(Titled(Series("yearly" + std::to_string(day), (date + "T10:00:00").c_str(),
                                (date + "T11:00:00").c_str(), {"RRULE:FREQ=YEARLY"})));
    }
    SearchRequest request;
    request.question = {.text = "title", .now = kNow};
    request.limit = 15;
    const Texts all = Ask(store, request);
    REQUIRE(all.size() == 16);
    for (std::size_t limit = 1; limit < 15; ++limit) {
        request.limit = limit;
        const Texts some = Ask(store, request);
        REQUIRE(some.size() == limit + 1);
        CHECK(std::equal(some.begin(), some.end() - 1, all.begin()));
    }
}

TEST_CASE("a search that looked at too many events says that it is not complete") {
    IndexedStore store;
    store.Keep("1", 500);
    // Alive in the range, but nothing happens in it.
    for (int i = 0; i < 12; ++i)
        store.Add(Titled(Series("yearly" + std::to_string(i), "2020-09-01T10:00:00",
                                "2020-09-01T11:00:00", {"RRULE:FREQ=YEARLY"})));
    store.Add(Titled(Single("last", "2026-02-01T10:00:00", "2026-02-01T11:00:00")));
    SearchRequest request;
    request.question = {
        .text = "title", .from = kNow, .to = kNow + std::chrono::hours(24 * 30), .now = kNow};
    request.limit = 50;
    CHECK(Ask(store, request) ==
          Texts{"last 2026-02-01T09:00:00Z/2026-02-01T10:00:00Z", "complete"});
    // The series come first: they are alive now.
    request.looked_at_max = 13;
    CHECK(Ask(store, request).back() == "complete");
    request.looked_at_max = 12;
    CHECK(Ask(store, request) == Texts{"incomplete"});
    // What was wanted was found before.
    request.question.from = request.question.to = std::nullopt;
    request.limit = 12;
    CHECK(Ask(store, request).back() == "complete");
    CHECK(Ask(store, request).size() == 13);
    request.limit = 13;
    CHECK(Ask(store, request).back() == "incomplete");
    CHECK(daemon::kLookedAtMax == 5000);
}
