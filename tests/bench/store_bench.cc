// What the encryption costs: the same statements on plain SQLite, on an encrypted store and, when
// libsqlcipher0 is installed, on SQLCipher, in alternation, in process CPU time. Prints medians and
// their ratios to plain SQLite.
// Usage: store_bench [ROWS [CONTENDER]]   (100,000 rows unless said otherwise; one alone: to
// profile)

#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/bench/sqlite_engine.h"
#include "tests/support/temp_folder.h"

using namespace kamili;
using namespace kamili::bench;

namespace {

constexpr int kRounds = 5;
constexpr std::int64_t kMiB = 1 << 20;
constexpr CacheSizes kSmall{.writer_bytes = 64 * kMiB, .reader_bytes = 16 * kMiB};
constexpr CacheSizes kLarge{.writer_bytes = 64 * kMiB, .reader_bytes = 1024 * kMiB};
constexpr int kRowsInTransaction = 2500;
constexpr int kRowsInRange = 50;

using Dice = std::mt19937_64;

std::int64_t Below(Dice& dice, int bound) {
    return static_cast<std::int64_t>(dice() % static_cast<std::uint64_t>(bound));
}

double Seconds(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double Median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

// Start times are the rows' numbers in random order, so a range of them is rows from everywhere.
void Insert(Engine& engine, int rows) {
    engine.Execute(engine.writer(),
                   "CREATE TABLE bench_rows(id INTEGER PRIMARY KEY, start INTEGER, owner INTEGER,"
                   " body BLOB); CREATE INDEX bench_start ON bench_rows(start);"
                   "CREATE INDEX bench_owner ON bench_rows(owner, start);");
    Dice dice(1);
    std::vector<int> starts(static_cast<std::size_t>(rows));
    for (int i = 0; i < rows; ++i) starts[static_cast<std::size_t>(i)] = i;
    std::shuffle(starts.begin(), starts.end(), dice);
    std::string body(580, '\0');
    Query insert(engine.calls(), engine.writer(),
                 "INSERT INTO bench_rows(start, owner, body) VALUES(?, ?, ?)");
    for (int i = 0; i < rows; ++i) {
        if (i % kRowsInTransaction == 0) engine.Execute(engine.writer(), "BEGIN IMMEDIATE");
        for (std::size_t at = 0; at < body.size(); at += 29) body[at] = static_cast<char>(dice());
        insert.Int(1, starts[static_cast<std::size_t>(i)]).Int(2, i % 20).Blob(3, body).Run();
        if (i % kRowsInTransaction == kRowsInTransaction - 1 || i == rows - 1)
            engine.Execute(engine.writer(), "COMMIT");
    }
}

void Update(Engine& engine, int rows) {
    Dice dice(2);
    Query update(engine.calls(), engine.writer(), "UPDATE bench_rows SET owner = ? WHERE id = ?");
    for (int i = 0; i < rows / 25; ++i) update.Int(1, i % 20).Int(2, 1 + Below(dice, rows)).Run();
}

void TimeRanges(Engine& engine, int rows, int ranges) {
    Dice dice(3);
    engine.Execute(engine.reader(), "BEGIN");
    Query range(engine.calls(), engine.reader(),
                "SELECT length(body) FROM bench_rows INDEXED BY bench_start"
                " WHERE start BETWEEN ? AND ?");
    for (int i = 0; i < ranges; ++i) {
        const std::int64_t from = Below(dice, rows - kRowsInRange);
        range.Int(1, from).Int(2, from + kRowsInRange - 1).Run();
    }
    engine.Execute(engine.reader(), "COMMIT");
}

void KeyRanges(Engine& engine, int rows, int ranges) {
    Dice dice(4);
    engine.Execute(engine.reader(), "BEGIN");
    Query range(engine.calls(), engine.reader(),
                "SELECT length(body) FROM bench_rows WHERE id BETWEEN ? AND ?");
    for (int i = 0; i < ranges; ++i) {
        const std::int64_t from = 1 + Below(dice, rows - kRowsInRange);
        range.Int(1, from).Int(2, from + kRowsInRange - 1).Run();
    }
    engine.Execute(engine.reader(), "COMMIT");
}

void Points(Engine& engine, int rows) {
    Dice dice(5);
    engine.Execute(engine.reader(), "BEGIN");
    Query point(engine.calls(), engine.reader(),
                "SELECT length(body) FROM bench_rows WHERE id = ?");
    for (int i = 0; i < rows / 2; ++i) point.Int(1, 1 + Below(dice, rows)).Run();
    engine.Execute(engine.reader(), "COMMIT");
}

void Scan(Engine& engine) {
    Query(engine.calls(), engine.reader(), "SELECT sum(length(body)) FROM bench_rows NOT INDEXED")
        .Run();
}

// Words as people use them: the n-th most frequent one n times rarer than the first.
std::string Word(Dice& dice) {
    const double share = static_cast<double>(dice() >> 11) * 0x1.0p-53;
    return "word" + std::to_string(static_cast<int>(std::pow(20'000.0, share)));
}

void FillDocuments(Engine& engine, int documents) {
    Dice dice(6);
    engine.Execute(engine.writer(), "CREATE VIRTUAL TABLE bench_texts USING fts5(text); BEGIN");
    Query insert(engine.calls(), engine.writer(), "INSERT INTO bench_texts(text) VALUES(?)");
    for (int i = 0; i < documents; ++i) {
        std::string text;
        for (int word = 0; word < 20; ++word) text += Word(dice) + ' ';
        insert.Text(1, text).Run();
    }
    engine.Execute(engine.writer(), "COMMIT");
}

void Search(Engine& engine, int searches) {
    Dice dice(7);
    engine.Execute(engine.reader(), "BEGIN");
    Query find(engine.calls(), engine.reader(),
               "SELECT rowid FROM bench_texts WHERE bench_texts MATCH ? ORDER BY rank LIMIT 20");
    for (int i = 0; i < searches; ++i) find.Text(1, Word(dice)).Run();
    engine.Execute(engine.reader(), "COMMIT");
}

// What is measured, in the order of its first appearance, for each contender.
class Times {
  public:
    void Measure(const std::string& what, const std::string& who, const std::function<void()>& work,
                 clockid_t clock = CLOCK_PROCESS_CPUTIME_ID) {
        const double begin = Seconds(clock);
        work();
        Add(what, who, Seconds(clock) - begin);
    }
    void Print(const std::vector<Contender>& contenders) const {
        std::printf("%-22s", "CPU ms, ratio to plain");
        for (const Contender& one : contenders) std::printf(" %17s", one.name.c_str());
        std::printf("\n");
        for (const std::string& what : order_) {
            std::printf("%-22s", what.c_str());
            const auto& row = values_.at(what);
            const double plain = Median(row.at(contenders[0].name));
            for (const Contender& one : contenders) {
                const auto found = row.find(one.name);
                if (found == row.end()) {
                    std::printf(" %17s", "-");
                } else {
                    const double value = Median(found->second);
                    std::printf(" %10.1f %6.2f", value * 1e3, value / plain);
                }
            }
            std::printf("\n");
        }
    }

  private:
    void Add(const std::string& what, const std::string& who, double seconds) {
        if (!values_.count(what)) order_.push_back(what);
        values_[what][who].push_back(seconds);
    }

    std::vector<std::string> order_;
    std::map<std::string, std::map<std::string, std::vector<double>>> values_;
};

// One contender's turn. Each reading connection begins with an empty cache.
void RunTurn(const Contender& one, const std::string& path, int rows, Times& times) {
    const auto measure = [&](const char* what, const std::function<void()>& work) {
        times.Measure(what, one.name, work);
    };
    const int ranges = rows / 50;
    {
        const auto engine = one.open(path, kSmall);
        measure("insert", [&] { Insert(*engine, rows); });
        measure("small transactions", [&] { Update(*engine, rows); });
        if (one.has_full_text_search) FillDocuments(*engine, rows / 5);
    }
    std::unique_ptr<Engine> engine;
    times.Measure(
        "open, wall time", one.name,
        [&] {
            engine = one.open(path, kSmall);
            Query(engine->calls(), engine->reader(), "SELECT body FROM bench_rows WHERE id = 1")
                .Run();
        },
        CLOCK_MONOTONIC);
    const auto afresh = [&](const CacheSizes& sizes) {
        engine.reset();
        engine = one.open(path, sizes);
    };
    measure("time ranges, cold", [&] { TimeRanges(*engine, rows, ranges); });
    afresh(kSmall);
    measure("key ranges, cold", [&] { KeyRanges(*engine, rows, ranges); });
    afresh(kSmall);
    measure("points, cold", [&] { Points(*engine, rows); });
    afresh(kSmall);
    measure("scan", [&] { Scan(*engine); });
    if (one.has_full_text_search) {
        afresh(kSmall);
        measure("full-text search", [&] { Search(*engine, rows / 500); });
    }
    afresh(kLarge);
    measure("time ranges, filling", [&] { TimeRanges(*engine, rows, ranges); });
    measure("time ranges, warm", [&] { TimeRanges(*engine, rows, ranges); });
    measure("points, warm", [&] { Points(*engine, rows); });
}

std::int64_t FileBytes(const std::string& path) {
    struct stat about {};
    return stat(path.c_str(), &about) == 0 ? about.st_size : 0;
}

}  // namespace

int main(int argc, char** words) {
    const int rows = argc > 1 ? std::atoi(words[1]) : 100'000;
    if (rows < 5000) return 2;
    std::vector<Contender> contenders = AllContenders();
    if (argc > 2)
        std::erase_if(contenders, [&](const Contender& one) { return one.name != words[2]; });
    if (contenders.empty()) return 2;
    Times times;
    std::int64_t bytes = 0;
    for (int round = 0; round < kRounds; ++round)
        // Who begins changes, so that nobody always finds the warmer machine.
        for (std::size_t turn = 0; turn < contenders.size(); ++turn) {
            testing::TempFolder folder;
            const std::size_t which = (turn + static_cast<std::size_t>(round)) % contenders.size();
            RunTurn(contenders[which], folder.File("store.db"), rows, times);
            if (contenders[which].name == "Kamili") bytes = FileBytes(folder.File("store.db"));
        }
    std::printf("%d rows, a store of %lld MiB, medians of %d alternating rounds\n", rows,
                static_cast<long long>(bytes / kMiB), kRounds);
    times.Print(contenders);
}
