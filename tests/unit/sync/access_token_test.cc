#include "sync/access_token.h"

#include <doctest/doctest.h>

namespace kamili::sync {
namespace {

using namespace std::chrono_literals;

constexpr UtcTime kNine{std::chrono::sys_days(std::chrono::year(2026) / 1 / 15) + 9h};

AccessToken Some() {
    return {
        .token = Secret(std::string_view("ya29.a b")), .obtained = kNine, .expires = kNine + 1h};
}

}  // namespace

TEST_CASE("a packed access token comes back with its times") {
    const auto back = UnpackAccessToken(Pack(Some()));
    REQUIRE(back);
    CHECK(back->token == Some().token);
    CHECK(back->obtained == kNine);
    CHECK(back->expires == kNine + 1h);
}

TEST_CASE("anything but a packed token unpacks to nothing") {
    for (const std::string_view text : {"", "1", "1 2", "1 2 ", "x 2 t", "1 y t", "2 1 t", "12t"}) {
        CAPTURE(text);
        CHECK(!UnpackAccessToken(Secret(text)));
    }
}

TEST_CASE("a clock that was set back makes a token worthless, never longer-lived") {
    const AccessToken token = Some();
    CHECK(token.LifeLeft(kNine + 10min) == 50min);
    CHECK(token.LifeLeft(kNine + 2h) == 0ms);
    CHECK(token.LifeLeft(kNine) == 1h);
    CHECK(token.LifeLeft(kNine - 1ms) == 0ms);
}

}  // namespace kamili::sync
