// Aim: whatever a device code endpoint sends, a terminal shows nothing but a code and an address,
// and each answer to a question at the token endpoint means what RFC 8628 and Microsoft say.
#include "oauth/device_code.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

namespace kamili::oauth {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr UtcTime kNow{std::chrono::sys_days(std::chrono::year(2026) / 1 / 15)};

net::Response Response(int status, const std::string& body) {
    net::Response response;
    response.status = status;
    response.body = Secret(std::string_view(body));
    return response;
}

json GoodCode() {
    return {{"user_code", "FJK9WQ2TR"},
            {"device_code", "sim-device-code-1"},
            {"verification_uri", "https://login.microsoft.com/device"},
            {"expires_in", 900},
            {"interval", 5},
            {"message", "To sign in, use a web browser"}};
}

Result<DeviceCode> Parse(const json& body, const MicrosoftSettings& settings = {}) {
    return ParseDeviceCode(Response(200, body.dump()), settings, kNow);
}

Result<DeviceCode> ParseWith(const char* name, const json& value) {
    json body = GoodCode();
    body[name] = value;
    return Parse(body);
}

DevicePoll Poll(int status, const json& body) {
    return ReadDevicePoll(Response(status, body.dump()), kNow).what;
}

Error RefusedWith(const json& body) {
    const auto tokens = ParseDeviceTokens(Response(400, body.dump()), kNow);
    REQUIRE(!tokens);
    return tokens.error();
}

std::string BodyOf(const net::Request& request) { return std::string(request.body.Reveal()); }

}  // namespace

TEST_CASE("a device code is asked for and polled at the authority, without a secret") {
    MicrosoftSettings settings;
    settings.client_id = "app";
    const auto ask = DeviceCodeRequest(settings, "common", {"openid", "Calendars.Read"});
    CHECK(ask.url == "https://login.microsoftonline.com/common/oauth2/v2.0/devicecode");
    CHECK(BodyOf(ask) == "client_id=app&scope=openid%20Calendars.Read");
    const auto poll = DevicePollRequest(settings, "common", Secret(std::string_view("d+c")));
    CHECK(poll.url == "https://login.microsoftonline.com/common/oauth2/v2.0/token");
    CHECK(BodyOf(poll) ==
          "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&client_id=app&"
          "device_code=d%2Bc");
}

TEST_CASE("a device code is read with its times in their limits") {
    const auto code = Parse(GoodCode());
    REQUIRE(code);
    CHECK(code->user_code == "FJK9WQ2TR");
    CHECK(code->verification_uri == "https://login.microsoft.com/device");
    CHECK(code->device_code.Reveal() == "sim-device-code-1");
    CHECK(code->expires_in == 900s);
    CHECK(code->interval == 5s);
    CHECK(ParseWith("interval", nullptr)->interval == 5s);
    CHECK(ParseWith("interval", "7")->interval == 7s);
    CHECK(ParseWith("interval", 1e9)->interval == 300s);
    CHECK(ParseWith("expires_in", 1e9)->expires_in == 3600s);
}

TEST_CASE("what cannot be shown safely is refused") {
    for (const char* code :
         {"", "AB\x1b[2J", "two words", "\xd7\x90", "<b>", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"})
        CHECK(ParseWith("user_code", code).error().kind == ErrorKind::kBadReply);
    for (const char* uri : {"", "login.microsoft.com/device", "javascript:alert(1)",
                            "http://login.microsoft.com/device", "https://a.example/\x1b]0;x",
                            "https://a.example/ b", "https://user:pw@a.example/"})
        CHECK(ParseWith("verification_uri", uri).error().kind == ErrorKind::kBadReply);
    CHECK(ParseWith("device_code", nullptr).error().kind == ErrorKind::kBadReply);
    CHECK(ParseWith("expires_in", 0).error().kind == ErrorKind::kBadReply);
    json plain = GoodCode();
    plain["verification_uri"] = "http://127.0.0.1:4000/device";
    MicrosoftSettings local;
    local.authority = "http://127.0.0.1:4000/microsoft";
    CHECK(Parse(plain, local));
    CHECK(ParseDeviceCode(Response(200, "<html>"), {}, kNow).error().kind == ErrorKind::kBadReply);
    CHECK(ParseDeviceCode(Response(503, ""), {}, kNow).error().kind == ErrorKind::kServerFault);
    CHECK(ParseDeviceCode(Response(401, R"({"error":"invalid_client","error_codes":[7000218]})"),
                          {}, kNow)
              .error()
              .kind == ErrorKind::kRejected);
}

TEST_CASE("a question is asked again while the user thinks and while the endpoint is in trouble") {
    CHECK(Poll(400, {{"error", "authorization_pending"}}) == DevicePoll::kPending);
    CHECK(Poll(400, {{"error", "slow_down"}}) == DevicePoll::kSlowDown);
    CHECK(Poll(400, {{"error", "temporarily_unavailable"}}) == DevicePoll::kTryLater);
    CHECK(Poll(400, {{"error", "invalid_grant"}, {"error_codes", {50196}}}) ==
          DevicePoll::kTryLater);
    CHECK(Poll(500, json::object()) == DevicePoll::kTryLater);
    auto busy = Response(429, "");
    busy.headers = {{.name = "Retry-After", .value = "30"}};
    CHECK(ReadDevicePoll(busy, kNow).retry_after == 30s);
    for (const char* error : {"authorization_declined", "access_denied", "expired_token",
                              "bad_verification_code", "invalid_grant", "invented"})
        CHECK(Poll(400, {{"error", error}}) == DevicePoll::kDecided);
    CHECK(Poll(200, {{"access_token", "a"}}) == DevicePoll::kDecided);
    CHECK(ReadDevicePoll(Response(200, "<html>"), kNow).what == DevicePoll::kDecided);
}

TEST_CASE("a device code that is refused says why and what to do") {
    CHECK(RefusedWith({{"error", "authorization_declined"}}).kind == ErrorKind::kAccessDenied);
    CHECK(RefusedWith({{"error", "access_denied"}}).kind == ErrorKind::kAccessDenied);
    CHECK(RefusedWith({{"error", "bad_verification_code"}}).kind == ErrorKind::kRejected);
    const Error late = RefusedWith({{"error", "expired_token"}});
    CHECK(late == DeviceCodeExpired());
    CHECK(late.kind == ErrorKind::kTimeout);
    CHECK(late.hint.find("--no-browser") != std::string::npos);
    for (const char* error : {"access_denied", "invalid_grant", "interaction_required"}) {
        const Error blocked = RefusedWith({{"error", error}, {"error_codes", {53003}}});
        CHECK(blocked.kind == ErrorKind::kAdminApprovalRequired);
        CHECK(blocked.message.find("device code: a Conditional Access policy") !=
              std::string::npos);
        CHECK(blocked.message.find("(AADSTS53003)") != std::string::npos);
        CHECK(blocked.hint.find("--no-browser") != std::string::npos);
    }
    CHECK(RefusedWith({{"error", "invalid_grant"}, {"error_codes", {90094}}}).kind ==
          ErrorKind::kAdminApprovalRequired);
}

}  // namespace kamili::oauth
