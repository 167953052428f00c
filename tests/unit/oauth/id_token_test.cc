#include "oauth/id_token.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "base/encoding.h"

namespace kamili::oauth {
namespace {

using nlohmann::json;

constexpr UtcTime kNow{std::chrono::sys_days(std::chrono::year(2026) / 1 / 15) +
                       std::chrono::hours(9)};
constexpr char kTenant[] = "2f1c9a44-7d5b-4a3e-9c0f-5b1f6f0d2a10";

MicrosoftSettings Settings() {
    MicrosoftSettings settings;
    settings.client_id = "app";
    return settings;
}

json Claims() {
    return {
        {"aud", "app"},
        {"iss", std::string("https://login.microsoftonline.com/") + kTenant + "/v2.0"},
        {"exp",
         std::chrono::duration_cast<std::chrono::seconds>(kNow.time_since_epoch()).count() + 60},
        {"oid", "6a3c1f0e"},
        {"tid", kTenant}};
}

Secret Token(const json& claims) {
    const std::string text = claims.dump();
    return Secret(std::string_view("e30." + Base64Url(AsBytes(text)) + ".c2ln"));
}

bool IsRefused(const json& claims) {
    const auto person = ReadIdToken(Token(claims), Settings(), kNow);
    return !person && person.error().kind == ErrorKind::kBadReply;
}

json With(const char* name, json value) {
    json claims = Claims();
    claims[name] = std::move(value);
    return claims;
}

}  // namespace

TEST_CASE("a good id_token names its person and tenant") {
    const auto person = ReadIdToken(Token(Claims()), Settings(), kNow);
    REQUIRE(person);
    CHECK(person->subject == std::string("6a3c1f0e@") + kTenant);
    CHECK(person->tenant == kTenant);
}

TEST_CASE("an id_token for others, from others or without a person is refused") {
    CHECK(IsRefused(With("aud", "other")));
    CHECK(IsRefused(With("aud", json::array({"app"}))));
    CHECK(IsRefused(With("iss", "https://login.microsoftonline.com/other/v2.0")));
    CHECK(IsRefused(With("iss", std::string("https://evil.example/") + kTenant + "/v2.0")));
    CHECK(IsRefused(With("iss", std::string("https://login.microsoftonline.com.evil.example/") +
                                    kTenant + "/v2.0")));
    CHECK(IsRefused(With("tid", "../common")));
    CHECK(IsRefused(With("oid", "")));
    CHECK(IsRefused(With("oid", nullptr)));
}

TEST_CASE("an expired id_token is refused, a few minutes of clock difference are not") {
    const auto now_s =
        std::chrono::duration_cast<std::chrono::seconds>(kNow.time_since_epoch()).count();
    CHECK(!IsRefused(With("exp", now_s - 200)));
    CHECK(IsRefused(With("exp", now_s - 400)));
    CHECK(IsRefused(With("exp", "soon")));
}

TEST_CASE("every known cloud and the configured authority may issue") {
    for (const std::string host :
         {"https://login.microsoftonline.us", "https://login.chinacloudapi.cn",
          "https://login.partner.microsoftonline.cn"})
        CHECK(!IsRefused(With("iss", host + "/" + kTenant + "/v2.0")));
    MicrosoftSettings settings = Settings();
    settings.authority = "https://127.0.0.1:8443/microsoft";
    const auto token = Token(With("iss", settings.authority + "/" + kTenant + "/v2.0"));
    CHECK(ReadIdToken(token, settings, kNow));
}

TEST_CASE("malformed id_tokens are refused") {
    for (const std::string_view text : {"", "a", "a.b", "a.!!.c", "a.e30", "a.W10.c", "a.eyI.c"}) {
        CAPTURE(text);
        CHECK(!ReadIdToken(Secret(text), Settings(), kNow));
    }
}

TEST_CASE("personal accounts are pinned to consumers and others to their tenant") {
    CHECK(PinnedAuthority("9188040d-6c67-4c5b-b112-36a304b66dad") == "consumers");
    CHECK(PinnedAuthority(kTenant) == kTenant);
}

}  // namespace kamili::oauth
