// What the encryption costs: the same statements on plain SQLite, on an encrypted store and, when
// libsqlcipher0 is installed, on SQLCipher, in alternation, in process CPU time. Prints medians and
// their ratios to plain SQLite.
// Usage: store_bench [ROWS [CONTENDER]]   (100,000 rows unless said otherwise; one alone: to
// profile)

#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "storage/cipher.h"
#include "tests/bench/sqlite_engine.h"
#include "tests/support/temp_folder.h"

using namespace kamili;
using namespace kamili::bench;

namespace {

constexpr std::size_t kRounds = 5;
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

// A fifth of the rows, from everywhere.
void Delete(Engine& engine, int rows) {
    Dice dice(8);
    Query remove(engine.calls(), engine.writer(), "DELETE FROM bench_rows WHERE id = ?");
    for (int i = 0; i < rows / 5; ++i) {
        if (i % kRowsInTransaction == 0) engine.Execute(engine.writer(), "BEGIN IMMEDIATE");
        remove.Int(1, 1 + Below(dice, rows)).Run();
        if (i % kRowsInTransaction == kRowsInTransaction - 1 || i == rows / 5 - 1)
            engine.Execute(engine.writer(), "COMMIT");
    }
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

// What is measured, in the order of its first appearance, for each contender in each round.
class Times {
  public:
    void Add(const std::string& what, const std::string& who, double seconds) {
        if (!values_.count(what)) order_.push_back(what);
        values_[what][who].push_back(seconds);
    }
    // The ratio is the median of each round's: what disturbs the machine disturbs neighbours alike.
    void Print(const std::vector<Contender>& contenders) const {
        std::printf("%-22s", "CPU ms, ratio");
        for (const Contender& one : contenders) std::printf(" %17s", one.name.c_str());
        std::printf("\n");
        for (const std::string& what : order_) {
            std::printf("%-22s", what.c_str());
            const auto& row = values_.at(what);
            for (const Contender& one : contenders)
                if (row.count(one.name))
                    PrintOne(row.at(one.name), row.at(contenders[0].name));
                else
                    std::printf(" %17s", "-");
            std::printf("\n");
        }
    }

  private:
    static void PrintOne(const std::vector<double>& values, const std::vector<double>& plain) {
        std::vector<double> ratios;
        for (std::size_t i = 0; i < values.size(); ++i) ratios.push_back(values[i] / plain[i]);
        std::printf(" %10.1f %6.2f", Median(values) * 1e3, Median(ratios));
    }

    std::vector<std::string> order_;
    std::map<std::string, std::map<std::string, std::vector<double>>> values_;
};

// A contender's database in one round.
struct Entrant {
    const Contender& contender;
    std::string path;
    std::unique_ptr<Engine> engine;

    void Reopen(const CacheSizes& sizes) {
        engine.reset();
        engine = contender.open(path, sizes);
    }
};

struct Phase {
    const char* name;
    std::optional<CacheSizes> reopened_with;  // before it, so that the caches are empty
    std::function<void(Engine&)> work;
    bool needs_full_text_search = false;
};

std::vector<Phase> Phases(int rows) {
    const int ranges = rows / 50;
    return {
        {"insert", kSmall, [=](Engine& engine) { Insert(engine, rows); }},
        {"small transactions", {}, [=](Engine& engine) { Update(engine, rows); }},
        {"time ranges, cold", kSmall, [=](Engine& engine) { TimeRanges(engine, rows, ranges); }},
        {"key ranges, cold", kSmall, [=](Engine& engine) { KeyRanges(engine, rows, ranges); }},
        {"points, cold", kSmall, [=](Engine& engine) { Points(engine, rows); }},
        {"scan", kSmall, [](Engine& engine) { Scan(engine); }},
        {"time ranges, filling", kLarge, [=](Engine& engine) { TimeRanges(engine, rows, ranges); }},
        {"time ranges, warm", {}, [=](Engine& engine) { TimeRanges(engine, rows, ranges); }},
        {"points, warm", {}, [=](Engine& engine) { Points(engine, rows); }},
        {"delete", {}, [=](Engine& engine) { Delete(engine, rows); }},
        {"texts, insert", kSmall, [=](Engine& engine) { FillDocuments(engine, rows / 5); }, true},
        {"texts, search", kSmall, [=](Engine& engine) { Search(engine, rows / 500); }, true},
    };
}

void RunPhase(const Phase& phase, Entrant& entrant, Times& times) {
    if (phase.needs_full_text_search && !entrant.contender.has_full_text_search) return;
    if (phase.reopened_with) entrant.Reopen(*phase.reopened_with);
    const double begin = Seconds(CLOCK_PROCESS_CPUTIME_ID);
    phase.work(*entrant.engine);
    times.Add(phase.name, entrant.contender.name, Seconds(CLOCK_PROCESS_CPUTIME_ID) - begin);
}

void RunRound(const std::vector<Contender>& contenders, std::size_t round, int rows, Times& times,
              const std::string& folder) {
    std::vector<Entrant> entrants;
    for (const Contender& one : contenders)
        entrants.push_back({one, folder + "/" + one.name + ".db", nullptr});
    // Who begins changes, so that nobody always finds the warmer machine.
    const auto in_turn = [&](const std::function<void(Entrant&)>& act) {
        for (std::size_t i = 0; i < entrants.size(); ++i)
            act(entrants[(i + round) % entrants.size()]);
    };
    for (const Phase& phase : Phases(rows))
        in_turn([&](Entrant& entrant) { RunPhase(phase, entrant, times); });
    in_turn([&](Entrant& entrant) {
        entrant.engine.reset();
        const double begin = Seconds(CLOCK_MONOTONIC);
        entrant.Reopen(kSmall);
        Query(entrant.engine->calls(), entrant.engine->reader(),
              "SELECT body FROM bench_rows WHERE id = 1")
            .Run();
        times.Add("open, wall time", entrant.contender.name, Seconds(CLOCK_MONOTONIC) - begin);
    });
}

// The least that sealing and opening a page can cost here: the cipher alone.
void PrintFloor() {
    constexpr int kTimes = 20'000;
    constexpr std::size_t kBytes = 4032;
    storage::Xaes cipher(Secret::OfSize(storage::kKeyBytes));
    std::vector<std::uint8_t> page(kBytes, 1);
    std::array<std::uint8_t, storage::kTagBytes> tag{};
    const std::array<std::uint8_t, 24> nonce{};
    const storage::Bytes half(nonce.data(), 12);
    const double begin = Seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (int i = 0; i < kTimes; ++i) cipher.Seal(half, half, nonce, page, page.data(), tag.data());
    const double middle = Seconds(CLOCK_PROCESS_CPUTIME_ID);
    std::vector<std::uint8_t> out(kBytes);
    for (int i = 0; i < kTimes; ++i) cipher.Open(half, half, nonce, page, out.data(), tag.data());
    const double end = Seconds(CLOCK_PROCESS_CPUTIME_ID);
    std::printf("AES-256-GCM of a page: sealing %.2f us, opening %.2f us\n",
                (middle - begin) / kTimes * 1e6, (end - middle) / kTimes * 1e6);
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
    for (std::size_t round = 0; round < kRounds; ++round) {
        const testing::TempFolder folder;
        RunRound(contenders, round, rows, times, folder.path());
        bytes = FileBytes(folder.File(contenders.back().name + ".db"));
    }
    std::printf("%d rows, a file of %lld MiB, medians of %d alternating rounds\n", rows,
                static_cast<long long>(bytes / kMiB), static_cast<int>(kRounds));
    times.Print(contenders);
    PrintFloor();
}
