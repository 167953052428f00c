#include "sync/token_service.h"

#include <doctest/doctest.h>

#include <vector>

#include "tests/unit/sync/auth_world.h"

namespace kamili::sync {
namespace {

using namespace std::chrono_literals;
using storage::SecretPurpose;
using testing::AuthWorld;

constexpr char kGoogleToken[] = "oauth2.googleapis.com/token";
constexpr char kMicrosoftToken[] = "/oauth2/v2.0/token";
constexpr char kRefused[] = R"({"error":"invalid_grant"})";

struct TokenWorld : AuthWorld {
    TokenWorld() { Restart(); }
    // A new service on the same store.
    void Restart() {
        tokens = std::make_unique<TokenService>(loop, clock, transport, store, settings, log);
    }
    // The token, or the name of the error's kind in brackets.
    std::string Get(model::AccountId id) {
        std::string out = "nothing";
        tokens->Get(id, [&](Result<Secret> token) { out = Shown(token); });
        CHECK(out == "nothing");  // never from inside Get
        Run();
        return out;
    }
    static std::string Shown(const Result<Secret>& token) {
        if (token) return std::string(token->Reveal());
        return "[" + std::string(Text(token.error().kind)) + "]";
    }
    std::string Refresh(model::AccountId id) { return SecretOf(id, SecretPurpose::kRefreshToken); }
    std::string Previous(model::AccountId id) {
        return SecretOf(id, SecretPurpose::kPreviousRefreshToken);
    }
    bool Sent(std::size_t index, const std::string& text) {
        return transport.sent().at(index).body.find(text) != std::string::npos;
    }

    std::unique_ptr<TokenService> tokens;
};

}  // namespace

TEST_CASE("a token is fetched once and used until shortly before it expires") {
    TokenWorld world;
    const auto id = world.AddAccount(model::Provider::kGoogle, "rt1");
    world.transport.Reply(kGoogleToken, 200, AuthWorld::Tokens("at1", "", 3600));
    CHECK(world.Get(id) == "at1");
    CHECK(world.Sent(0, "refresh_token=rt1"));
    world.clock.Advance(54min);
    CHECK(world.Get(id) == "at1");
    CHECK(world.transport.sent().size() == 1);
    world.clock.Advance(2min);
    world.transport.Reply(kGoogleToken, 200, AuthWorld::Tokens("at2", "", 3600));
    CHECK(world.Get(id) == "at2");
    CHECK(world.transport.unexpected() == 0);
}

TEST_CASE("two Gets at once make one request") {
    TokenWorld world;
    const auto id = world.AddAccount(model::Provider::kGoogle, "rt1");
    world.transport.Hold(kGoogleToken, 200, AuthWorld::Tokens("at1", ""));
    std::vector<std::string> got;
    const auto keep = [&](Result<Secret> token) { got.push_back(TokenWorld::Shown(token)); };
    world.tokens->Get(id, keep);
    world.tokens->Get(id, keep);
    world.Run();
    world.tokens->Get(id, keep);
    world.Run();
    CHECK(got.empty());
    world.transport.Release();
    world.Run();
    CHECK(got == std::vector<std::string>{"at1", "at1", "at1"});
    CHECK(world.transport.sent().size() == 1);
}

TEST_CASE("accounts are refreshed independently of each other") {
    TokenWorld world;
    const auto one = world.AddAccount(model::Provider::kGoogle, "rt1");
    const auto two = world.AddAccount(model::Provider::kMicrosoft, "rt2");
    world.transport.Reply(kGoogleToken, 200, AuthWorld::Tokens("at1", ""));
    world.transport.Reply("/consumers" + std::string(kMicrosoftToken), 200,
                          AuthWorld::Tokens("at2", "rt2b"));
    CHECK(world.Get(one) == "at1");
    CHECK(world.Get(two) == "at2");
}

TEST_CASE("a restart needs no refresh, unless the clock was set back") {
    TokenWorld world;
    const auto id = world.AddAccount(model::Provider::kGoogle, "rt1");
    world.transport.Reply(kGoogleToken, 200, AuthWorld::Tokens("at1", ""));
    CHECK(world.Get(id) == "at1");
    world.Restart();
    world.clock.Advance(30min);
    CHECK(world.Get(id) == "at1");
    CHECK(world.transport.sent().size() == 1);
    world.Restart();
    world.clock.StepUtc(-2h);
    world.transport.Reply(kGoogleToken, 200, AuthWorld::Tokens("at2", ""));
    CHECK(world.Get(id) == "at2");
}

TEST_CASE("a step of the wall clock does not change what the boot clock knows") {
    TokenWorld world;
    const auto id = world.AddAccount(model::Provider::kGoogle, "rt1");
    world.transport.Reply(kGoogleToken, 200, AuthWorld::Tokens("at1", ""));
    CHECK(world.Get(id) == "at1");
    world.clock.StepUtc(24h * 365);
    CHECK(world.Get(id) == "at1");
    world.clock.StepUtc(-24h * 700);
    world.clock.Advance(54min);
    CHECK(world.Get(id) == "at1");
    world.clock.Advance(6min);
    world.transport.Reply(kGoogleToken, 200, AuthWorld::Tokens("at2", ""));
    CHECK(world.Get(id) == "at2");
}

TEST_CASE("a rotated refresh token is durable before its access token is handed out") {
    TokenWorld world;
    const auto id = world.AddAccount(model::Provider::kMicrosoft, "rt1");
    world.transport.Reply(kMicrosoftToken, 200, AuthWorld::Tokens("at1", "rt2"));
    bool committed = false;
    bool committed_when_handed_out = false;
    world.store.AfterNextWrite([&] { committed = true; });
    world.tokens->Get(id, [&](Result<Secret>) { committed_when_handed_out = committed; });
    world.Run();
    CHECK(committed_when_handed_out);
    CHECK(world.Refresh(id) == "rt2");
    CHECK(world.Previous(id) == "rt1");
}

TEST_CASE("a store that refuses keeps the token back and loses nothing") {
    TokenWorld world;
    const auto id = world.AddAccount(model::Provider::kMicrosoft, "rt1");
    world.transport.Reply(kMicrosoftToken, 200, AuthWorld::Tokens("at1", "rt2"));
    world.store.FailNextWrite(ErrorKind::kStoreFull);
    CHECK(world.Get(id) == "[store_full]");
    CHECK(world.Refresh(id) == "rt1");
    // The reply is still there: it is stored now, without another request.
    CHECK(world.Get(id) == "at1");
    CHECK(world.Refresh(id) == "rt2");
    CHECK(world.transport.sent().size() == 1);
}

TEST_CASE("a reply that waited too long for the store is stored and followed by a refresh") {
    TokenWorld world;
    const auto id = world.AddAccount(model::Provider::kMicrosoft, "rt1");
    world.transport.Reply(kMicrosoftToken, 200, AuthWorld::Tokens("at1", "rt2"));
    world.store.FailNextWrite(ErrorKind::kStoreFull);
    CHECK(world.Get(id) == "[store_full]");
    world.clock.Advance(2h);
    world.transport.Reply(kMicrosoftToken, 200, AuthWorld::Tokens("at2", "rt3"));
    CHECK(world.Get(id) == "at2");
    CHECK(world.Sent(1, "refresh_token=rt2"));
    CHECK(world.Refresh(id) == "rt3");
}

TEST_CASE("the previous refresh token goes once the new one has worked") {
    TokenWorld world;
    const auto id = world.AddAccount(model::Provider::kMicrosoft, "rt1");
    world.transport.Reply(kMicrosoftToken, 200, AuthWorld::Tokens("at1", "rt2"));
    CHECK(world.Get(id) == "at1");
    world.tokens->Worked(id);
    world.Run();
    CHECK(world.Previous(id) == "");
    CHECK(world.Refresh(id) == "rt2");
    const auto writes = world.store.writes();
    world.tokens->Worked(id);
    world.Run();
    CHECK(world.store.writes() == writes);
}

TEST_CASE("a provider that sends the same refresh token again has not rotated") {
    TokenWorld world;
    const auto id = world.AddAccount(model::Provider::kGoogle, "rt1");
    world.transport.Reply(kGoogleToken, 200, AuthWorld::Tokens("at1", "rt1"));
    CHECK(world.Get(id) == "at1");
    CHECK(world.Refresh(id) == "rt1");
    CHECK(world.Previous(id) == "");
}

TEST_CASE("a refused rotated token falls back to the previous one, once") {
    TokenWorld world;
    const auto id = world.AddAccount(model::Provider::kMicrosoft, "rt2");
    world.SetSecret(id, SecretPurpose::kPreviousRefreshToken, "rt1");
    world.transport.Reply(kMicrosoftToken, 400, kRefused);
    world.transport.Reply(kMicrosoftToken, 200, AuthWorld::Tokens("at", "rt3"));
    CHECK(world.Get(id) == "at");
    CHECK(world.Sent(0, "refresh_token=rt2"));
    CHECK(world.Sent(1, "refresh_token=rt1"));
    CHECK(world.Refresh(id) == "rt3");
    CHECK(world.Previous(id) == "rt1");
    CHECK(world.Row(id).state == model::State::kOk);
}

TEST_CASE("a previous token that works without rotation takes the place of the refused one") {
    TokenWorld world;
    const auto id = world.AddAccount(model::Provider::kGoogle, "rt2");
    world.SetSecret(id, SecretPurpose::kPreviousRefreshToken, "rt1");
    world.transport.Reply(kGoogleToken, 400, kRefused);
    world.transport.Reply(kGoogleToken, 200, AuthWorld::Tokens("at", ""));
    CHECK(world.Get(id) == "at");
    CHECK(world.Refresh(id) == "rt1");
    CHECK(world.Previous(id) == "");
}

TEST_CASE("a refused account says so in its row, in words, and asks no more than once a round") {
    TokenWorld world;
    const auto id = world.AddAccount(model::Provider::kMicrosoft, "rt2");
    world.SetSecret(id, SecretPurpose::kPreviousRefreshToken, "rt1");
    world.transport.Reply(kMicrosoftToken, 400, kRefused);
    world.transport.Reply(kMicrosoftToken, 400, kRefused);
    CHECK(world.Get(id) == "[needs_sign_in]");
    CHECK(world.transport.sent().size() == 2);
    CHECK(world.Row(id).state == model::State::kNeedsSignIn);
    CHECK(world.Row(id).reason.find("Microsoft") != std::string::npos);
    CHECK(world.Refresh(id) == "rt2");
}

TEST_CASE("an account without a refresh token must be signed in, without a request") {
    TokenWorld world;
    const auto id = world.AddAccount(model::Provider::kGoogle, "");
    CHECK(world.Get(id) == "[needs_sign_in]");
    CHECK(world.transport.sent().empty());
    CHECK(world.Row(id).state == model::State::kNeedsSignIn);
}

TEST_CASE("an account that is gone and a missing client id are errors without a request") {
    TokenWorld world;
    CHECK(world.Get(model::AccountId(77)) == "[not_found]");
    const auto id = world.AddAccount(model::Provider::kGoogle, "rt1");
    world.settings.google.client_id.clear();
    CHECK(world.Get(id) == "[bad_configuration]");
    CHECK(world.transport.sent().empty());
}

TEST_CASE("no token is dropped because of the network, HTML or a fault of the server") {
    TokenWorld world;
    const auto id = world.AddAccount(model::Provider::kMicrosoft, "rt1");
    world.transport.Fail(kMicrosoftToken, ErrorKind::kOffline);
    world.transport.Reply(kMicrosoftToken, 200, "<html>");
    world.transport.Reply(kMicrosoftToken, 503, "");
    world.transport.Reply(kMicrosoftToken, 400, R"({"error":"invalid_client"})");
    CHECK(world.Get(id) == "[offline]");
    CHECK(world.Get(id) == "[bad_reply]");
    CHECK(world.Get(id) == "[server_fault]");
    CHECK(world.Get(id) == "[rejected]");
    CHECK(world.Refresh(id) == "rt1");
    CHECK(world.Row(id).state == model::State::kOk);
    world.transport.Reply(kMicrosoftToken, 200, AuthWorld::Tokens("at1", "rt2"));
    CHECK(world.Get(id) == "at1");
}

TEST_CASE("a passing fault of the fallback keeps both refresh tokens and the account's state") {
    TokenWorld world;
    const auto id = world.AddAccount(model::Provider::kMicrosoft, "rt2");
    world.SetSecret(id, SecretPurpose::kPreviousRefreshToken, "rt1");
    world.transport.Reply(kMicrosoftToken, 400, kRefused);
    world.transport.Fail(kMicrosoftToken, ErrorKind::kTimeout);
    CHECK(world.Get(id) == "[timed_out]");
    CHECK(world.Refresh(id) == "rt2");
    CHECK(world.Previous(id) == "rt1");
    CHECK(world.Row(id).state == model::State::kOk);
}

TEST_CASE("an error reaches everyone who waits, with its wait") {
    TokenWorld world;
    const auto id = world.AddAccount(model::Provider::kGoogle, "rt1");
    world.transport.Reply(kGoogleToken, 429, "", {{.name = "Retry-After", .value = "7"}});
    int told = 0;
    for (int i = 0; i < 3; ++i)
        world.tokens->Get(id, [&](Result<Secret> token) {
            REQUIRE(!token);
            CHECK(token.error().kind == ErrorKind::kThrottled);
            CHECK(token.error().retry_after == std::chrono::milliseconds(7000));
            ++told;
        });
    world.Run();
    CHECK(told == 3);
}

TEST_CASE("a token that is still good is used while the endpoint has trouble, without a storm") {
    TokenWorld world;
    const auto id = world.AddAccount(model::Provider::kGoogle, "rt1");
    world.transport.Reply(kGoogleToken, 200, AuthWorld::Tokens("at1", "", 3600));
    CHECK(world.Get(id) == "at1");
    world.clock.Advance(56min);
    world.transport.Reply(kGoogleToken, 503, "");
    for (int i = 0; i < 5; ++i) CHECK(world.Get(id) == "at1");
    CHECK(world.transport.sent().size() == 2);
    world.clock.Advance(3min + 30s);
    world.transport.Reply(kGoogleToken, 503, "");
    CHECK(world.Get(id) == "[server_fault]");
}

TEST_CASE("a rejected token is replaced, a stale rejection is ignored") {
    TokenWorld world;
    const auto id = world.AddAccount(model::Provider::kGoogle, "rt1");
    world.transport.Reply(kGoogleToken, 200, AuthWorld::Tokens("at1", ""));
    CHECK(world.Get(id) == "at1");
    world.tokens->Reject(id, Secret(std::string_view("at0")));
    CHECK(world.Get(id) == "at1");
    world.tokens->Reject(id, Secret(std::string_view("at1")));
    world.transport.Reply(kGoogleToken, 200, AuthWorld::Tokens("at2", ""));
    CHECK(world.Get(id) == "at2");
    world.tokens->Reject(id, Secret(std::string_view("at1")));
    CHECK(world.Get(id) == "at2");
    CHECK(world.transport.sent().size() == 2);
}

TEST_CASE("a right that went missing fails, is shown, and heals when it is back") {
    TokenWorld world;
    const auto id = world.AddAccount(model::Provider::kMicrosoft, "rt1");
    world.transport.Reply(kMicrosoftToken, 200,
                          AuthWorld::Tokens("at1", "rt2", 3600, "list.scope"));
    CHECK(world.Get(id) == "[insufficient_scope]");
    CHECK(world.Row(id).state == model::State::kInsufficientScope);
    CHECK(world.Row(id).reason.find("events.scope") != std::string::npos);
    CHECK(world.Row(id).scopes_granted == std::vector<std::string>{"list.scope"});
    CHECK(world.Refresh(id) == "rt2");
    CHECK(world.SecretOf(id, SecretPurpose::kAccessToken) == "");
    world.transport.Reply(kMicrosoftToken, 200, AuthWorld::Tokens("at2", "rt3"));
    CHECK(world.Get(id) == "at2");
    CHECK(world.Row(id).state == model::State::kOk);
    CHECK(world.Row(id).reason == "");
}

TEST_CASE("an error of the driver in the row is not healed by a token") {
    TokenWorld world;
    const auto id = world.AddAccount(model::Provider::kGoogle, "rt1");
    auto row = world.Row(id);
    row.state = model::State::kError;
    row.reason = "other";
    CHECK(world.files.Write([&](storage::Txn& txn) { return storage::UpdateAccount(txn, row); }));
    world.transport.Reply(kGoogleToken, 200, AuthWorld::Tokens("at1", ""));
    CHECK(world.Get(id) == "at1");
    CHECK(world.Row(id).state == model::State::kError);
}

TEST_CASE("after Forget nobody is called and the exchange ends") {
    TokenWorld world;
    const auto id = world.AddAccount(model::Provider::kGoogle, "rt1");
    world.transport.Hold(kGoogleToken, 200, AuthWorld::Tokens("at1", "rt9"));
    bool called = false;
    world.tokens->Get(id, [&](Result<Secret>) { called = true; });
    world.Run();
    world.tokens->Forget(id);
    world.transport.Release();
    world.Run();
    CHECK(!called);
    CHECK(world.Refresh(id) == "rt1");
}

TEST_CASE("nobody is called after the end of the service") {
    TokenWorld world;
    const auto id = world.AddAccount(model::Provider::kGoogle, "rt1");
    world.transport.Reply(kGoogleToken, 200, AuthWorld::Tokens("at1", ""));
    bool called = false;
    world.tokens->Get(id, [&](Result<Secret>) { called = true; });
    world.tokens.reset();
    world.Run();
    CHECK(!called);
}

TEST_CASE("one of several who wait may forget the account") {
    TokenWorld world;
    const auto id = world.AddAccount(model::Provider::kGoogle, "rt1");
    world.transport.Reply(kGoogleToken, 200, AuthWorld::Tokens("at1", ""));
    int called = 0;
    for (int i = 0; i < 3; ++i)
        world.tokens->Get(id, [&](Result<Secret>) {
            ++called;
            world.tokens->Forget(id);
        });
    world.Run();
    CHECK(called == 1);
}

TEST_CASE("a refresh that a new sign-in overtook does not overwrite its tokens") {
    TokenWorld world;
    const auto id = world.AddAccount(model::Provider::kMicrosoft, "rt1");
    world.transport.Hold(kMicrosoftToken, 200, AuthWorld::Tokens("at-old", "rt-old2"));
    std::string got;
    world.tokens->Get(id, [&](Result<Secret> token) { got = TokenWorld::Shown(token); });
    world.Run();
    world.SetSecret(id, SecretPurpose::kRefreshToken, "rt-new");
    world.transport.Reply(kMicrosoftToken, 200, AuthWorld::Tokens("at-new", "rt-new2"));
    world.transport.Release();
    world.Run();
    CHECK(got == "at-new");
    CHECK(world.Refresh(id) == "rt-new2");
    CHECK(world.Previous(id) == "rt-new");
}

TEST_CASE("a refusal that a new sign-in overtook does not mark the account") {
    TokenWorld world;
    const auto id = world.AddAccount(model::Provider::kMicrosoft, "rt1");
    world.transport.Hold(kMicrosoftToken, 400, kRefused);
    std::string got;
    world.tokens->Get(id, [&](Result<Secret> token) { got = TokenWorld::Shown(token); });
    world.Run();
    world.SetSecret(id, SecretPurpose::kRefreshToken, "rt-new");
    world.transport.Reply(kMicrosoftToken, 200, AuthWorld::Tokens("at-new", ""));
    world.transport.Release();
    world.Run();
    CHECK(got == "at-new");
    CHECK(world.Row(id).state == model::State::kOk);
}

TEST_CASE("a token that lives for seconds is handed out and not asked for in a loop") {
    TokenWorld world;
    const auto id = world.AddAccount(model::Provider::kGoogle, "rt1");
    world.transport.Reply(kGoogleToken, 200, AuthWorld::Tokens("at1", "", 5));
    CHECK(world.Get(id) == "at1");
    CHECK(world.transport.sent().size() == 1);
}

TEST_CASE("the log of a refresh holds no token") {
    TokenWorld world;
    const auto id = world.AddAccount(model::Provider::kMicrosoft, "rt2-secret");
    world.SetSecret(id, SecretPurpose::kPreviousRefreshToken, "rt1-secret");
    world.transport.Reply(kMicrosoftToken, 400, kRefused);
    world.transport.Reply(kMicrosoftToken, 200, AuthWorld::Tokens("at-secret", "rt3-secret"));
    CHECK(world.Get(id) == "at-secret");
    CHECK(!world.log.lines().empty());
    for (const auto& line : world.log.lines()) CHECK(line.find("secret") == std::string::npos);
}

TEST_CASE("the last use is that of the last answered request, until the account is forgotten") {
    TokenWorld world;
    const auto id = world.AddAccount(model::Provider::kGoogle, "rt");
    CHECK(!world.tokens->LastUsed(id));
    world.tokens->Worked(id);
    const auto used = world.clock.UtcNow();
    world.clock.Advance(5min);
    CHECK(world.tokens->LastUsed(id) == used);
    world.tokens->Forget(id);
    CHECK(!world.tokens->LastUsed(id));
}

}  // namespace kamili::sync
