#include "oauth/authorization.h"

#include <doctest/doctest.h>

#include "net/url.h"
#include "tests/support/seeded_random.h"

namespace kamili::oauth {
namespace {

std::map<std::string, std::string> QueryOf(const std::string& address) {
    const auto url = net::ParseUrl(address);
    REQUIRE(url);
    const auto pairs = net::ParseQuery(url->query);
    REQUIRE(pairs);
    return {pairs->begin(), pairs->end()};
}

AuthorizationRequest SomeRequest(model::Provider provider) {
    AuthorizationRequest request;
    request.provider = provider;
    request.scopes = {"openid", "a/b"};
    request.authority = "organizations";
    request.redirect_uri = "http://127.0.0.1:40123/";
    request.state = "st";
    request.challenge = "ch";
    return request;
}

ErrorKind KindOf(const RedirectParameters& parameters) {
    const auto code = CodeFromRedirect(parameters, "st");
    REQUIRE(!code);
    return code.error().kind;
}

}  // namespace

TEST_CASE("the challenge of RFC 7636, appendix B, comes out") {
    CHECK(ChallengeOf(Secret(std::string_view("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"))) ==
          "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST_CASE("each sign-in has a verifier of its own") {
    testing::SeededRandom random(1);
    const Pkce first = MakePkce(random);
    const Pkce second = MakePkce(random);
    CHECK(first.verifier.size() == 43);
    CHECK(!(first.verifier == second.verifier));
    CHECK(first.challenge == ChallengeOf(first.verifier));
    CHECK(first.challenge.size() == 43);
}

TEST_CASE("Google's address asks for a code with S256 and offline access") {
    ProviderSettings settings;
    settings.google.client_id = "gid";
    settings.google.client_secret = Secret(std::string_view("hidden"));
    auto request = SomeRequest(model::Provider::kGoogle);
    request.login_hint = "me@example.org";
    request.force_consent = true;
    const std::string url = AuthorizationUrl(request, settings);
    CHECK(url.rfind("https://accounts.google.com/o/oauth2/v2/auth?", 0) == 0);
    CHECK(url.find("hidden") == std::string::npos);
    CHECK(QueryOf(url) ==
          std::map<std::string, std::string>{{"client_id", "gid"},
                                             {"response_type", "code"},
                                             {"redirect_uri", "http://127.0.0.1:40123/"},
                                             {"scope", "openid a/b"},
                                             {"state", "st"},
                                             {"code_challenge", "ch"},
                                             {"code_challenge_method", "S256"},
                                             {"login_hint", "me@example.org"},
                                             {"access_type", "offline"},
                                             {"prompt", "consent"}});
}

TEST_CASE("Microsoft's address names the authority and lets people choose an account") {
    ProviderSettings settings;
    settings.microsoft.client_id = "mid";
    auto request = SomeRequest(model::Provider::kMicrosoft);
    const std::string url = AuthorizationUrl(request, settings);
    CHECK(url.rfind("https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize?", 0) ==
          0);
    auto query = QueryOf(url);
    CHECK(query["response_mode"] == "query");
    CHECK(query["code_challenge_method"] == "S256");
    CHECK(query["prompt"] == "select_account");
    request.login_hint = "me@example.org";
    CHECK(QueryOf(AuthorizationUrl(request, settings)).count("prompt") == 0);
}

TEST_CASE("a pasted address is split into its parameters") {
    const auto parameters = ParseRedirectAddress(
        " http://localhost:40123/?code=4%2F0A&state=q7&scope=https://x/a%20b&iss=https://i \n");
    REQUIRE(parameters);
    CHECK(parameters->at("code") == "4/0A");
    CHECK(parameters->at("scope") == "https://x/a b");
    CHECK(ParseRedirectAddress("http://[::1]:1/?error=access_denied&state=q7"));
}

TEST_CASE("what is not the address of a finished sign-in is refused") {
    for (const std::string text :
         {"", "code=1&state=2", "http://127.0.0.1:1/", "http://127.0.0.1:1/?code=1",
          "http://127.0.0.1:1/?state=1", "https://127.0.0.1:1/?code=1&state=2",
          "http://example.org/?code=1&state=2", "http://127.0.0.1.example.org/?code=1&state=2",
          "http://127.0.0.1:1/?code=1&code=2&state=2", "http://127.0.0.1:1/?code=%zz&state=2",
          "http://me@127.0.0.1:1/?code=1&state=2"}) {
        CAPTURE(text);
        const auto parameters = ParseRedirectAddress(text);
        REQUIRE(!parameters);
        CHECK(parameters.error().kind == ErrorKind::kInvalidArgument);
    }
    const std::string longest(20'000, 'a');
    CHECK(!ParseRedirectAddress("http://127.0.0.1:1/?state=1&code=" + longest));
}

TEST_CASE("the state is compared before anything else") {
    CHECK(KindOf({{"code", "c"}, {"state", "sT"}}) == ErrorKind::kStateMismatch);
    CHECK(KindOf({{"code", "c"}}) == ErrorKind::kStateMismatch);
    CHECK(KindOf({{"error", "access_denied"}, {"state", "other"}}) == ErrorKind::kStateMismatch);
    CHECK(!CodeFromRedirect({{"code", "c"}, {"state", ""}}, ""));
    const auto code = CodeFromRedirect({{"code", "c"}, {"state", "st"}}, "st");
    REQUIRE(code);
    CHECK(code->Reveal() == "c");
}

TEST_CASE("a refusal in the redirect says what happened") {
    const auto with = [](const std::string& error, const std::string& description) {
        return RedirectParameters{
            {"state", "st"}, {"error", error}, {"error_description", description}};
    };
    CHECK(KindOf(with("access_denied", "")) == ErrorKind::kAccessDenied);
    CHECK(KindOf(with("access_denied", "AADSTS65004: declined")) == ErrorKind::kAccessDenied);
    CHECK(KindOf(with("access_denied", "AADSTS90094: admin")) == ErrorKind::kAdminApprovalRequired);
    CHECK(KindOf(with("admin_policy_enforced", "")) == ErrorKind::kAdminApprovalRequired);
    CHECK(KindOf(with("temporarily_unavailable", "")) == ErrorKind::kServerFault);
    CHECK(KindOf(with("invalid_request", "")) == ErrorKind::kRejected);
    CHECK(KindOf({{"state", "st"}}) == ErrorKind::kBadReply);
    const auto refused = CodeFromRedirect(with("in valid", "who@example.org"), "st");
    CHECK(refused.error().message.find("in valid") == std::string::npos);
    CHECK(refused.error().message.find("example.org") == std::string::npos);
}

}  // namespace kamili::oauth
