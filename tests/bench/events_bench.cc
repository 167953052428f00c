// What the encryption costs an event: the same work through the same code on a plain SQLite
// database and on an encrypted store, in alternation, in process CPU time. Prints the median of
// each and the ratio. Usage: events_bench [EVENTS]   (20,000 unless said otherwise)

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "model/zone.h"
#include "storage/accounts.h"
#include "storage/calendars.h"
#include "storage/events.h"
#include "storage/open_store.h"
#include "storage/schema.h"
#include "storage/view.h"
#include "tests/bench/bench.h"
#include "tests/support/memory_log.h"
#include "tests/support/seeded_random.h"
#include "tests/support/temp_folder.h"

using namespace kamili;
using namespace kamili::storage;
using kamili::testing::CpuSeconds;
using kamili::testing::Measure;
using kamili::testing::Median;
using kamili::testing::Must;

namespace {

constexpr int kRounds = 5;
constexpr std::int64_t kWriterCacheBytes = 16 << 20;
constexpr std::int64_t kReaderCacheBytes = 8 << 20;
const UtcTime kFirst = *ParseRfc3339("2020-01-01T00:00:00Z");

// Connections to one store; the plain one borrows secrets that nothing uses.
class Engine {
  public:
    explicit Engine(OpenedFiles files) : files_(std::move(files)) {}
    void Write(const std::function<void(Txn&)>& work) {
        Must(files_.writer->Execute("BEGIN IMMEDIATE"));
        Txn txn(*files_.writer, *files_.secrets);
        work(txn);
        Must(files_.writer->Execute("COMMIT"));
    }
    void Read(const std::function<void(const ReadView&)>& work) {
        Must(files_.readers[0]->Execute("BEGIN"));
        work(ReadView(*files_.readers[0], *files_.secrets));
        Must(files_.readers[0]->Execute("COMMIT"));
    }

  private:
    OpenedFiles files_;
};

OpenedFiles OpenSealed(const std::string& path) {
    static SystemRandom random;
    static testing::MemoryLog log;
    Secret key = Secret::OfSize(kKeyBytes);
    return Must(OpenFiles({.path = path,
                           .base_vfs = "",
                           .writer_cache_bytes = kWriterCacheBytes,
                           .reader_cache_bytes = kReaderCacheBytes},
                          key, 1, random, log));
}

OpenedFiles OpenPlain(const std::string& path) {
    static SystemRandom random;
    Secret key = Secret::OfSize(kKeyBytes);
    OpenedFiles out;
    out.secrets =
        std::make_unique<StoreSecrets>(MakePrefix(key, SlotKind::kKeyFile, random).keys, random);
    out.writer = Must(Connection::Open(
        {.path = path, .vfs = "unix-excl", .create = true, .cache_bytes = kWriterCacheBytes}));
    Must(
        out.writer->Execute("PRAGMA page_size=4096; PRAGMA auto_vacuum=INCREMENTAL;"
                            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                            "PRAGMA wal_autocheckpoint=1000; PRAGMA secure_delete=ON;"));
    Must(CreateSchema(*out.writer));
    out.readers.push_back(Must(Connection::Open(
        {.path = path, .vfs = "unix-excl", .read_only = true, .cache_bytes = kReaderCacheBytes})));
    return out;
}

// Spread evenly over six years; an hour each, every twentieth a weekly series without an end.
model::Event EventAt(int number, int count) {
    model::Event event;
    event.calendar_id = model::CalendarId(1);
    event.remote_id = "remote-" + std::to_string(number);
    event.uid = event.remote_id + "@example.org";
    event.title = "Meeting " + std::to_string(number);
    event.description = "Agenda of meeting " + std::to_string(number) + std::string(200, 'x');
    event.raw = std::string(400, 'r');
    const UtcTime start = kFirst + std::chrono::minutes(std::int64_t{number} * 3'153'600 / count);
    event.start = model::TimedAt(start, model::Zone::Utc());
    event.end = model::TimedAt(start + std::chrono::hours(1), model::Zone::Utc());
    if (number % 2000 == 0) {
        event.kind = model::EventKind::kSeries;
        event.recurrence = {"RRULE:FREQ=WEEKLY"};
    }
    return event;
}

void AddCalendar(Txn& txn) {
    model::Account account;
    account.remote_id = "account";
    model::Calendar calendar;
    calendar.account_id = Must(InsertAccount(txn, account));
    calendar.remote_id = "calendar";
    Must(InsertCalendar(txn, calendar));
}

void Insert(Engine& engine, int count) {
    constexpr int kBatch = 250;  // about a page of a provider
    engine.Write(AddCalendar);
    for (int from = 0; from < count; from += kBatch)
        engine.Write([&](Txn& txn) {
            for (int i = from; i < std::min(count, from + kBatch); ++i)
                Must(InsertEvent(txn, EventAt(i, count), 1));
        });
}

void Update(Engine& engine, int count, Random& random) {
    for (int i = 0; i < 500; ++i)
        engine.Write([&](Txn& txn) {
            const auto id =
                static_cast<std::int64_t>(random.Below(static_cast<std::uint64_t>(count)));
            Must(MarkListed(txn, model::EventId(id + 1), i));
        });
}

void FindPoints(Engine& engine, int count, Random& random) {
    engine.Read([&](const ReadView& view) {
        for (int i = 0; i < 10'000; ++i) {
            const auto id =
                static_cast<std::int64_t>(random.Below(static_cast<std::uint64_t>(count)));
            KAMILI_CHECK(Must(FindEvent(view, model::EventId(id + 1))).has_value());
        }
    });
}

void FindWeeks(Engine& engine, Random& random) {
    engine.Read([&](const ReadView& view) {
        for (int i = 0; i < 300; ++i) {
            const UtcTime from =
                kFirst + std::chrono::hours(static_cast<std::int64_t>(random.Below(50'000)));
            const auto range =
                model::TimeRange::Of(from, from + std::chrono::hours(24 * 7), model::Zone::Utc());
            KAMILI_CHECK(!Must(EventsInRange(view, range, {})).singles.empty());
        }
    });
}

void Search(Engine& engine, int count, Random& random) {
    engine.Read([&](const ReadView& view) {
        for (int i = 0; i < 500; ++i) {
            const auto number = random.Below(static_cast<std::uint64_t>(count));
            Must(SearchEvents(view, {.text = "meeting " + std::to_string(number)}));
        }
    });
}

using Times = std::map<std::string, std::array<std::vector<double>, 2>>;

void RunRound(int round, int count, Times& times) {
    testing::TempFolder folder;
    for (int turn = 0; turn < 2; ++turn) {
        // Who begins changes, so that neither always finds the warmer machine.
        const std::size_t which = static_cast<std::size_t>((turn + round) % 2);
        Engine engine(which == 0 ? OpenPlain(folder.File("plain.db"))
                                 : OpenSealed(folder.File("store.db")));
        testing::SeededRandom random(static_cast<std::uint64_t>(round));
        const auto add = [&](const char* name, const std::function<void()>& work) {
            times[name][which].push_back(Measure(work));
        };
        add("insert", [&] { Insert(engine, count); });
        add("small update", [&] { Update(engine, count, random); });
        add("point", [&] { FindPoints(engine, count, random); });
        add("week", [&] { FindWeeks(engine, random); });
        add("search", [&] { Search(engine, count, random); });
    }
}

}  // namespace

int main(int argc, char** words) {
    const int count = argc > 1 ? std::atoi(words[1]) : 20'000;
    if (count < 1000) return 2;
    Times times;
    for (int round = 0; round < kRounds; ++round) RunRound(round, count, times);
    std::printf("%d events, median of %d rounds, CPU milliseconds\n", count, kRounds);
    std::printf("%-14s %10s %10s %7s\n", "", "plain", "encrypted", "ratio");
    for (const auto& [name, both] : times) {
        const double plain = Median(both[0]);
        const double sealed = Median(both[1]);
        std::printf("%-14s %10.1f %10.1f %7.2f\n", name.c_str(), plain * 1e3, sealed * 1e3,
                    sealed / plain);
    }
}
