#include "sync/sign_in.h"

#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "net/url.h"
#include "tests/unit/sync/sign_in_world.h"

namespace kamili::sync {
namespace {

using namespace testing;
using nlohmann::json;
using storage::SecretPurpose;

std::string QueryValue(const std::string& address, const std::string& name) {
    const auto url = net::ParseUrl(address);
    REQUIRE(url);
    const auto pairs = net::ParseQuery(url->query);
    REQUIRE(pairs);
    for (const auto& [key, value] : *pairs)
        if (key == name) return value;
    return "";
}

}  // namespace

TEST_CASE("a Google sign-in stores account and tokens together") {
    SignInWorld world;
    world.ScriptGoogle();
    const auto begun = world.Begin(GoogleRequest());
    CHECK(QueryValue(begun.url, "state") == begun.state);
    CHECK(QueryValue(begun.url, "prompt") == "consent");
    const auto account = world.Complete(begun);
    REQUIRE(account);
    CHECK(account->address == "me@example.org");
    CHECK(account->remote_id == "me@example.org");
    CHECK(account->state == model::State::kOk);
    CHECK(account->scopes_granted.size() == 2);
    CHECK(account->created == world.clock.UtcNow());
    CHECK(world.Row(account->id) == *account);
    CHECK(world.SecretOf(account->id, SecretPurpose::kRefreshToken) == "rt");
    CHECK(world.SecretOf(account->id, SecretPurpose::kAccessToken).ends_with(" at"));
    CHECK(world.transport.sent().at(1).bearer == "at");
    CHECK(world.store.writes() == 1);
}

TEST_CASE("the exchange sends the verifier that the challenge was made of") {
    SignInWorld world;
    world.ScriptGoogle();
    const auto begun = world.Begin(GoogleRequest());
    REQUIRE(world.Complete(begun));
    const auto form = net::ParseQuery(world.transport.sent().at(0).body);
    REQUIRE(form);
    const std::map<std::string, std::string> fields(form->begin(), form->end());
    CHECK(fields.at("code") == "c0de");
    CHECK(fields.at("redirect_uri") == "http://127.0.0.1:40123/");
    CHECK(oauth::ChallengeOf(Secret(std::string_view(fields.at("code_verifier")))) ==
          QueryValue(begun.url, "code_challenge"));
    CHECK(begun.url.find(fields.at("code_verifier")) == std::string::npos);
}

TEST_CASE("a token from a sign-in is used without another request") {
    SignInWorld world;
    world.ScriptGoogle();
    const auto account = world.SignIn(GoogleRequest());
    REQUIRE(account);
    TokenService tokens(world.loop, world.clock, world.transport, world.store, world.settings,
                        world.log);
    std::string got;
    tokens.Get(account->id, [&](Result<Secret> token) { got = std::string(token->Reveal()); });
    world.Run();
    CHECK(got == "at");
    CHECK(world.transport.unexpected() == 0);
}

TEST_CASE("a Microsoft sign-in is keyed by the person and pinned to the tenant") {
    SignInWorld world;
    world.ScriptMicrosoft();
    const auto work = world.SignIn(MicrosoftRequest());
    REQUIRE(work);
    CHECK(work->remote_id == std::string("0b1ec7@") + kTenant);
    CHECK(work->authority == kTenant);
    CHECK(work->address == "me@example.org");
    world.ScriptMicrosoft(kPersonalTenant);
    const auto personal = world.SignIn(MicrosoftRequest());
    REQUIRE(personal);
    CHECK(personal->authority == "consumers");
    CHECK(world.AccountCount() == 2);
}

TEST_CASE("a surplus is shown at Microsoft and refused from Google") {
    SignInWorld world;
    world.ScriptMicrosoft(kTenant, kMicrosoftScopes + " User.Read Mail.Read");
    const auto account = world.SignIn(MicrosoftRequest());
    REQUIRE(account);
    CHECK(account->scopes_granted.size() == 5);
    CHECK(world.log.lines().at(0) == "more rights granted than asked for count=2");

    world.transport.Reply(
        kGoogleToken, 200,
        AuthWorld::Tokens("at", "rt", 3600,
                          kGoogleScopes + " openid https://www.googleapis.com/auth/drive"));
    const auto refused = world.SignIn(GoogleRequest());
    REQUIRE(!refused);
    CHECK(refused.error().kind == ErrorKind::kRejected);
    CHECK(refused.error().message.find("auth/drive") != std::string::npos);
    CHECK(refused.error().hint.find("remove") != std::string::npos);
    CHECK(world.AccountCount() == 1);
}

TEST_CASE("partial scopes end the sign-in and name what is missing") {
    SignInWorld world;
    world.transport.Reply(
        kGoogleToken, 200,
        AuthWorld::Tokens("at", "rt", 3600,
                          "https://www.googleapis.com/auth/calendar.calendarlist.readonly"));
    const auto account = world.SignIn(GoogleRequest());
    REQUIRE(!account);
    CHECK(account.error().kind == ErrorKind::kInsufficientScope);
    CHECK(account.error().message.find("events.readonly") != std::string::npos);
    CHECK(world.AccountCount() == 0);
}

TEST_CASE("replies that are no good end the sign-in and leave nothing behind") {
    SignInWorld world;
    world.transport.Reply(kGoogleToken, 200, AuthWorld::Tokens("at", "", 3600, kGoogleScopes));
    world.CheckFails(GoogleRequest(), ErrorKind::kNoRefreshToken);
    world.transport.Reply(kGoogleToken, 200, "<html>hello</html>");
    world.CheckFails(GoogleRequest(), ErrorKind::kBadReply);
    world.transport.Reply(kGoogleToken, 200, "");
    world.CheckFails(GoogleRequest(), ErrorKind::kBadReply);
    world.transport.Reply(kGoogleToken, 200,
                          R"({"access_token":"a","refresh_token":"r","expires_in":9})");
    world.CheckFails(GoogleRequest(), ErrorKind::kBadReply);
    world.transport.Reply(kGoogleToken, 400, R"({"error":"invalid_grant"})");
    world.CheckFails(GoogleRequest(), ErrorKind::kRejected);
    world.transport.Fail(kGoogleToken, ErrorKind::kOffline);
    world.CheckFails(GoogleRequest(), ErrorKind::kOffline);
    world.transport.Reply(kMicrosoftToken, 400,
                          R"({"error":"invalid_grant","error_codes":[90094]})");
    world.CheckFails(MicrosoftRequest(), ErrorKind::kAdminApprovalRequired);
}

TEST_CASE("a Microsoft reply without a good id_token ends the sign-in") {
    SignInWorld world;
    world.transport.Reply(kMicrosoftToken, 200,
                          AuthWorld::Tokens("at", "rt", 3600, kMicrosoftScopes));
    world.CheckFails(MicrosoftRequest(), ErrorKind::kBadReply);
    json body = json::parse(AuthWorld::Tokens("at", "rt", 3600, kMicrosoftScopes));
    body["id_token"] = world.IdToken("../x");
    world.transport.Reply(kMicrosoftToken, 200, body.dump());
    world.CheckFails(MicrosoftRequest(), ErrorKind::kBadReply);
}

TEST_CASE("an identity that cannot be had ends the sign-in") {
    SignInWorld world;
    world.transport.Reply(kGoogleToken, 200, AuthWorld::Tokens("at", "rt", 3600, kGoogleScopes));
    world.transport.Reply("/identity", 403, "");
    world.CheckFails(GoogleRequest(), ErrorKind::kInsufficientScope);
    world.transport.Reply(kGoogleToken, 200, AuthWorld::Tokens("at", "rt", 3600, kGoogleScopes));
    world.transport.Reply("/identity", 200, " nobody");
    world.CheckFails(GoogleRequest(), ErrorKind::kBadReply);
}

TEST_CASE("a store that fails leaves neither account nor token") {
    SignInWorld world;
    world.ScriptGoogle();
    world.store.FailNextWrite(ErrorKind::kStoreFull);
    world.CheckFails(GoogleRequest(), ErrorKind::kStoreFull);
}

TEST_CASE("a wrong state is refused and does not end the sign-in") {
    SignInWorld world;
    const auto begun = world.Begin(GoogleRequest());
    const auto wrong = world.Complete(begun.sign_in_id, {{"code", "c0de"}, {"state", "x"}});
    REQUIRE(!wrong);
    CHECK(wrong.error().kind == ErrorKind::kStateMismatch);
    CHECK(world.transport.sent().empty());
    world.ScriptGoogle();
    CHECK(world.Complete(begun));
}

TEST_CASE("a denied sign-in is over") {
    SignInWorld world;
    const auto begun = world.Begin(GoogleRequest());
    const auto denied =
        world.Complete(begun.sign_in_id, {{"error", "access_denied"}, {"state", begun.state}});
    REQUIRE(!denied);
    CHECK(denied.error().kind == ErrorKind::kAccessDenied);
    const auto again = world.Complete(begun);
    REQUIRE(!again);
    CHECK(again.error().kind == ErrorKind::kNotFound);
}

TEST_CASE("the log of a sign-in holds no token, code or address") {
    SignInWorld world;
    world.ScriptGoogle();
    REQUIRE(world.SignIn(GoogleRequest()));
    CHECK(!world.log.lines().empty());
    for (const auto& line : world.log.lines()) {
        CHECK(line.find("example.org") == std::string::npos);
        CHECK(line.find("c0de") == std::string::npos);
        CHECK(line.find("rt") == std::string::npos);
    }
}

}  // namespace kamili::sync
