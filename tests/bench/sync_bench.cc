// What a first sync of one Google calendar costs: its pages, decompressed, parsed, reconciled and
// written into an encrypted store, beside a plain pipeline that writes the same rows
// (plain_pipeline.h), in alternation, in process CPU time. The network is left out of both.
// Usage: sync_bench [EVENTS]   (50,000 unless said otherwise)

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "storage/accounts.h"
#include "storage/calendars.h"
#include "storage/open_store.h"
#include "storage/range_index.h"
#include "storage/view.h"
#include "sync/providers.h"
#include "sync/reconcile.h"
#include "tests/bench/bench.h"
#include "tests/bench/plain_pipeline.h"
#include "tests/simulator/client_of_sim.h"
#include "tests/support/loopback_server.h"
#include "tests/support/memory_log.h"
#include "tests/support/temp_folder.h"

using namespace kamili;
using namespace kamili::storage;
using kamili::testing::CpuSeconds;
using kamili::testing::Measure;
using kamili::testing::Median;
using kamili::testing::Must;
using kamili::testing::PlainPipeline;

namespace {

constexpr int kRounds = 5;
constexpr std::int64_t kCacheBytes = 8 << 20;
// The simulator gives this calendar three tenths of its world.
constexpr char kCalendar[] = "ada@example.org";
constexpr double kShare = 0.3;

const sync::Provider& Google() {
    static const auto provider = sync::MakeGoogleProvider(
        {.google_api_url = std::string(simulator::kTestBase) + "/google/calendar/v3",
         .graph_url = ""});
    return *provider;
}

model::Account TheAccount() {
    model::Account account;
    account.provider = model::Provider::kGoogle;
    account.remote_id = "account";
    return account;
}

model::Calendar TheCalendar() {
    model::Calendar calendar;
    calendar.remote_id = kCalendar;
    calendar.time_zone = "Europe/Berlin";
    calendar.enabled = true;
    return calendar;
}

// The listing as it crosses the wire.
std::vector<std::string> Pages(std::size_t events, UtcTime& now) {
    simulator::ClientOfSim client(static_cast<std::size_t>(static_cast<double>(events) / kShare));
    now = client.now;
    client.SignInToGoogle();
    std::vector<std::string> pages;
    model::Calendar calendar = TheCalendar();
    for (bool last = false; !last;) {
        const auto request = Google().ListChanges(TheAccount(), calendar, now);
        const auto reply = client.Get(simulator::ClientOfSim::TargetOf(request.url));
        KAMILI_CHECK(reply.status == 200);
        net::Response response;
        response.status = reply.status;
        response.body = Secret(std::string_view(reply.body));
        const auto page = Must(Google().ParseChanges(TheAccount(), calendar, response, now));
        calendar.cursor = page.cursor;
        last = page.last;
        pages.push_back(testing::Gzip(reply.body));
    }
    return pages;
}

// A store, filled as the daemon fills it.
class SealedStore {
  public:
    SealedStore(const std::string& path, UtcTime now) : now_(now) {
        static SystemRandom random;
        static testing::MemoryLog log;
        Secret key = Secret::OfSize(kKeyBytes);
        files_ = Must(OpenFiles({.path = path,
                                 .base_vfs = "",
                                 .writer_cache_bytes = kCacheBytes,
                                 .reader_cache_bytes = kCacheBytes},
                                key, 1, random, log));
        Write([&](Txn& txn) {
            calendar_ = TheCalendar();
            calendar_.account_id = Must(InsertAccount(txn, TheAccount()));
            calendar_.id = Must(InsertCalendar(txn, calendar_));
            while (Must(KeepIndex(txn, {.now = now, .zone_data = "bench"}))) continue;
        });
    }

    std::size_t Take(const std::string& gzip) {
        net::Response response;
        response.status = 200;
        double began = CpuSeconds();
        response.body = Secret(std::string_view(testing::Gunzip(gzip)));
        auto page = Must(Google().ParseChanges(TheAccount(), calendar_, response, now_));
        parse += CpuSeconds() - began;
        const std::size_t count = page.changes.size();
        sync::PageToApply apply{.changes = std::move(page.changes),
                                .cursor = page.cursor,
                                .expected = calendar_.cursor,
                                .begins = page.begins,
                                .full = page.full,
                                .last = page.last};
        Write([&](Txn& txn) {
            calendar_ = Must(sync::ApplyPage(txn, calendar_.id, std::move(apply), now_)).calendar;
        });
        return count;
    }

    sqlite3* handle() const { return files_.writer->handle(); }
    double parse = 0;

  private:
    void Write(const std::function<void(Txn&)>& work) {
        Must(files_.writer->Execute("BEGIN IMMEDIATE"));
        Txn txn(*files_.writer, *files_.secrets);
        work(txn);
        Must(WritePendingRows(txn));
        Must(files_.writer->Execute("COMMIT"));
    }

    const UtcTime now_;
    OpenedFiles files_;
    model::Calendar calendar_;
};

std::int64_t Count(sqlite3* handle, const char* sql) {
    sqlite3_stmt* statement = nullptr;
    KAMILI_CHECK(sqlite3_prepare_v2(handle, sql, -1, &statement, nullptr) == SQLITE_OK);
    sqlite3_step(statement);
    const std::int64_t count = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return count;
}

}  // namespace

int main(int argc, char** words) {
    const int wanted = argc > 1 ? std::atoi(words[1]) : 50'000;
    if (wanted < 100) return 2;
    UtcTime now{};
    const auto pages = Pages(static_cast<std::size_t>(wanted), now);
    std::size_t bytes = 0;
    for (const std::string& page : pages) bytes += page.size();

    std::vector<double> store_times, parse_times, plain_times, ratios;
    std::size_t events = 0;
    for (int round = 0; round < kRounds; ++round) {
        testing::TempFolder folder;
        SealedStore store(folder.File("store.db"), now);
        events = 0;
        store_times.push_back(Measure([&] {
            for (const std::string& page : pages) events += store.Take(page);
        }));
        parse_times.push_back(store.parse);
        if (round == 0)
            std::printf(
                "%zu events on %zu pages (%zu bytes), %lld of them series, %lld occurrences kept\n",
                events, pages.size(), bytes,
                static_cast<long long>(
                    Count(store.handle(), "SELECT count(*) FROM events WHERE kind='series'")),
                static_cast<long long>(Count(store.handle(), "SELECT count(*) FROM occurrences")));
        PlainPipeline plain(store.handle(), folder.File("plain.db"));
        plain_times.push_back(Measure([&] {
            for (const std::string& page : pages) plain.Take(page);
        }));
        ratios.push_back(plain_times.back() / store_times.back());
    }
    const auto each = [&](const std::vector<double>& times) {
        return Median(times) / static_cast<double>(events);
    };
    std::printf("store: %.1f us an event (%.0f/s), of which decompressing and parsing %.1f\n",
                each(store_times) * 1e6, 1 / each(store_times), each(parse_times) * 1e6);
    std::printf("plain: %.1f us an event (%.0f/s)\n", each(plain_times) * 1e6,
                1 / each(plain_times));
    std::printf("ratio of speeds: %.2f\n", Median(ratios));
}
