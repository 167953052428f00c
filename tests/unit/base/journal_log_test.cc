#include "base/journal_log.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <string>

namespace kamili {
namespace {

// What `write_lines` puts on standard error.
template <typename F>
std::string StandardError(F write_lines) {
    std::array<int, 2> ends{};
    REQUIRE(pipe(ends.data()) == 0);
    const int kept = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    write_lines();
    dup2(kept, STDERR_FILENO);
    close(kept);
    std::string text(4096, '\0');
    const auto got = read(ends[0], text.data(), text.size());
    close(ends[0]);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

TEST_CASE("without a journal a line is level, message and fields, and finer levels are dropped") {
    const std::string text = StandardError([] {
        const auto log = MakeLog(LogLevel::kInfo);
        log->Warn("pass failed", {{"calendar", 12}, {"kind", "offline"}});
        log->Info("ready");
        log->Debug("not shown");
    });
    CHECK(text == "warn: pass failed calendar=12 kind=offline\ninfo: ready\n");
}

TEST_CASE("control characters cannot forge a second line") {
    const std::string text = StandardError([] {
        MakeLog(LogLevel::kError)->Error("a\nerror: b", {{"field", "x\r\n\x1b[31my"}});
    });
    CHECK(text == "error: a error: b field=x   [31my\n");
}

}  // namespace
}  // namespace kamili
