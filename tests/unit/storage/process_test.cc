// Aim: one process at a time, and a process that is killed loses nothing it was told is stored.
// Method: children are forked before this process opens the store; locks and memory are their own.

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "tests/support/from_environment.h"
#include "tests/support/seeded_random.h"
#include "tests/unit/storage/numbered.h"

using namespace kamili;
using namespace kamili::storage;
using namespace kamili::testing;

namespace {

struct Pipe {
    int ends[2] = {-1, -1};
    Pipe() { REQUIRE(pipe(ends) == 0); }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() {
        CloseEnd(0);
        CloseEnd(1);
    }
    void CloseEnd(int which) {
        if (ends[which] >= 0) close(ends[which]);
        ends[which] = -1;
    }
    void Put(std::int64_t number) const {
        if (write(ends[1], &number, sizeof number) != sizeof number) _exit(3);
    }
    // Nothing at the end of the stream.
    std::optional<std::int64_t> Take() const {
        std::int64_t number = 0;
        if (read(ends[0], &number, sizeof number) != sizeof number) return std::nullopt;
        return number;
    }
};

Result<std::unique_ptr<Store>> OpenAt(const std::string& path, FakeLoop& loop, Executor& executor) {
    static SystemRandom random;
    static MemoryLog log;
    return Store::Open({.path = path, .base_vfs = ""}, TestKey(), loop, executor, {&executor},
                       random, log);
}

// The child: says how many numbers it finds, then adds one after the other and says so after each.
[[noreturn]] void WriteUntilKilled(const std::string& path, const Pipe& out) {
    FakeClock clock;
    FakeLoop loop(clock);
    LoopExecutor executor(loop);
    auto store = OpenAt(path, loop, executor);
    if (!store) _exit(1);
    std::int64_t number = -1;
    (*store)->Read(
        [&](const ReadView& view) -> Status {
            const auto count = CountNumbers(view);
            if (count) number = *count;
            return {};
        },
        [](Status) {});
    loop.RunPosted();
    if (number < 0) _exit(2);
    out.Put(number);
    for (;;) {
        (*store)->Write([&](Txn& txn) { return AddNumber(txn, number + 1, 700); },
                        [&](Status status) {
                            if (!status) _exit(4);
                            out.Put(++number);
                        });
        loop.RunPosted();
    }
}

}  // namespace

TEST_CASE("a second process is told that the store is in use") {
    TempFolder folder;
    const std::string path = folder.File("store.db");
    const Pipe go;
    const Pipe answer;
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        if (!go.Take()) _exit(1);
        FakeClock clock;
        FakeLoop loop(clock);
        LoopExecutor executor(loop);
        const auto store = OpenAt(path, loop, executor);
        answer.Put(store ? -1 : static_cast<std::int64_t>(store.error().kind));
        _exit(0);
    }
    FakeClock clock;
    FakeLoop loop(clock);
    LoopExecutor executor(loop);
    auto store = OpenAt(path, loop, executor);
    REQUIRE(store);
    go.Put(1);
    CHECK(answer.Take() == static_cast<std::int64_t>(ErrorKind::kAlreadyRunning));
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(std::filesystem::status(path).permissions() ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    CHECK(!std::filesystem::exists(path + "-shm"));
    (*store)->Close();
}

TEST_CASE("kills lose no acknowledged transaction") {
    TempFolder folder;
    const std::string path = folder.File("store.db");
    {
        FakeClock clock;
        FakeLoop loop(clock);
        LoopExecutor executor(loop);
        auto store = OpenAt(path, loop, executor);
        REQUIRE(store);
        (*store)->Write([](Txn& txn) { return AddCalendar(txn); }, [](Status) {});
        loop.RunPosted();
        (*store)->Close();
    }
    SeededRandom random(17);
    std::int64_t acknowledged = 0;
    std::int64_t acknowledged_before = 0;
    const std::uint64_t kills = FromEnvironment("KAMILI_KILLS", 200);
    for (std::uint64_t kill_number = 0; kill_number < kills; ++kill_number) {
        Pipe pipe;
        const pid_t child = fork();
        REQUIRE(child >= 0);
        if (child == 0) WriteUntilKilled(path, pipe);
        pipe.CloseEnd(1);
        const auto found = pipe.Take();
        // Some transactions on, so that a slow machine does not kill before the first one.
        if (found) acknowledged_before = std::exchange(acknowledged, *found);
        for (std::uint64_t wait = found ? random.Below(4) : 0; wait > 0; --wait)
            acknowledged = pipe.Take().value_or(acknowledged);
        std::this_thread::sleep_for(std::chrono::microseconds(random.Below(5'000)));
        kill(child, SIGKILL);
        int status = 0;
        waitpid(child, &status, 0);
        INFO("kill ", kill_number, ", exit code ", WIFEXITED(status) ? WEXITSTATUS(status) : 0);
        REQUIRE(found);
        // The one that was being written may have been committed before it could say so.
        CHECK((*found == acknowledged_before || *found == acknowledged_before + 1));
        while (const auto number = pipe.Take()) acknowledged = *number;
    }
    CHECK(acknowledged > static_cast<std::int64_t>(kills));
}
