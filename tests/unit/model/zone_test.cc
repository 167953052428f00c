#include "model/zone.h"

#include <doctest/doctest.h>
#include <unicode/strenum.h>
#include <unicode/timezone.h>
#include <unicode/unistr.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <set>
#include <thread>

#include "model/zone_files.h"
#include "tests/support/temp_folder.h"

using namespace kamili;
using namespace kamili::model;
using std::chrono::local_seconds;

namespace {

local_seconds Wall(const char* text) { return *ParseWall(text); }

std::string Utc(const char* zone, const char* wall) {
    return FormatUtc(Zone::Load(zone)->ToUtc(Wall(wall)));
}

// Every Windows zone name that the installed ICU knows.
std::set<std::string> WindowsNames() {
    UErrorCode code = U_ZERO_ERROR;
    const std::unique_ptr<icu::StringEnumeration> ids(icu::TimeZone::createEnumeration(code));
    std::set<std::string> names;
    while (const icu::UnicodeString* id = ids->snext(code)) {
        icu::UnicodeString windows;
        UErrorCode answer = U_ZERO_ERROR;
        icu::TimeZone::getWindowsID(*id, windows, answer);
        std::string name;
        windows.toUTF8String(name);
        if (U_SUCCESS(answer) && !name.empty()) names.insert(name);
    }
    return names;
}

// Zone files of our own; each is a system zone's file under another name.
class ZoneFolderOfOurOwn {
  public:
    ZoneFolderOfOurOwn() { setenv("TZDIR", folder_.path().c_str(), 1); }
    ~ZoneFolderOfOurOwn() { unsetenv("TZDIR"); }
    void Put(const std::string& name, const std::string& system_zone) {
        const std::filesystem::path to = folder_.File(name);
        std::filesystem::create_directories(to.parent_path());
        // As a package manager does it: beside, and then renamed.
        std::filesystem::copy_file("/usr/share/zoneinfo/" + system_zone, to.string() + ".new");
        std::filesystem::rename(to.string() + ".new", to);
    }
    void Remove(const std::string& name) { std::filesystem::remove(folder_.File(name)); }

  private:
    kamili::testing::TempFolder folder_;
};

}  // namespace

TEST_CASE("every Windows zone that ICU knows gets a name that loads") {
    const auto names = WindowsNames();
    CHECK(names.size() > 120);
    for (const std::string& name : names) {
        const auto iana = IanaZoneName(name);
        REQUIRE_MESSAGE(iana, name);
        CHECK_MESSAGE(Zone::Load(*iana), name, " ", *iana);
    }
}

TEST_CASE("outdated names become the names of today") {
    CHECK(IanaZoneName("India Standard Time") == "Asia/Kolkata");
    CHECK(IanaZoneName("Nepal Standard Time") == "Asia/Kathmandu");
    CHECK(IanaZoneName("Argentina Standard Time") == "America/Argentina/Buenos_Aires");
    CHECK(IanaZoneName("FLE Standard Time") == "Europe/Kyiv");
    CHECK(IanaZoneName("Asia/Calcutta") == "Asia/Kolkata");
    CHECK(IanaZoneName("W. Europe Standard Time") == "Europe/Berlin");
    CHECK(IanaZoneName("Europe/Berlin") == "Europe/Berlin");
}

TEST_CASE("all names of UTC are UTC") {
    for (const char* name : {"UTC", "Etc/UTC", "GMT", "Etc/GMT", "Z"})
        CHECK_MESSAGE(IanaZoneName(name) == "UTC", name);
}

TEST_CASE("what names no zone is nothing, and never a file of the machine") {
    for (const char* name : {"", "tzone://Microsoft/Custom", "Customized Time Zone",
                             "Europe/Atlantis", "../etc/passwd", "/etc/localtime", "localtime",
                             "libc:UTC", "libc:localtime", "file:Europe/Berlin",
                             "Europe/../Europe/Berlin", "Europe", ".", "tzdata.zi", "zone.tab"}) {
        CHECK_FALSE_MESSAGE(Zone::Load(name), name);
        CHECK_FALSE_MESSAGE(IanaZoneName(name), name);
    }
    CHECK_FALSE(Zone::Load(std::string(65, 'A')));
    CHECK_FALSE(Zone::Load(std::string_view("UTC\0x", 5)));
}

TEST_CASE("a fixed offset is a zone but no name") {
    const auto zone = Zone::Load("-03:30");
    REQUIRE(zone);
    CHECK(zone->OffsetAt({}) == -std::chrono::minutes(210));
    CHECK_FALSE(IanaZoneName("-03:30"));
    for (const char* name : {"+5:30", "+05:3", "+0530", "05:30", "+25:00", "+ab:cd"})
        CHECK_FALSE_MESSAGE(Zone::Load(name), name);
}

TEST_CASE("in a gap the wall time moves forward by the gap's length") {
    CHECK(Utc("Europe/Berlin", "2026-03-29T01:59:59") == "2026-03-29T00:59:59Z");
    CHECK(Utc("Europe/Berlin", "2026-03-29T02:30:00") == "2026-03-29T01:30:00Z");
    CHECK(FormatEventTime(TimedAt(Wall("2026-03-29T02:30:00"), *Zone::Load("Europe/Berlin"))) ==
          "2026-03-29T03:30:00+02:00");
    CHECK(Utc("America/New_York", "2026-03-08T02:30:00") == "2026-03-08T07:30:00Z");
    // Half an hour only.
    CHECK(
        FormatEventTime(TimedAt(Wall("2026-10-04T02:10:00"), *Zone::Load("Australia/Lord_Howe"))) ==
        "2026-10-04T02:40:00+11:00");
    // A whole day: Samoa had no 30 December 2011.
    CHECK(FormatEventTime(TimedAt(Wall("2011-12-30T12:00:00"), *Zone::Load("Pacific/Apia"))) ==
          "2011-12-31T12:00:00+14:00");
}

TEST_CASE("in an overlap the first pass is meant") {
    CHECK(Utc("Europe/Berlin", "2026-10-25T02:30:00") == "2026-10-25T00:30:00Z");
    CHECK(Utc("America/New_York", "2026-11-01T01:30:00") == "2026-11-01T05:30:00Z");
    CHECK(Utc("Australia/Lord_Howe", "2026-04-05T01:45:00") == "2026-04-04T14:45:00Z");
}

TEST_CASE("summer time goes on after 2037") {
    CHECK(Utc("Europe/Berlin", "2050-07-01T12:00:00") == "2050-07-01T10:00:00Z");
    CHECK(Utc("America/New_York", "2099-07-01T12:00:00") == "2099-07-01T16:00:00Z");
}

TEST_CASE("an instant is shown in its zone and keeps its milliseconds") {
    const UtcTime utc = *ParseRfc3339("1969-12-31T23:59:59.250Z");
    const EventTime time = TimedAt(utc, *Zone::Load("Europe/Berlin"));
    CHECK(time.utc == utc);
    CHECK(FormatWall(time) == "1970-01-01T00:59:59");
    CHECK(FormatEventTime(time) == "1970-01-01T00:59:59+01:00");
}

TEST_CASE("the text of an event time has the offset valid then") {
    CHECK(FormatEventTime(TimedAt(Wall("2026-01-15T10:00:00"), Zone::Utc())) ==
          "2026-01-15T10:00:00Z");
    CHECK(FormatEventTime(TimedAt(Wall("2026-07-15T10:00:00"), *Zone::Load("Europe/London"))) ==
          "2026-07-15T10:00:00+01:00");
    CHECK(FormatEventTime(TimedAt(Wall("2026-01-15T10:00:00"), *Zone::Load("-03:30"))) ==
          "2026-01-15T10:00:00-03:30");
    CHECK(FormatEventTime(EventTime::Date(*ParseDate("2026-01-15"))) == "2026-01-15");
}

TEST_CASE("a zone whose file changes has its new rules from then on, and values keep theirs") {
    ZoneFolderOfOurOwn folder;
    folder.Put("Test/Town", "Europe/Berlin");
    folder.Put("Test/Village", "Europe/Berlin");
    const auto before = Zone::Load("Test/Town");
    const auto village = Zone::Load("Test/Village");
    REQUIRE(before);
    REQUIRE(village);
    CHECK(Zone::LoadChanged().empty());
    for (const char* zone : {"Asia/Tokyo", "Europe/Berlin", "Asia/Tokyo"}) {
        folder.Put("Test/Town", zone);
        CHECK(Zone::LoadChanged() == std::vector<std::string>{"Test/Town"});
        CHECK(
            Utc("Test/Town", "2026-01-15T12:00:00") ==
            (std::string(zone) == "Asia/Tokyo" ? "2026-01-15T03:00:00Z" : "2026-01-15T11:00:00Z"));
    }
    CHECK(FormatUtc(before->ToUtc(Wall("2026-01-15T12:00:00"))) == "2026-01-15T11:00:00Z");
    CHECK(Utc("Test/Village", "2026-01-15T12:00:00") == "2026-01-15T11:00:00Z");
    CHECK(Zone::Load("Test/Town")->name() == "Test/Town");
}

TEST_CASE("a zone whose file is gone or half written keeps its rules, and a new one is found") {
    ZoneFolderOfOurOwn folder;
    folder.Put("Test/Hamlet", "Asia/Tokyo");
    REQUIRE(Zone::Load("Test/Hamlet"));
    CHECK_FALSE(Zone::Load("Test/Later"));
    folder.Put("Test/Later", "Asia/Tokyo");
    CHECK(Zone::Load("Test/Later"));
    folder.Remove("Test/Hamlet");
    CHECK(Zone::LoadChanged().empty());
    folder.Put("Test/Hamlet", "Europe/Berlin");
    std::filesystem::resize_file(std::string(std::getenv("TZDIR")) + "/Test/Hamlet", 300);
    CHECK(Zone::LoadChanged().empty());
    CHECK(Utc("Test/Hamlet", "2026-01-15T12:00:00") == "2026-01-15T03:00:00Z");
}

TEST_CASE("the version of the zone files follows their contents and nothing else") {
    ZoneFolderOfOurOwn folder;
    CHECK(ZoneDataVersion() == "");
    folder.Put("Test/Town", "Europe/Berlin");
    const std::string berlin = ZoneDataVersion();
    CHECK(berlin != "");
    folder.Put("Test/Town", "Europe/Berlin");
    folder.Put("posix/Test/Town", "Asia/Tokyo");
    folder.Put("Test/notes.txt", "tzdata.zi");
    CHECK(ZoneDataVersion() == berlin);
    folder.Put("Test/Town", "Asia/Tokyo");
    const std::string tokyo = ZoneDataVersion();
    CHECK(tokyo != berlin);
    folder.Put("Test/Village", "Asia/Tokyo");
    CHECK(ZoneDataVersion() != tokyo);
    folder.Remove("Test/Village");
    CHECK(ZoneDataVersion() == tokyo);
}

TEST_CASE("zones change while other threads read them") {
    ZoneFolderOfOurOwn folder;
    folder.Put("Test/Square", "Europe/Berlin");
    REQUIRE(Zone::Load("Test/Square"));
    std::vector<std::thread> readers;
    std::atomic<bool> done = false;
    std::atomic<int> strange = 0;
    for (int i = 0; i < 3; ++i)
        readers.emplace_back([&] {
            while (!done) {
                const std::string utc = Utc("Test/Square", "2026-01-15T12:00:00");
                if (utc != "2026-01-15T11:00:00Z" && utc != "2026-01-15T03:00:00Z") ++strange;
            }
        });
    for (int i = 0; i < 50; ++i) {
        folder.Put("Test/Square", i % 2 == 0 ? "Asia/Tokyo" : "Europe/Berlin");
        CHECK(Zone::LoadChanged().size() == 1);
    }
    done = true;
    for (std::thread& reader : readers) reader.join();
    CHECK(strange == 0);
}
