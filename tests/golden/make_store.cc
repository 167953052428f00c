// Makes a store with forty events for readers in other languages, and opens one that others made.
// Usage: make_store FOLDER close|crash|open   (crash: ends with the last rows in the log only;
// open: verifies the store that is there and prints its events' titles)

#include <unistd.h>

#include <cstdio>
#include <string>

#include "storage/accounts.h"
#include "storage/calendars.h"
#include "storage/events.h"
#include "storage/key_source.h"
#include "storage/statistics.h"
#include "storage/store.h"
#include "tests/support/fake_loop.h"
#include "tests/support/memory_log.h"

using namespace kamili;

namespace {

Status AddCalendar(storage::Txn& txn) {
    model::Account account;
    account.remote_id = "account";
    const auto id = storage::InsertAccount(txn, account);
    if (!id) return id.error();
    model::Calendar calendar;
    calendar.account_id = *id;
    calendar.remote_id = "calendar";
    const auto made = storage::InsertCalendar(txn, calendar);
    return made ? Status() : Status(made.error());
}

Status AddEvents(storage::Txn& txn, int from, int to) {
    for (int i = from; i < to; ++i) {
        model::Event event;
        event.calendar_id = model::CalendarId(1);
        event.remote_id = std::to_string(i);
        event.title = "Event " + std::to_string(i);
        event.description = std::string(400, 'x');
        if (const auto made = storage::InsertEvent(txn, event, 1); !made) return made.error();
    }
    return {};
}

Status PrintTitles(const storage::ReadView& view) {
    if (auto whole = storage::VerifyStore(view); !whole) return whole;
    const auto listed = storage::EventsNotListed(view, model::CalendarId(1), 99);
    if (!listed) return listed.error();
    for (const auto& one : *listed) {
        const auto event = storage::FindEvent(view, one.id);
        if (!event) return event.error();
        std::printf("%s\n", (*event)->event.title.c_str());
    }
    return {};
}

int Fail(const Error& error) {
    std::fprintf(stderr, "%s\n", error.message.c_str());
    return 1;
}

}  // namespace

int main(int count, char** words) {
    if (count != 3) return 2;
    const std::string folder = words[1];
    SystemRandom random;
    testing::MemoryLog log;
    testing::FakeClock clock;
    testing::FakeLoop loop(clock);
    testing::LoopExecutor executor(loop);
    const bool is_there = std::string_view(words[2]) == "open";
    const auto key = is_there ? storage::ReadKeyFile(folder + "/key")
                              : storage::CreateKeyFile(folder + "/key", random);
    if (!key) return Fail(key.error());
    auto store = storage::Store::Open({.path = folder + "/store.db", .base_vfs = ""}, *key, loop,
                                      executor, {&executor}, random, log);
    if (!store) return Fail(store.error());
    Status done;
    if (is_there) {
        (*store)->Read(PrintTitles, [&](Status status) { done = std::move(status); });
        loop.RunPosted();
        (*store)->Close();
        return done ? 0 : Fail(done.error());
    }
    const auto write = [&](storage::Store::WriteJob job) {
        (*store)->Write(std::move(job), [&](Status status) {
            if (!status) done = std::move(status);
        });
        loop.RunPosted();
    };
    write([](storage::Txn& txn) { return AddCalendar(txn); });
    write([](storage::Txn& txn) { return AddEvents(txn, 0, 20); });
    write([](storage::Txn& txn) { return AddEvents(txn, 20, 40); });
    if (!done) return Fail(done.error());
    if (std::string_view(words[2]) == "crash") _exit(0);
    (*store)->Close();
    return 0;
}
