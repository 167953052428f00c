// A store with a world of known density, and the same rows in plain SQLite, for measuring queries:
// 60 rows a week in each calendar, over ten years around now, seven occurrences an event.
// Usage: dense_world fill STATE_FOLDER EVENTS PLAIN_FILE   into the store that kamilid made there
//        dense_world plain PLAIN_FILE WORD ...             what the questions cost in process

#include <sqlite3.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "model/zone.h"
#include "model/zone_files.h"
#include "storage/accounts.h"
#include "storage/calendars.h"
#include "storage/events.h"
#include "storage/journal.h"
#include "storage/key_source.h"
#include "storage/open_store.h"
#include "storage/range_index.h"
#include "storage/view.h"
#include "tests/bench/bench.h"
#include "tests/support/memory_log.h"

using namespace kamili;
using namespace kamili::storage;
using kamili::testing::Must;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

constexpr int kEventsInCalendar = 4444;
constexpr int kBatch = 2500;
constexpr int kYears = 10;
constexpr int kWords = 20'000;
constexpr int kRareEvents = 5;
constexpr std::int64_t kDayMs = 86'400'000;

// Words by rank, as often as Zipf's law says; `wNNN` is the word of that rank.
class Words {
  public:
    explicit Words(std::mt19937_64& dice) : dice_(dice) {
        double sum = 0;
        for (int rank = 1; rank <= kWords; ++rank) sums_.push_back(sum += 1.0 / rank);
    }
    std::string Text(int count) {
        std::string out;
        for (int i = 0; i < count; ++i) {
            const double at = std::uniform_real_distribution<>(0, sums_.back())(dice_);
            const auto rank = std::upper_bound(sums_.begin(), sums_.end(), at) - sums_.begin() + 1;
            out += (out.empty() ? "w" : " w") + std::to_string(rank);
        }
        return out;
    }

  private:
    std::mt19937_64& dice_;
    std::vector<double> sums_;
};

class Maker {
  public:
    Maker(UtcTime now, int events) : now_(now), events_(events) {
        for (const char* name : {"Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"})
            zones_.push_back(*model::Zone::Load(name));
    }

    model::Event Make(int number, int calendars) {
        model::Event event;
        event.calendar_id = model::CalendarId(Between(1, calendars));
        event.remote_id = "remote" + std::to_string(number);
        event.uid = event.remote_id + "@example.org";
        event.title = words_.Text(3);
        if (number % (events_ / kRareEvents) == 0) event.title += " rarely";
        if (number % 5 < 3) event.description = words_.Text(25);
        if (number % 4 == 0) event.location = words_.Text(2);
        event.raw = "{\"id\":\"" + event.remote_id + "\",\"x\":\"" + std::string(600, 'r') + "\"}";
        event.response = model::Response::kAccepted;
        Place(event, number);
        // Seven occurrences an event: one of eighteen is a series of 110, of which some have no
        // end.
        if (number % 18 == 0) {
            event.kind = model::EventKind::kSeries;
            event.recurrence = {number % 1080 == 0 ? "RRULE:FREQ=YEARLY"
                                                   : "RRULE:FREQ=WEEKLY;COUNT=110"};
        }
        return event;
    }

  private:
    int Between(int from, int to) { return std::uniform_int_distribution<>(from, to)(dice_); }

    void Place(model::Event& event, int number) {
        const UtcTime start = now_ + minutes(15) * Between(-kYears * 365 * 48, kYears * 365 * 48);
        if (number % 12 == 0) {
            const auto date = std::chrono::floor<days>(start.time_since_epoch());
            event.start = model::EventTime::Date(std::chrono::local_days(date));
            event.end = model::EventTime::Date(std::chrono::local_days(date) +
                                               days(number % 240 == 0 ? 9 : 1));
            event.busy = false;
            return;
        }
        const model::Zone& zone = zones_[static_cast<std::size_t>(number) % zones_.size()];
        event.start = model::TimedAt(start, zone);
        event.end =
            model::TimedAt(start + minutes(15) * (number % 100 == 1 ? 0 : Between(1, 8)), zone);
    }

    const UtcTime now_;
    const int events_;
    std::mt19937_64 dice_{1};
    Words words_{dice_};
    std::vector<model::Zone> zones_;
};

void Check(sqlite3* handle, int code) {
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) return;
    std::fprintf(stderr, "%s\n", sqlite3_errmsg(handle));
    std::exit(1);
}

void Execute(sqlite3* handle, const std::string& sql) {
    Check(handle, sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr));
}

sqlite3_stmt* Prepare(sqlite3* handle, const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    Check(handle, sqlite3_prepare_v3(handle, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement,
                                     nullptr));
    return statement;
}

void Copy(sqlite3* from, const std::string& select, sqlite3* to, const std::string& insert) {
    sqlite3_stmt* read = Prepare(from, select);
    sqlite3_stmt* write = Prepare(to, insert);
    while (sqlite3_step(read) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(read); ++i)
            sqlite3_bind_value(write, i + 1, sqlite3_column_value(read, i));
        Check(to, sqlite3_step(write));
        sqlite3_reset(write);
    }
    sqlite3_finalize(read);
    sqlite3_finalize(write);
}

// What one would write for these questions alone: the rows of an agenda clustered by start, and a
// full-text index with each event's times beside it.
void WritePlain(sqlite3* store, const std::string& path) {
    sqlite3* plain = nullptr;
    Check(plain, sqlite3_open(path.c_str(), &plain));
    Execute(plain,
            "PRAGMA journal_mode=WAL;"
            "CREATE TABLE rows(calendar,start,event,end,busy,a,b,original,zone,uid,title,location,"
            "status,response,visibility,remote,PRIMARY KEY(calendar,start,event)) WITHOUT ROWID;"
            "CREATE TABLE spans(id INTEGER PRIMARY KEY,span_from,span_to);"
            "CREATE VIRTUAL TABLE search USING fts5(title,description,location,people,"
            "tokenize='unicode61 remove_diacritics 2');BEGIN");
    Copy(store,
         "SELECT calendar_id,start_ms,event_id,end_ms,busy,start_offset_s,end_offset_s,original,"
         "zone,uid,title,location,status,response,visibility,remote_id FROM occurrences "
         "ORDER BY calendar_id,start_ms,event_id",
         plain, "INSERT INTO rows VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    Copy(store, "SELECT id,span_from_ms,span_to_ms FROM events", plain,
         "INSERT INTO spans VALUES(?,?,?)");
    Copy(store,
         "SELECT rowid&68719476735,title,description,location,people FROM event_texts ORDER BY 1",
         plain, "INSERT INTO search(rowid,title,description,location,people) VALUES(?,?,?,?,?)");
    Execute(plain, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
    sqlite3_close(plain);
}

int Fill(const std::string& folder, int events, const std::string& plain) {
    static SystemRandom random;
    static testing::MemoryLog log;
    const Secret key = Must(ReadKeyFile(folder + "/store.key"));
    OpenedFiles files = Must(
        OpenFiles({.path = folder + "/store.db", .base_vfs = "", .writer_cache_bytes = 256 << 20},
                  key, 1, random, log));
    const auto write = [&](const std::function<void(Txn&)>& work) {
        Must(files.writer->Execute("BEGIN IMMEDIATE"));
        Txn txn(*files.writer, *files.secrets);
        work(txn);
        Must(WritePendingRows(txn));
        Must(files.writer->Execute("COMMIT"));
    };
    const UtcTime now =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const int calendars = std::max(1, events / kEventsInCalendar);
    write([&](Txn& txn) {
        // Nothing is pulled for it.
        model::Account account;
        account.remote_id = "account";
        account.address = "ada@example.org";
        account.paused = true;
        const auto id = Must(InsertAccount(txn, account));
        for (int i = 0; i < calendars; ++i) {
            model::Calendar calendar;
            calendar.account_id = id;
            calendar.remote_id = calendar.name = "calendar " + std::to_string(i + 1);
            calendar.time_zone = "Europe/Berlin";
            Must(InsertCalendar(txn, calendar));
        }
        while (Must(KeepIndex(txn, {.now = now, .zone_data = model::ZoneDataVersion()}))) continue;
    });
    Maker maker(now, events);
    for (int from = 0; from < events; from += kBatch)
        write([&](Txn& txn) {
            for (int i = from; i < std::min(events, from + kBatch); ++i)
                Must(InsertEvent(txn, maker.Make(i, calendars), 1));
        });
    WritePlain(files.writer->handle(), plain);
    return 0;
}

double Now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

void Time(const std::string& name, int count, const std::function<std::size_t()>& ask) {
    std::vector<double> times;
    std::size_t rows = ask();
    for (int i = 0; i < count; ++i) {
        const double began = Now();
        rows = ask();
        times.push_back(Now() - began);
    }
    std::sort(times.begin(), times.end());
    std::printf("%s\t%zu\t%.4f\t%.4f\n", name.c_str(), rows, times[times.size() / 2] * 1e3,
                times[times.size() * 99 / 100] * 1e3);
}

// Every column of every row, as an answer needs it.
std::size_t ReadAll(sqlite3_stmt* statement) {
    std::size_t rows = 0;
    std::size_t bytes = 0;
    while (sqlite3_step(statement) == SQLITE_ROW) {
        ++rows;
        for (int i = 0; i < sqlite3_column_count(statement); ++i)
            if (sqlite3_column_text(statement, i) != nullptr)
                bytes += static_cast<std::size_t>(sqlite3_column_bytes(statement, i));
    }
    sqlite3_reset(statement);
    return bytes > 0 ? rows : 0;
}

class Plain {
  public:
    explicit Plain(const std::string& path) {
        Check(db_, sqlite3_open(path.c_str(), &db_));
        Execute(db_, "PRAGMA cache_size=-65536; PRAGMA mmap_size=1073741824");
        sqlite3_stmt* last = Prepare(db_, "SELECT DISTINCT calendar FROM rows");
        while (sqlite3_step(last) == SQLITE_ROW)
            calendars_.push_back(sqlite3_column_int64(last, 0));
        sqlite3_finalize(last);
        rows_ = Prepare(db_, "SELECT * FROM rows WHERE calendar=? AND start>=? AND start<?");
        busy_ = Prepare(
            db_, "SELECT start,end FROM rows WHERE calendar=? AND start>=? AND start<? AND busy=1");
        search_ = Prepare(db_,
                          "SELECT id,snippet(search,-1,'','','...',12) FROM search JOIN spans ON "
                          "id=search.rowid WHERE search MATCH ?1 ORDER BY "
                          "max(span_from-?2,?2-span_to,0) LIMIT 50");
    }
    Plain(const Plain&) = delete;
    Plain& operator=(const Plain&) = delete;
    ~Plain() {
        for (sqlite3_stmt* statement : {rows_, busy_, search_}) sqlite3_finalize(statement);
        sqlite3_close(db_);
    }

    std::size_t Rows(std::size_t calendars, int length) { return Range(rows_, calendars, length); }
    std::size_t Busy(int length) { return Range(busy_, calendars_.size(), length); }
    std::size_t Search(const char* word) {
        sqlite3_bind_text(search_, 1, word, -1, SQLITE_STATIC);
        sqlite3_bind_int64(search_, 2, now_);
        return ReadAll(search_);
    }
    std::size_t calendars() const { return calendars_.size(); }

  private:
    std::size_t Range(sqlite3_stmt* statement, std::size_t calendars, int length) {
        std::size_t rows = 0;
        const std::int64_t from = now_ / kDayMs * kDayMs + kDayMs;
        for (std::size_t i = 0; i < calendars; ++i) {
            sqlite3_bind_int64(statement, 1, calendars_[i]);
            sqlite3_bind_int64(statement, 2, from);
            sqlite3_bind_int64(statement, 3, from + length * kDayMs);
            rows += ReadAll(statement);
        }
        return rows;
    }

    sqlite3* db_ = nullptr;
    sqlite3_stmt *rows_ = nullptr, *busy_ = nullptr, *search_ = nullptr;
    std::vector<std::int64_t> calendars_;
    const std::int64_t now_ = std::chrono::duration_cast<std::chrono::milliseconds>(
                                  std::chrono::system_clock::now().time_since_epoch())
                                  .count();
};

int Ask(const char* path, const std::vector<const char*>& words) {
    Plain plain(path);
    Time("a week of one calendar", 2000, [&] { return plain.Rows(1, 7); });
    Time("a day of all", 1000, [&] { return plain.Rows(plain.calendars(), 1); });
    Time("a week of all", 300, [&] { return plain.Rows(plain.calendars(), 7); });
    Time("free/busy of a month", 300, [&] { return plain.Busy(30); });
    for (const char* word : words)
        Time(std::string("search of ") + word, 200, [&] { return plain.Search(word); });
    return 0;
}

}  // namespace

int main(int argc, char** words) {
    if (argc == 5 && std::strcmp(words[1], "fill") == 0)
        return Fill(words[2], std::atoi(words[3]), words[4]);
    if (argc >= 3 && std::strcmp(words[1], "plain") == 0)
        return Ask(words[2], {words + 3, words + argc});
    std::fputs(
        "usage: dense_world fill STATE_FOLDER EVENTS PLAIN_FILE | plain PLAIN_FILE WORD ...\n",
        stderr);
    return 2;
}
