// Aim: what the range index answers is what happens, to the second, in whatever zone it is asked.
// Method: random worlds of single events and series with moved, removed and left-out dates, half of
// them around nights on which clocks change; random windows in five zones, over those nights and
// from the middle of days; after that some events change or go, and all is asked again. The answer
// must equal a slow walk over days (random_world.h) and the exact expansion.

#include "tests/support/from_environment.h"
#include "tests/support/seeded_random.h"
#include "tests/unit/storage/indexed_store.h"
#include "tests/unit/storage/random_world.h"

using namespace kamili;
using namespace kamili::storage;
using namespace kamili::storage::test;
using model::Zone;
using std::chrono::days;
using std::chrono::local_days;

namespace {

constexpr std::uint64_t kWorlds = 200;  // KAMILI_RANGE_WORLDS
constexpr int kEvents = 12;
constexpr int kWindows = 3;  // in each zone
constexpr const char* kAskers[] = {"Europe/Berlin", "America/New_York", "Asia/Kolkata",
                                   "Pacific/Kiritimati", "Pacific/Pago_Pago"};
const local_days kLast = *model::ParseDate("2028-06-01");

struct Window {
    UtcTime from;
    UtcTime to;
    local_days from_date;
    local_days to_date;
};

// Whole days, hours, weeks and months, by the asker's own wall clock.
Window RandomWindow(Random& random, const Zone& asker) {
    static const char* kNights[] = {"2025-10-26", "2026-03-08", "2026-03-29", "2026-10-25",
                                    "2026-11-01", "2028-02-29", "2027-03-28", "2026-12-31"};
    const bool night = random.Below(2) == 0;
    const local_days day =
        night ? *model::ParseDate(kNights[random.Below(std::size(kNights))]) -
                    days(static_cast<int>(random.Below(3)))
              : *model::ParseDate("2025-01-01") + days(static_cast<int>(random.Below(1100)));
    const int length = std::array{1, 1, 7, 31}[random.Below(4)];
    if (random.Below(2) == 0) {
        const auto from = SlowUtc(day, asker);
        const auto to = SlowUtc(day + days(length), asker);
        return {.from = from, .to = to, .from_date = day, .to_date = day + days(length)};
    }
    const UtcTime from = UtcTime(day.time_since_epoch()) +
                         std::chrono::minutes(static_cast<int>(random.Below(60 * 24)));
    const UtcTime to = from + std::chrono::minutes(1 + static_cast<int>(random.Below(60 * 24 * 3)));
    const auto wall_to = asker.ToWall(to);
    const auto to_day = std::chrono::floor<days>(wall_to);
    return {.from = from,
            .to = to,
            .from_date = std::chrono::floor<days>(asker.ToWall(from)),
            .to_date = to_day + days(wall_to == to_day ? 0 : 1)};
}

Texts Expected(const std::vector<Happening>& all, const Window& window) {
    Texts out;
    for (const Happening& one : all) {
        const auto ms = [](auto time) {
            return std::chrono::milliseconds(time.time_since_epoch()).count();
        };
        const std::int64_t from = one.all_day ? ms(window.from_date) : ms(window.from);
        const std::int64_t to = one.all_day ? ms(window.to_date) : ms(window.to);
        const bool in = one.end_ms == one.start_ms ? one.start_ms >= from && one.start_ms < to
                                                   : one.start_ms < to && one.end_ms > from;
        if (in) out.push_back(one.text);
    }
    std::sort(out.begin(), out.end());
    return out;
}

class World {
  public:
    World(IndexedStore& store, std::uint64_t seed) : store_(store), random_(seed) {
        calendar_ = store.AddCalendar("world " + std::to_string(seed));
        for (int i = 0; i < kEvents; ++i) {
            plans_.push_back(RandomPlan(random_, "e" + std::to_string(i)));
            Store(plans_.back());
        }
    }

    void Ask() {
        std::vector<Happening> all;
        for (const Plan& plan : plans_)
            for (Happening& one : HappeningsOf(plan, kLast)) all.push_back(std::move(one));
        for (const char* name : kAskers) {
            const Zone asker = *Zone::Load(name);
            for (int i = 0; i < kWindows; ++i) AskOne(all, asker);
        }
    }

    // Some go, some become others under the same name.
    void Edit() {
        for (Plan& plan : plans_) {
            if (random_.Below(3) != 0) continue;
            store_.Do([&](Txn& txn) { Remove(txn, plan); });
            if (random_.Below(2) == 0) {
                plan = RandomPlan(random_, plan.name);
                Store(plan);
            } else {
                plan.name.clear();
            }
        }
        std::erase_if(plans_, [](const Plan& plan) { return plan.name.empty(); });
    }

    // Worlds that stayed would make each next one slower.
    void End() {
        store_.Do([&](Txn& txn) {
            REQUIRE(RemoveCalendar(txn, calendar_, *ParseRfc3339("2026-01-15T09:00:00Z")));
        });
    }

  private:
    void AskOne(const std::vector<Happening>& all, const Zone& asker) {
        const Window window = RandomWindow(random_, asker);
        const auto range = model::TimeRange::Of(window.from, window.to, asker);
        const std::string what =
            asker.name() + " " + FormatUtc(window.from) + " to " + FormatUtc(window.to);
        INFO(what);
        CHECK(range.from_date == window.from_date);
        CHECK(range.to_date == window.to_date);
        CHECK(store_.Rows(range, {calendar_}) == Expected(all, window));
    }

    // In any order: a provider does not promise that masters come first.
    void Store(const Plan& plan) {
        auto events = EventsOf(plan);
        if (random_.Below(2) == 0) std::reverse(events.begin(), events.end());
        store_.Do([&](Txn& txn) {
            for (model::Event& event : events) {
                event.calendar_id = calendar_;
                REQUIRE(InsertEvent(txn, event, 1));
            }
        });
    }

    void Remove(Txn& txn, const Plan& plan) {
        for (const model::Event& event : EventsOf(plan)) {
            const auto row = FindEventByRemoteId(txn, calendar_, event.remote_id);
            REQUIRE(row);
            REQUIRE(*row);
            REQUIRE(RemoveEvent(txn, (*row)->event.id));
        }
    }

    IndexedStore& store_;
    kamili::testing::SeededRandom random_;
    model::CalendarId calendar_;
    std::vector<Plan> plans_;
};

}  // namespace

TEST_CASE("the index answers what a walk over the days finds, also after changes") {
    IndexedStore store;
    store.Keep("1", 500);
    const std::uint64_t worlds = kamili::testing::FromEnvironment("KAMILI_RANGE_WORLDS", kWorlds);
    for (std::uint64_t seed = 1; seed <= worlds; ++seed) {
        INFO("seed ", seed);
        World world(store, seed);
        world.Ask();
        world.Edit();
        world.Ask();
        CHECK(store.Count("SELECT count(*) FROM occurrences") > 0);
        world.End();
    }
    CHECK(store.IsWhole());
    CHECK(store.Count("SELECT count(*) FROM occurrences") == 0);
    CHECK(store.Count("SELECT count(*) FROM expanded_events") == 0);
}
