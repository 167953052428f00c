// Aim: of many matches the first ones in the order asked for are found, although only those around
// the moment are read, and texts stand where the migration puts them.
// Method: random events over centuries, asked in all orders, ranges and numbers, against a slow
// sort of all of them, before and after changes; a store of the schema before.

#include "storage/search_key.h"
#include "storage/search_rows.h"
#include "tests/support/from_environment.h"
#include "tests/support/seeded_random.h"
#include "tests/unit/storage/files.h"
#include "tests/unit/storage/indexed_store.h"

using namespace kamili;
using namespace kamili::storage;
using namespace kamili::storage::test;
using std::chrono::hours;

namespace {

constexpr std::uint64_t kWorlds = 12;  // KAMILI_SEARCH_WORLDS
constexpr int kEvents = 700;           // more than are read without a look at the time
const UtcTime kNow = *ParseRfc3339("2026-01-15T09:00:00Z");

std::int64_t Ms(UtcTime time) { return time.time_since_epoch().count(); }

class World {
  public:
    explicit World(std::uint64_t seed) : random_(seed) {
        calendars_ = {store_.calendar, store_.AddCalendar("second")};
        store_.Do([&](Txn& txn) {
            for (int i = 0; i < kEvents; ++i) Insert(txn, i);
        });
    }

    // Some go, some move.
    void Change() {
        store_.Do([&](Txn& txn) {
            for (auto at = events_.begin(); at != events_.end();) {
                const auto dice = random_.Below(4);
                if (dice == 0) {
                    REQUIRE(RemoveEvent(txn, at->first));
                    at = events_.erase(at);
                    continue;
                }
                if (dice == 1) {
                    model::Event event = MakeOther(at->second);
                    REQUIRE(UpdateEvent(txn, event, 2));
                    // Twice in one transaction, back and forth.
                    if (random_.Below(2) == 0) REQUIRE(UpdateEvent(txn, at->second, 2));
                    if (random_.Below(2) == 0) event = MakeOther(event);
                    REQUIRE(UpdateEvent(txn, event, 2));
                    at->second = event;
                }
                ++at;
            }
            for (int i = 0; i < 50; ++i) Insert(txn, 10'000 + i);
        });
    }

    void Ask() {
        SearchQuestion question;
        question.text = random_.Below(4) == 0 ? "rare" : "word";
        question.now = kNow;
        question.order = random_.Below(2) == 0 ? SearchOrder::kNearest : SearchOrder::kNewest;
        question.wanted = 1 + random_.Below(random_.Below(3) == 0 ? 900 : 60);
        if (random_.Below(3) == 0) question.from = SomeTime();
        if (random_.Below(3) == 0) question.to = SomeTime();
        if (random_.Below(3) == 0) question.calendars = {calendars_[random_.Below(2)]};
        std::vector<model::EventId> found;
        store_.Read([&](const ReadView& view) { found = *SearchEvents(view, question); });
        INFO("newest ", question.order == SearchOrder::kNewest, " wanted ", question.wanted,
             " from ", question.from.has_value(), " to ", question.to.has_value(), " got ",
             found.size(), " slow ", Slow(question).size());
        CHECK(found == Slow(question));
    }

    // Nothing is left of what went, and everything has its place.
    void CheckRows() {
        store_.Read([&](const ReadView& view) {
            auto statement = view.connection().Prepare("SELECT rowid FROM event_texts");
            REQUIRE(statement);
            std::vector<std::int64_t> keys, wanted;
            while (*statement->Step()) keys.push_back(statement->Int(0));
            for (const auto& [id, event] : events_) wanted.push_back(SearchKey(SpanOf(event), id));
            std::sort(wanted.begin(), wanted.end());
            std::sort(keys.begin(), keys.end());
            CHECK(keys == wanted);
        });
    }

  private:
    // Mostly around now, sometimes in other centuries.
    UtcTime SomeTime() {
        const std::uint64_t reach = random_.Below(8) == 0 ? 24 * 366 * 900 : 24 * 366 * 4;
        return kNow + hours(random_.Below(reach)) - hours(random_.Below(reach)) +
               std::chrono::minutes(random_.Below(60));
    }

    model::Event Make(int number) {
        model::Event event;
        event.calendar_id = calendars_[random_.Below(2)];
        event.remote_id = "e" + std::to_string(number);
        // Few enough to be read at once.
        event.title = random_.Below(5) == 0 ? "A rare word" : "A word";
        const UtcTime start = SomeTime();
        const auto length = hours(random_.Below(random_.Below(6) == 0 ? 24 * 400 : 30));
        event.start = model::TimedAt(start, model::Zone::Utc());
        event.end = model::TimedAt(start + length, model::Zone::Utc());
        if (random_.Below(10) == 0) {
            event.kind = model::EventKind::kSeries;
            event.recurrence = {random_.Below(2) == 0 ? "RRULE:FREQ=WEEKLY;COUNT=30"
                                                      : "RRULE:FREQ=YEARLY"};
            // Many in few hours: there the order of numbers is not that of time.
            if (random_.Below(2) == 0) {
                const UtcTime late = kNow - std::chrono::minutes(random_.Below(300));
                event.start = event.end = model::TimedAt(late, model::Zone::Utc());
            }
        }
        return event;
    }

    model::Event MakeOther(const model::Event& event) {
        model::Event out = Make(0);
        out.id = event.id;
        out.remote_id = event.remote_id;
        out.calendar_id = event.calendar_id;
        return out;
    }

    void Insert(Txn& txn, int number) {
        model::Event event = Make(number);
        event.id = *InsertEvent(txn, event, 1);
        events_[event.id] = event;
    }

    std::vector<model::EventId> Slow(const SearchQuestion& question) {
        std::vector<std::array<std::int64_t, 3>> all;
        for (const auto& [id, event] : events_) {
            const Span span = SpanOf(event);
            if (event.title.find(question.text) == std::string::npos) continue;
            if (!question.calendars.empty() && question.calendars.front() != event.calendar_id)
                continue;
            if (question.from && span.to_ms < Ms(*question.from)) continue;
            if (question.to && span.from_ms >= Ms(*question.to)) continue;
            const std::int64_t distance =
                std::max<std::int64_t>({0, span.from_ms - Ms(kNow), Ms(kNow) - span.to_ms});
            all.push_back({question.order == SearchOrder::kNewest ? -span.to_ms : distance,
                           -span.from_ms, id.row()});
        }
        std::sort(all.begin(), all.end());
        std::vector<model::EventId> out;
        for (const auto& one : all)
            if (out.size() < question.wanted) out.push_back(model::EventId(one[2]));
        return out;
    }

    kamili::testing::SeededRandom random_;
    IndexedStore store_;
    std::array<model::CalendarId, 2> calendars_;
    std::map<model::EventId, model::Event> events_;
};

void CheckMigrated(const std::string& name) {
    INFO(name);
    kamili::testing::FakeClock clock;
    kamili::testing::FakeLoop loop(clock);
    kamili::testing::TestStore store(loop, {}, kamili::testing::TestStore::Begin::kClosed);
    kamili::testing::WriteFile(
        store.path(),
        kamili::testing::ReadFile(std::string(KAMILI_TEST_DATA) + "/golden/stores/" + name));
    REQUIRE(store.Open());
    int rows = 0;
    CHECK(store.Read([&](const ReadView& view) -> Status {
        auto statement = view.connection().Prepare(
            "SELECT e.id,e.span_from_ms,e.span_to_ms,e.remote_id,t.rowid,t.title FROM events e "
            "LEFT JOIN event_texts t ON t.rowid&68719476735=e.id");
        REQUIRE(statement);
        for (; *statement->Step(); ++rows) {
            const Span span{.from_ms = statement->Int(1), .to_ms = statement->Int(2)};
            CHECK(statement->Int(4) == SearchKey(span, model::EventId(statement->Int(0))));
            CHECK(statement->Text(5) == "Word of " + statement->Text(3));
        }
        return {};
    }));
    CHECK(rows == 60);
}

}  // namespace

TEST_CASE("the first of many matches are those that a slow search finds, also after changes") {
    const auto worlds = kamili::testing::FromEnvironment("KAMILI_SEARCH_WORLDS", kWorlds);
    for (std::uint64_t seed = 1; seed <= worlds; ++seed) {
        INFO("seed ", seed);
        World world(seed);
        for (int i = 0; i < 40; ++i) world.Ask();
        world.Change();
        for (int i = 0; i < 40; ++i) world.Ask();
        world.CheckRows();
    }
}

TEST_CASE("numbers of texts follow time within a kind, and tell the event") {
    const auto key = [](const char* from, const char* to, std::int64_t id) {
        return SearchKey({.from_ms = Ms(*ParseRfc3339(from)), .to_ms = Ms(*ParseRfc3339(to))},
                         model::EventId(id));
    };
    const std::int64_t early = key("2026-01-15T09:00:00Z", "2026-01-15T10:00:00Z", 7);
    CHECK(early > 0);
    CHECK(EventOfSearchKey(early) == model::EventId(7));
    CHECK(FormatUtc(UtcTime(std::chrono::milliseconds(BeginOfSearchKey(early)))) ==
          "2026-01-15T09:00:00Z");
    CHECK(early < key("2026-01-15T10:00:00Z", "2026-01-15T10:00:00Z", 1));
    CHECK(key("2026-01-15T10:00:00Z", "2026-01-25T10:00:00Z", 1) > 0);
    const std::int64_t lasting = key("2026-01-15T10:00:00Z", "2026-01-25T10:00:01Z", 9);
    CHECK(lasting < 0);
    CHECK(EventOfSearchKey(lasting) == model::EventId(9));
    CHECK(BeginOfSearchKey(lasting) == Ms(*ParseRfc3339("2026-01-15T10:00:00Z")));
    CHECK(SearchClassOfKey(lasting) == 1);
    // Of long ones the last one is the first.
    CHECK(lasting > key("2026-01-15T11:00:00Z", "2026-01-29T11:00:00Z", 1));
    // Classes are apart, and above those below 0 there is room for the numbers of schema 5.
    const std::int64_t unending =
        SearchKey({.from_ms = Ms(*ParseRfc3339("0300-01-15T10:00:00Z")), .to_ms = kForeverMs},
                  model::EventId((std::int64_t{1} << 36) - 1));
    CHECK(SearchClassOfKey(unending) == 3);
    CHECK(unending < -(std::int64_t{1} << 60));
    CHECK(SearchClassOfKey(key("2026-01-15T10:00:00Z", "9026-01-25T10:00:01Z", 9)) == 3);
    CHECK(key("9000-01-15T10:00:00Z", "9000-03-15T10:00:00Z", 0) ==
          std::numeric_limits<std::int64_t>::min());
    CHECK(key("0300-01-15T10:00:00Z", "0300-01-15T10:00:00Z", 3) == 3);
    CHECK(key("9000-01-15T10:00:00Z", "9000-01-15T10:00:00Z", 3) >
          key("2900-01-15T10:00:00Z", "2900-01-15T10:00:00Z", 3));
}

TEST_CASE("what is alive began no earlier than its class allows") {
    const std::int64_t now = Ms(kNow);
    const std::int64_t day = 86'400'000;
    for (const std::int64_t length :
         {day, 10 * day, 10 * day + 1, 40 * day, 160 * day, 161 * day, 2560 * day, 99'999 * day}) {
        INFO("length ", length);
        const Span span{.from_ms = now - length, .to_ms = now};
        const SearchKeys keys =
            KeysThatBegin(SearchClassOf(span), EarliestBegin(SearchClassOf(span), now), now);
        const std::int64_t key = SearchKey(span, model::EventId(1));
        CHECK(keys.first <= key);
        CHECK(key <= keys.last);
    }
    // The migration says these, too.
    CHECK(SearchClassOf({.from_ms = 0, .to_ms = 10 * day}) == 0);
    CHECK(SearchClassOf({.from_ms = 0, .to_ms = 10 * day + 1}) == 1);
    CHECK(SearchClassOf({.from_ms = 0, .to_ms = 160 * day}) == 1);
    CHECK(SearchClassOf({.from_ms = 0, .to_ms = 160 * day + 1}) == 2);
    CHECK(SearchClassOf({.from_ms = 0, .to_ms = 2560 * day}) == 2);
    CHECK(SearchClassOf({.from_ms = 0, .to_ms = 2560 * day + 1}) == 3);
    CHECK(EarliestBegin(2, now) == now - 2560 * day);
    CHECK(EarliestBegin(0, kBeforeAllMs) == kBeforeAllMs);
    CHECK(EarliestBegin(3, now) == kBeforeAllMs);
}

TEST_CASE("a migration puts every text where a new store has it") {
    CheckMigrated("schema-4-times.db");
    CheckMigrated("schema-5-times.db");
}
