#include "oauth/token_reply.h"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "net/url.h"

namespace kamili::oauth {
namespace {

using model::Provider;
using nlohmann::json;

constexpr UtcTime kNow{std::chrono::sys_days(std::chrono::year(2026) / 1 / 15) +
                       std::chrono::hours(9)};

net::Response Response(int status, std::string_view body) {
    net::Response response;
    response.status = status;
    response.body = Secret(body);
    return response;
}

net::Response ResponseOf(const json& one) {
    auto response =
        Response(one["status"].get<int>(),
                 one.contains("text") ? one["text"].get<std::string>() : one["body"].dump());
    const json headers = one.value("headers", json::object());
    for (const auto& [name, value] : headers.items())
        response.headers.push_back({.name = name, .value = value.get<std::string>()});
    return response;
}

void CheckTokens(const TokenReply& reply, const json& expect) {
    CHECK(reply.access_token.Reveal() == expect["access"].get<std::string>());
    CHECK(reply.refresh_token.Reveal() == expect["refresh"].get<std::string>());
    CHECK(reply.expires_in.count() == expect["expires_in"].get<std::int64_t>());
    CHECK(reply.scopes_stated == expect.contains("scopes"));
    CHECK(reply.scopes == expect.value("scopes", std::vector<std::string>{}));
    CHECK(reply.id_token.Reveal() == expect.value("id_token", ""));
    CHECK(reply.refresh_token_expires.value_or(std::chrono::seconds(0)).count() ==
          expect.value("refresh_life", 0));
}

void CheckError(const Error& error, const json& expect) {
    CHECK(Text(error.kind) == expect["kind"].get<std::string>());
    CHECK_MESSAGE(error.message.find(expect.value("says", "")) != std::string::npos, error.message);
    CHECK(error.retry_after.value_or(std::chrono::milliseconds(-1)).count() ==
          expect.value("retry_after_ms", -1));
}

std::string Body(const net::Request& request) { return std::string(request.body.Reveal()); }

}  // namespace

TEST_CASE("each reply of a token endpoint means what its golden entry says") {
    std::ifstream file(std::string(KAMILI_TEST_DATA) + "/golden/oauth-replies.json");
    const json all = json::parse(file);
    REQUIRE(all.size() > 30);
    for (const json& one : all) {
        CAPTURE(one["name"].get<std::string>());
        const auto provider = model::ProviderFromText(one["provider"].get<std::string>());
        REQUIRE(provider);
        const json& expect = one["expect"];
        const auto reply = ParseTokenReply(*provider, ResponseOf(one), kNow);
        REQUIRE(reply.has_value() == !expect.contains("kind"));
        if (reply)
            CheckTokens(*reply, expect);
        else
            CheckError(reply.error(), expect);
    }
}

TEST_CASE("an error never repeats what a server wrote") {
    const auto reply = ParseTokenReply(
        Provider::kMicrosoft,
        Response(400, R"({"error":"invalid_grant","error_description":"AADSTS70000: me@example.org",
                         "suberror":"me@example.org"})"),
        kNow);
    REQUIRE(!reply);
    CHECK(reply.error().message.find("example.org") == std::string::npos);
    CHECK(reply.error().hint.find("example.org") == std::string::npos);
}

TEST_CASE("a code is exchanged at Google with verifier and client secret") {
    ProviderSettings settings;
    settings.google.client_id = "id&1";
    settings.google.client_secret = Secret(std::string_view("s=1"));
    const auto request =
        CodeExchangeRequest(Provider::kGoogle, settings, "", Secret(std::string_view("4/c+d")),
                            Secret(std::string_view("ver")), "http://127.0.0.1:4/", {"one", "two"});
    CHECK(request.method == net::Method::kPost);
    CHECK(request.url == "https://oauth2.googleapis.com/token");
    CHECK(request.content_type == "application/x-www-form-urlencoded");
    CHECK(request.bearer.empty());
    CHECK(Body(request) ==
          "grant_type=authorization_code&code=4%2Fc%2Bd&code_verifier=ver&redirect_uri=http%3A%2F%"
          "2F127.0.0.1%3A4%2F&client_id=id%261&client_secret=s%3D1");
}

TEST_CASE("a Microsoft refresh names its scopes and sends no secret") {
    ProviderSettings settings;
    settings.microsoft.client_id = "app";
    settings.google.client_secret = Secret(std::string_view("google's"));
    const auto request =
        RefreshRequest(Provider::kMicrosoft, settings, "ten-ant", Secret(std::string_view("rt")),
                       {"offline_access", "Calendars.Read"});
    CHECK(request.url == "https://login.microsoftonline.com/ten-ant/oauth2/v2.0/token");
    CHECK(Body(request) ==
          "grant_type=refresh_token&refresh_token=rt&client_id=app&scope=offline_access%"
          "20Calendars.Read");
}

TEST_CASE("an authority cannot leave its place in the address") {
    const auto request = RefreshRequest(Provider::kMicrosoft, ProviderSettings{}, "a/../b?c",
                                        Secret(std::string_view("rt")), {});
    CHECK(request.url == "https://login.microsoftonline.com/a%2F..%2Fb%3Fc/oauth2/v2.0/token");
}

TEST_CASE("a token to be revoked stands in the body and not in the address") {
    const auto request = RevokeRequest(ProviderSettings{}, Secret(std::string_view("1//rt")));
    CHECK(request.url == "https://oauth2.googleapis.com/revoke");
    CHECK(Body(request) == "token=1%2F%2Frt");
}

TEST_CASE("a revocation ends well, was not needed, or failed") {
    CHECK(ParseRevokeReply(Response(200, ""), kNow));
    const auto gone = ParseRevokeReply(Response(400, R"({"error":"invalid_token"})"), kNow);
    REQUIRE(!gone);
    CHECK(gone.error().kind == ErrorKind::kAuthRevoked);
    const auto busy = ParseRevokeReply(Response(503, ""), kNow);
    REQUIRE(!busy);
    CHECK(busy.error().kind == ErrorKind::kServerFault);
    const auto html = ParseRevokeReply(Response(404, "<html>"), kNow);
    REQUIRE(!html);
    CHECK(html.error().kind == ErrorKind::kBadReply);
    const auto refused = ParseRevokeReply(Response(400, R"({"error":"invalid_request"})"), kNow);
    REQUIRE(!refused);
    CHECK(refused.error().kind == ErrorKind::kRejected);
}

}  // namespace kamili::oauth
