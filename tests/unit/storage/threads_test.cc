// Aim: one writer that checkpoints and two readers, each on a thread of its own, never disturb each
// other, nor does a rotation of the key between them; a reader sees every write whose end was told.
// Method: the real loop and workers, a log that is checkpointed several times. Under TSan too.

#include <doctest/doctest.h>

#include <atomic>
#include <future>

#include "base/sd_loop.h"
#include "base/serial_worker.h"
#include "storage/journal.h"
#include "tests/unit/storage/numbered.h"

using namespace kamili;
using namespace kamili::storage;
using namespace kamili::testing;

namespace {

constexpr std::int64_t kWrites = 400;
constexpr std::int64_t kRotateEvery = 90;

// Writes numbers one after the other; after each, looks for it on a reader.
class Conversation {
  public:
    Conversation(Store& store, SdLoop& loop) : store_(store), loop_(loop) {}

    void WriteNext() {
        const std::int64_t number = ++number_;
        if (number > kWrites) return;
        if (number % kRotateEvery == 0)
            store_.RotateKey([](std::int64_t, std::int64_t) {},
                             [this](const Status& rotated) {
                                 CHECK(rotated);
                                 ++rotations_;
                             });
        store_.Write(
            [=](Txn& txn) -> Status {
                if (auto added = AddNumber(txn, number, 2000); !added) return added;
                return AppendChange(txn, model::ChangeKind::kAdded, model::EventId(number),
                                    model::CalendarId(1), UtcTime{});
            },
            [this, number](Status status) {
                CHECK(status);
                Look(number);
                WriteNext();
            });
    }
    std::int64_t looked() const { return looked_; }
    std::int64_t rotations() const { return rotations_; }

  private:
    void Look(std::int64_t number) {
        store_.ReadFor<std::int64_t>(
            UniqueFunction<Result<std::int64_t>(const ReadView&)>(
                [](const ReadView& view) { return CountEvents(view, model::CalendarId(1)); }),
            UniqueFunction<void(Result<std::int64_t>)>([this, number](Result<std::int64_t> count) {
                REQUIRE(count);
                CHECK(*count >= number);
                if (++looked_ == kWrites) loop_.Exit(0);
            }));
    }

    Store& store_;
    SdLoop& loop_;
    std::int64_t number_ = 0;
    std::int64_t looked_ = 0;
    std::int64_t rotations_ = 0;
};

}  // namespace

TEST_CASE("a writer and two readers on threads of their own agree") {
    TempFolder folder;
    auto loop = SdLoop::Create();
    REQUIRE(loop);
    SystemRandom random;
    MemoryLog log;
    std::vector<std::int64_t> told;
    {
        SerialWorker writer("writer");
        SerialWorker first("reader-1");
        SerialWorker second("reader-2");
        auto store = Store::Open({.path = folder.File("store.db"), .base_vfs = ""}, TestKey(),
                                 **loop, writer, {&first, &second}, random, log);
        REQUIRE(store);
        auto watch = (*store)->WatchJournal([&](std::int64_t last) { told.push_back(last); });
        (*store)->Write([](Txn& txn) { return AddCalendar(txn); }, [](Status) {});
        Conversation conversation(**store, **loop);
        conversation.WriteNext();
        CHECK((*loop)->Run() == 0);
        CHECK(conversation.looked() == kWrites);
        CHECK(conversation.rotations() == kWrites / kRotateEvery);
        (*store)->Close();
    }
    REQUIRE(told.size() >= static_cast<std::size_t>(kWrites) - 1);
    for (std::size_t i = 0; i < told.size(); ++i)
        CHECK(told[i] == static_cast<std::int64_t>(i) + 1);
}

TEST_CASE("a short question does not wait for long ones, and settling waits for all") {
    auto loop = SdLoop::Create();
    REQUIRE(loop);
    TempFolder folder;
    SystemRandom random;
    MemoryLog log;
    std::promise<void> answered;
    std::atomic<int> ended{0};
    bool in_time = false, settled = false;
    {
        SerialWorker writer("writer");
        SerialWorker first("reader-1");
        SerialWorker second("reader-2");
        auto store = Store::Open({.path = folder.File("store.db"), .base_vfs = ""}, TestKey(),
                                 **loop, writer, {&first, &second}, random, log);
        REQUIRE(store);
        const auto long_one = [&](const ReadView&) -> Status {
            auto waits = answered.get_future();
            in_time = waits.wait_for(std::chrono::seconds(20)) == std::future_status::ready;
            return {};
        };
        const auto count = [&](const Status&) { ++ended; };
        (*store)->Read(long_one, count, Store::Length::kLong);
        (*store)->Read([](const ReadView&) { return Status(); }, count, Store::Length::kLong);
        (*store)->Read([](const ReadView&) { return Status(); },
                       [&](const Status&) {
                           ++ended;
                           answered.set_value();
                       });
        (*store)->Settle([&] {
            settled = ended == 3;
            (*loop)->Exit(0);
        });
        CHECK((*loop)->Run() == 0);
        (*store)->Close();
    }
    CHECK(in_time);
    CHECK(settled);
}

TEST_CASE("closing carries out the writes that were accepted") {
    FakeClock clock;
    FakeLoop loop(clock);
    TestStore store(loop);
    REQUIRE(store.Write([](Txn& txn) { return AddCalendar(txn); }));
    store->Write([](Txn& txn) { return AddNumber(txn, 1); }, [](Status) {});
    store->Write([](Txn& txn) { return AddNumber(txn, 2); }, [](Status) {});
    store.Close();
    REQUIRE(store.Open());
    CHECK(*CountNumbers(store) == 2);
}
