#include <doctest/doctest.h>

#include <fstream>

#include "ctl/local_time.h"
#include "ctl/span.h"
#include "ctl/when.h"
#include "ctl/zone_name.h"
#include "tests/support/temp_folder.h"

using namespace kamili;
using namespace kamili::ctl;

namespace {

// A Sunday, 11:35 in Berlin.
const UtcTime kNow = *ParseRfc3339("2026-11-22T10:35:00Z");

std::string When(const char* text, const char* zone_name = "Europe/Berlin") {
    const auto zone = LocalTime::Open(zone_name);
    REQUIRE(zone);
    const auto time = ParseWhen(text, kNow, *zone);
    return time ? FormatUtc(*time) : "error: " + time.error().message;
}

client::Environment Only(const char* wanted, const char* value) {
    return [=](const char* name) -> std::optional<std::string> {
        if (std::string_view(name) == wanted) return value;
        return std::nullopt;
    };
}

}  // namespace

TEST_CASE("a time is read in every form that people write") {
    CHECK(When("2026-01-15") == "2026-01-14T23:00:00Z");
    CHECK(When("2026-07-15") == "2026-07-14T22:00:00Z");
    CHECK(When("2026-01-15T10:00:00+05:30") == "2026-01-15T04:30:00Z");
    CHECK(When("today") == "2026-11-21T23:00:00Z");
    CHECK(When("Tomorrow") == "2026-11-22T23:00:00Z");
    CHECK(When("now") == "2026-11-22T10:35:00Z");
    CHECK(When("+3d") == "2026-11-24T23:00:00Z");
    CHECK(When("today", "America/New_York") == "2026-11-22T05:00:00Z");
}

TEST_CASE("a weekday is today or the next one") {
    CHECK(When("sun") == When("today"));
    CHECK(When("fri") == "2026-11-26T23:00:00Z");
    CHECK(When("SATURDAY") == "2026-11-27T23:00:00Z");
}

TEST_CASE("what is not a time is refused with the forms that are") {
    for (const char* text : {"", "soon", "2026-02-30", "+d", "+-1d", "+3", "3d", "frid", "2026-1-5",
                             "+999999999999d", "2026-01-15T10:00:00"})
        CHECK_MESSAGE(When(text).starts_with("error: "), text);
}

TEST_CASE("a day starts where the clock says so, also when midnight is skipped") {
    // In Santiago the clocks went from 00:00 to 01:00 on 6 September 2026.
    const auto santiago = LocalTime::Open("America/Santiago");
    REQUIRE(santiago);
    const LocalDay day(std::chrono::year(2026) / 9 / 6);
    const UtcTime start = santiago->DayStart(day);
    CHECK(FormatUtc(start) == "2026-09-06T04:00:00Z");
    CHECK(ClockTime(santiago->ToWall(start)) == "01:00");
    const auto kiritimati = LocalTime::Open("Pacific/Kiritimati");
    REQUIRE(kiritimati);
    CHECK(FormatUtc(kiritimati->DayStart(day)) == "2026-09-05T10:00:00Z");
}

TEST_CASE("summer time still counts after 2037") {
    const auto berlin = LocalTime::Open("Europe/Berlin");
    REQUIRE(berlin);
    CHECK(ClockTime(berlin->ToWall(*ParseRfc3339("2050-07-01T10:00:00Z"))) == "12:00");
}

TEST_CASE("an unknown zone is refused, one that leaves the folder too") {
    for (const char* name :
         {"", "Europe/Nowhere", "../../etc/hostname", "/etc/localtime", "Europe"})
        CHECK_MESSAGE(!LocalTime::Open(name), name);
}

TEST_CASE("the own zone comes from TZ, then the link, then the file, else it is UTC") {
    testing::TempFolder folder;
    const ZoneSources nothing{.localtime_link = folder.File("none"),
                              .timezone_file = folder.File("none")};
    CHECK(OwnZoneName(Only("TZ", "Asia/Tokyo"), nothing) == "Asia/Tokyo");
    CHECK(OwnZoneName(Only("TZ", ":Asia/Tokyo"), nothing) == "Asia/Tokyo");
    CHECK(OwnZoneName(Only("TZ", "/usr/share/zoneinfo/Asia/Tokyo"), nothing) == "Asia/Tokyo");
    CHECK(OwnZoneName(Only("TZ", "CET-1CEST"), nothing) == "UTC");
    ZoneSources sources = nothing;
    sources.timezone_file = folder.File("timezone");
    std::ofstream(sources.timezone_file) << "Europe/Paris\n";
    CHECK(OwnZoneName(Only("X", ""), sources) == "Europe/Paris");
    sources.localtime_link = folder.File("localtime");
    std::filesystem::create_symlink("/usr/share/zoneinfo/Europe/Rome", sources.localtime_link);
    CHECK(OwnZoneName(Only("X", ""), sources) == "Europe/Rome");
}

TEST_CASE("lengths are told in one or two words") {
    using namespace std::chrono_literals;
    CHECK(Span(45s) == "45 s");
    CHECK(Span(119s) == "1 min");
    CHECK(Span(119min) == "119 min");
    CHECK(ExactSpan(90min) == "1 h 30 min");
    CHECK(ExactSpan(49h + 1min) == "2 days 1 h 1 min");
    CHECK(ExactSpan(20s) == "0 min");
    CHECK(Span(47h) == "47 h");
    CHECK(Span(49h) == "2 days");
    CHECK(Ago(kNow - 2min, kNow) == "2 min ago");
    CHECK(Ago(kNow + 1min, kNow) == "just now");
    CHECK(Until(kNow + 1s, kNow) == "in 1 min");
    CHECK(Until(kNow + 25min, kNow) == "in 25 min");
    CHECK(Until(kNow + 75min, kNow) == "in 75 min");
    CHECK(Until(kNow, kNow) == "now");
}
