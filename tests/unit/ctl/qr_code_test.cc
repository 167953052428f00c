#include "ctl/qr_code.h"

#include <doctest/doctest.h>

#include <vector>

#include "ctl/display_text.h"

namespace kamili::ctl {
namespace {

constexpr char kAddress[] = "https://login.microsoft.com/device";

std::vector<std::string> LinesOf(const std::string& text) {
    std::vector<std::string> lines;
    std::string line;
    for (const char c : text) {
        if (c == '\n')
            lines.push_back(std::exchange(line, ""));
        else
            line += c;
    }
    return lines;
}

// The squares that are drawn, row by row, of a picture without escapes.
std::vector<std::vector<bool>> SquaresOf(const std::string& picture) {
    std::vector<std::vector<bool>> rows;
    for (const std::string& line : LinesOf(picture)) {
        std::vector<bool> upper;
        std::vector<bool> lower;
        for (std::size_t at = 0; at < line.size();) {
            const std::string block = line[at] == ' ' ? " " : line.substr(at, 3);
            at += block.size();
            upper.push_back(block == "█" || block == "▀");
            lower.push_back(block == "█" || block == "▄");
        }
        rows.push_back(upper);
        rows.push_back(lower);
    }
    return rows;
}

}  // namespace

TEST_CASE("a QR code has its three corners and its quiet zone") {
    const auto picture = RenderQrCode(kAddress, {.columns = 80});
    REQUIRE(picture);
    const auto drawn = SquaresOf(*picture);  // what is light, since there is no colour
    const std::size_t width = drawn[0].size();
    CHECK(width < 50);
    const auto dark = [&](std::size_t x, std::size_t y) { return !drawn[y][x]; };
    for (std::size_t x = 0; x < width; ++x)
        for (std::size_t y = 0; y < 4; ++y) CHECK(!dark(x, y));
    const auto check_corner = [&](std::size_t left, std::size_t top) {
        for (std::size_t i = 0; i < 7; ++i) {
            CHECK(dark(left + i, top));
            CHECK(dark(left, top + i));
            CHECK(dark(left + i, top + 6));
        }
        CHECK(dark(left + 3, top + 3));
        CHECK(!dark(left + 1, top + 1));
    };
    check_corner(4, 4);
    check_corner(width - 11, 4);
    check_corner(4, width - 11);
}

TEST_CASE("a QR code is never wider than the terminal, and no colour means no escapes") {
    const auto plain = RenderQrCode(kAddress, {.columns = 80});
    REQUIRE(plain);
    const std::size_t width = Columns(LinesOf(*plain)[0]);
    for (const std::string& line : LinesOf(*plain)) CHECK(Columns(line) == width);
    CHECK(plain->find('\x1b') == std::string::npos);
    CHECK(RenderQrCode(kAddress, {.columns = width}));
    CHECK(!RenderQrCode(kAddress, {.columns = width - 1}));
    CHECK(!RenderQrCode(kAddress, {.columns = 0}));
    CHECK(!RenderQrCode(kAddress, {.plain = true, .columns = 80}));
    CHECK(!RenderQrCode(kAddress, {.ascii = true, .columns = 80}));
    CHECK(!RenderQrCode(std::string(5000, 'x'), {.columns = 1000}));
    const auto colored = RenderQrCode(kAddress, {.color = true, .columns = 80});
    REQUIRE(colored);
    for (const std::string& line : LinesOf(*colored)) CHECK(line.ends_with("\x1b[0m"));
}

}  // namespace kamili::ctl
