#include <doctest/doctest.h>

#include "base/encoding.h"
#include "base/error.h"
#include "base/id.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "model/ids.h"
#include "tests/support/fake_loop.h"

using namespace kamili;

TEST_CASE("every error kind has a name that reads back") {
    for (int i = 0; i <= static_cast<int>(ErrorKind::kSystem); ++i) {
        const auto kind = static_cast<ErrorKind>(i);
        CHECK(ErrorKindFromText(Text(kind)) == kind);
    }
    CHECK(!ErrorKindFromText("nonsense"));
}

TEST_CASE("a result holds either side and moves it out") {
    Result<std::string> good = std::string("x");
    CHECK(good);
    CHECK(*std::move(good) == "x");
    Result<std::string> bad = Error{.kind = ErrorKind::kOffline, .message = "no route"};
    CHECK(!bad);
    CHECK(bad.error().kind == ErrorKind::kOffline);
    CHECK(Status().has_value());
}

int Twice(int number) { return 2 * number; }

TEST_CASE("a move-only function takes functions by name and closures that cannot be copied") {
    UniqueFunction<int(int)> function = Twice;
    CHECK(function(4) == 8);
    function = [kept = std::make_unique<int>(3)](int number) { return *kept + number; };
    CHECK(function(4) == 7);
    CHECK_FALSE(UniqueFunction<int(int)>());
}

TEST_CASE("ids read back only from the exact text") {
    const model::AccountId id(17);
    CHECK(id.Text() == "a17");
    CHECK(model::AccountId::Parse("a17") == id);
    for (const char* text :
         {"", "a", "a0", "a017", "e17", "a17x", "a-1", "A17", "a99999999999999999999"})
        CHECK_MESSAGE(!model::AccountId::Parse(text), text);
}

TEST_CASE("a secret survives growth and a move, and compares by content") {
    Secret secret(std::string_view("abc"));
    for (int i = 0; i < 5000; ++i) secret.Append("0123456789");
    CHECK(secret.size() == 50003);
    CHECK(secret.Reveal().substr(0, 6) == "abc012");
    Secret moved = std::move(secret);
    CHECK(secret.empty());
    CHECK(moved == moved.Copy());
    CHECK_FALSE(moved == Secret(std::string_view("abc")));
    moved.Wipe();
    CHECK(moved.empty());
}

TEST_CASE("RFC 3339 times read and print") {
    const auto time = ParseRfc3339("2026-01-15T10:30:00.250+01:00");
    REQUIRE(time);
    CHECK(FormatUtc(*time) == "2026-01-15T09:30:00.250Z");
    CHECK(FormatUtc(*ParseRfc3339("1969-12-31T23:59:59Z")) == "1969-12-31T23:59:59Z");
    for (const char* text :
         {"", "2026-02-30T00:00:00Z", "2026-01-15T10:30:00", "2026-01-15", "2026-01-15T24:00:00Z",
          "2026-01-15T10:30:00Zx", "2026-01-15T10:30:00.Z"})
        CHECK_MESSAGE(!ParseRfc3339(text), text);
}

TEST_CASE("base64url and hexadecimal read back, and refuse the rest") {
    for (const char* text : {"", "f", "fo", "foo", "foob", "fooba", "foobar"}) {
        const auto bytes = ParseBase64Url(Base64Url(AsBytes(text)));
        REQUIRE(bytes);
        CHECK(std::string(bytes->begin(), bytes->end()) == text);
    }
    CHECK(Base64Url(AsBytes("foobar")) == "Zm9vYmFy");
    CHECK(!ParseBase64Url("a"));
    CHECK(!ParseBase64Url("a+b/"));
    CHECK(Hex(AsBytes("\x01\xab")) == "01ab");
    CHECK(!ParseHex("0g"));
}

TEST_CASE("UTF-8 is told from what only looks like it") {
    CHECK(IsUtf8("plain, \xC3\xA4, \xE2\x82\xAC, \xF0\x9F\x98\x80"));
    for (const char* text :
         {"\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE0\x80\x80", "\x80"})
        CHECK(!IsUtf8(text));
}

TEST_CASE("the fake loop fires timers in order and forgets cancelled ones") {
    testing::FakeClock clock;
    testing::FakeLoop loop(clock);
    std::string seen;
    auto late = loop.RunAt(clock.Now() + std::chrono::seconds(2), [&] { seen += "b"; });
    auto soon = loop.RunAt(clock.Now() + std::chrono::seconds(1), [&] { seen += "a"; });
    auto never = loop.RunAt(clock.Now() + std::chrono::seconds(1), [&] { seen += "x"; });
    never.Cancel();
    loop.RunFor(std::chrono::seconds(3));
    CHECK(seen == "ab");
}
