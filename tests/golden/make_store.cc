// Makes a store with forty events for readers in other languages.
// Usage: make_store FOLDER close|crash   (crash: ends with the last rows in the log only)

#include <unistd.h>

#include <cstdio>
#include <string>

#include "storage/accounts.h"
#include "storage/calendars.h"
#include "storage/events.h"
#include "storage/key_source.h"
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
    const auto key = storage::CreateKeyFile(folder + "/key", random);
    if (!key) return Fail(key.error());
    auto store = storage::Store::Open({.path = folder + "/store.db", .base_vfs = ""}, *key, loop,
                                      executor, {&executor}, random, log);
    if (!store) return Fail(store.error());
    Status done;
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
