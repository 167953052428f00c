#include <doctest/doctest.h>

#include "ctl/display_text.h"
#include "ctl/look.h"
#include "ctl/table.h"

using namespace kamili::ctl;

TEST_CASE("nothing that another person wrote can move the cursor") {
    CHECK(Clean("a\x1b[2Jb") == "a[2Jb");
    CHECK(Clean("a\nb\tc\r") == "a b c ");
    CHECK(Clean("\xC2\x9B\x07\x7F"
                "x") == "x");
    CHECK(Clean("a\xE2\x80\xAE"
                "b") == "ab");
    CHECK(CleanLines("a\r\nb\x1b") == "a\nb");
}

TEST_CASE("bytes that are not UTF-8 become replacement characters") {
    CHECK(Clean("a\xFF"
                "b") ==
          "a\xEF\xBF\xBD"
          "b");
    CHECK(Clean("\xE2\x82") == "\xEF\xBF\xBD\xEF\xBF\xBD");
    CHECK(Clean("\xE2\x82\xAC \xF0\x9F\x98\x80") == "\xE2\x82\xAC \xF0\x9F\x98\x80");
}

TEST_CASE("wide characters count twice and combining marks not at all") {
    CHECK(Columns("abc") == 3);
    CHECK(Columns("\xE4\xBC\x9A\xE8\xAD\xB0") == 4);  // two Han characters
    CHECK(Columns("e\xCC\x81") == 1);                 // e and a combining acute
    CHECK(PadRight("\xE4\xBC\x9A", 4) == "\xE4\xBC\x9A  ");
    CHECK(PadLeft("7", 3) == "  7");
}

TEST_CASE("a cut never splits a character and always fits") {
    CHECK(Cut("Review", 6, "~") == "Review");
    CHECK(Cut("Review of it", 6, "~") == "Revie~");
    CHECK(Cut("\xE4\xBC\x9A\xE8\xAD\xB0\xE4\xBC\x9A", 4, "~") == "\xE4\xBC\x9A~");
    CHECK(Cut("abc", 0, "~").empty());
    for (std::size_t columns = 0; columns < 12; ++columns)
        CHECK(Columns(Cut("a\xE4\xBC\x9A"
                          "b\xE8\xAD\xB0"
                          "c long title",
                          columns, "\xE2\x80\xA6")) <= columns);
}

TEST_CASE("text wraps at spaces and keeps its own line breaks") {
    CHECK(Wrap("one two three four five six seven", 24, 2) ==
          "  one two three four\n  five six seven\n");
    CHECK(Wrap("one\n\ntwo", 0, 0) == "one\n\ntwo\n");
}

TEST_CASE("lines that find no room go on below their last column of text") {
    CHECK(FitLines("short\n", 10) == "short\n");
    CHECK(FitLines("", 10).empty());
    CHECK(FitLines("a line of any width\n", 0) == "a line of any width\n");
    CHECK(FitLines("  --zone Z   Show times in this time zone, as Europe/Berlin\n", 40) ==
          "  --zone Z   Show times in this time\n"
          "             zone, as Europe/Berlin\n");
    CHECK(FitLines("             passphrase or recovery, instead of a key\n", 40) ==
          "             passphrase or recovery,\n"
          "             instead of a key\n");
    // A column that is too far right for the rest.
    CHECK(FitLines("  -h,--help                   Print this help message and exit\n", 40) ==
          "  -h,--help\n"
          "      Print this help message and exit\n");
}

TEST_CASE("a table aligns its columns and cuts the last one") {
    const std::vector<Row> rows = {
        {{.text = "P"}, {.text = "Private"}, {.text = "7", .right = true}},
        {{.text = "W"}, {.text = "Work"}, {.text = "1,024", .right = true}}};
    CHECK(RenderTable(rows, 2, Look{}) == "  P  Private      7\n  W  Work     1,024\n");
    CHECK(RenderTable({{{.text = "ab"}, {.text = "long text here"}}}, 0, Look{.columns = 10}) ==
          "ab  long\xE2\x80\xA6\n");
    CHECK(RenderTable({{{.text = "ab"}, {.text = ""}, {.text = "c"}}}, 4, Look{.plain = true}) ==
          "ab, c\n");
}

TEST_CASE("colour is used only where it is wanted") {
    CHECK(Paint(Look{}, Ink::kRed, "x") == "x");
    CHECK(Paint(Look{.color = true}, Ink::kRed, "x") == "\x1b[31mx\x1b[0m");
    CHECK(PaintLike(Look{.color = true}, "#ff0000", "x") == "\x1b[38;5;196mx\x1b[0m");
    CHECK(PaintLike(Look{.color = true}, "red\x1b", "x") == "x");
}
