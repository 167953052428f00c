// Aim: whoever waits for changes gets each once, in order and without a gap, at its own pace, and a
// part that many wait for is read once.
// Method: a real store on a fake loop; readers at random paces beside a writer.

#include "daemon/change_feed.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "storage/journal.h"
#include "tests/support/seeded_random.h"
#include "tests/support/test_store.h"

using namespace kamili;
using namespace kamili::daemon;
using namespace kamili::testing;

namespace {

struct World {
    World() : store(loop), feed(std::make_shared<ChangeFeed>(loop, *store)) { feed->Start(); }

    void Append(int count) {
        REQUIRE(store.Write([count](storage::Txn& txn) -> Status {
            for (int i = 0; i < count; ++i)
                if (auto done = AppendChange(txn, model::ChangeKind::kAdded, model::EventId(1),
                                             model::CalendarId(1), UtcTime{});
                    !done)
                    return done;
            return {};
        }));
    }

    FakeClock clock;
    FakeLoop loop{clock};
    TestStore store;
    std::shared_ptr<ChangeFeed> feed;
};

// Asks for the next part as soon as it has one, or when it is told to.
struct Reader {
    Reader(ChangeFeed& feed_in, bool eager_in) : feed(feed_in), eager(eager_in) {}

    void Ask() {
        waits = true;
        waiting = feed.ReadAfter(since, 0, [this](const Result<JournalPart>& part) {
            waits = false;
            REQUIRE(part);
            CHECK_FALSE(part->is_empty);
            const auto told = nlohmann::json::parse(part->text);
            for (const auto& change : told["changes"]) numbers.push_back(change["number"]);
            since = part->cursor;
            if (eager) Ask();
        });
    }

    ChangeFeed& feed;
    const bool eager;
    bool waits = false;
    std::int64_t since = 0;
    std::vector<std::int64_t> numbers;
    Subscription waiting;
};

}  // namespace

TEST_CASE("each gets every change once and in order, eager or late") {
    World world;
    SeededRandom random(5);
    std::vector<std::unique_ptr<Reader>> readers;
    for (int i = 0; i < 60; ++i)
        readers.push_back(std::make_unique<Reader>(*world.feed, /*eager=*/i % 2 == 0));
    for (auto& reader : readers) reader->Ask();
    std::int64_t last = 0;
    for (int round = 0; round < 40; ++round) {
        const int count = 1 + static_cast<int>(random.Below(round % 8 == 0 ? 2500 : 20));
        world.Append(count);
        last += count;
        for (auto& reader : readers)
            if (!reader->waits && random.Below(3) == 0) reader->Ask();
        if (random.Below(2) == 0) world.loop.RunPosted();
    }
    for (int i = 0; i < 200; ++i) {
        for (auto& reader : readers)
            if (!reader->waits && reader->since < last) reader->Ask();
        world.loop.RunPosted();
    }
    for (auto& reader : readers) {
        REQUIRE(reader->numbers.size() == static_cast<std::size_t>(last));
        for (std::int64_t i = 0; i < last; ++i)
            if (reader->numbers[static_cast<std::size_t>(i)] != i + 1)
                FAIL("a gap or a change twice");
    }
}

TEST_CASE("who no longer waits is not told, and nobody is told from inside") {
    World world;
    Reader gone(*world.feed, /*eager=*/false), there(*world.feed, /*eager=*/false);
    gone.Ask();
    there.Ask();
    gone.waiting.Cancel();
    world.Append(3);
    world.loop.RunPosted();
    CHECK(gone.numbers.empty());
    CHECK(there.numbers.size() == 3);
    // What is there already comes in the next turn.
    Reader late(*world.feed, /*eager=*/false);
    late.Ask();
    CHECK(late.numbers.empty());
    world.loop.RunPosted();
    CHECK(late.numbers.size() == 3);
}

TEST_CASE("entries that were trimmed meanwhile are an error by name") {
    World world;
    world.Append(3);
    REQUIRE(world.store.Write(
        [](storage::Txn& txn) { return TrimJournal(txn, UtcTime{std::chrono::hours(1)}); }));
    std::optional<ErrorKind> kind;
    const auto waiting = world.feed->ReadAfter(1, 3, [&](const Result<JournalPart>& part) {
        REQUIRE_FALSE(part);
        kind = part.error().kind;
    });
    world.loop.RunPosted();
    CHECK(kind == ErrorKind::kJournalTruncated);
}
