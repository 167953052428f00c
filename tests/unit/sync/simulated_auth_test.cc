// Aim: tokens and sign-ins agree with the simulated services and the real codecs.
// Method: the browser's part is one request; then let virtual time pass.
#include <doctest/doctest.h>

#include <optional>

#include "oauth/authorization.h"
#include "sync/sign_in.h"
#include "sync/token_service.h"
#include "tests/support/memory_log.h"
#include "tests/support/seeded_random.h"
#include "tests/support/test_store.h"
#include "tests/unit/sync/sim_network.h"

namespace kamili::sync {
namespace {

using namespace std::chrono_literals;
using namespace kamili::testing;
using namespace kamili::sync::testing;

struct SimWorld {
    FakeClock clock;
    FakeLoop loop{clock};
    TestStore store{loop};
    SimNetwork network{loop, clock};
    SeededRandom random{5};
    MemoryLog log;
    oauth::ProviderSettings settings = SimSettings();
    Providers providers{
        {.google_api_url = settings.google.api_url, .graph_url = settings.microsoft.graph_url}};
    SignInService sign_ins{loop, clock, random, network, *store, providers, settings, log};
    TokenService tokens{loop, clock, network, *store, settings, log};

    Result<model::Account> SignIn(model::Provider provider, const std::string& authority = "common",
                                  model::Access access = model::Access::kRead) {
        const auto begun = sign_ins.Begin({.provider = provider,
                                           .access = access,
                                           .authority = authority,
                                           .redirect_uri = "http://localhost:40123/"});
        REQUIRE(begun);
        const auto page = network.Ask("GET", begun->url);
        REQUIRE_MESSAGE(page.status == 302, page.body);
        auto parameters = oauth::ParseRedirectAddress(LocationOf(page));
        REQUIRE(parameters);
        Result<model::Account> out = Error{};
        sign_ins.Complete(begun->sign_in_id, std::move(*parameters),
                          [&](Result<model::Account> account) { out = std::move(account); });
        loop.RunPosted();
        return out;
    }
    // "token", or the name of the error's kind.
    std::string Get(model::AccountId id) {
        std::string out;
        tokens.Get(id, [&](Result<Secret> token) {
            out = token ? "token" : std::string(Text(token.error().kind));
        });
        loop.RunPosted();
        return out;
    }
    static std::string LocationOf(const simulator::SimReply& reply) {
        for (const auto& header : reply.headers)
            if (header.name == "Location") return header.value;
        return "";
    }
};

}  // namespace

TEST_CASE("both simulated services let one sign in at each access level and stay signed in") {
    for (const auto provider : {model::Provider::kGoogle, model::Provider::kMicrosoft})
        for (const auto access : {model::Access::kFreeBusy, model::Access::kRead}) {
            SimWorld world;
            const auto account = world.SignIn(provider, "common", access);
            REQUIRE_MESSAGE(account, account.error().message);
            CHECK(account->address.find('@') != std::string::npos);
            const auto before = world.network.requests();
            CHECK(world.Get(account->id) == "token");
            CHECK(world.network.requests() == before);
            for (int day = 0; day < 3; ++day) {
                world.clock.Advance(24h);
                CHECK(world.Get(account->id) == "token");
            }
            CHECK(world.network.requests() == before + 3);
        }
}

TEST_CASE("a personal account is pinned to consumers and refreshed there, with strict rotation") {
    SimWorld world;
    world.network.Control("consent", {{"account", "microsoft"}, {"strict_rotation", true}});
    const auto account = world.SignIn(model::Provider::kMicrosoft, "consumers");
    REQUIRE_MESSAGE(account, account.error().message);
    CHECK(account->authority == "consumers");
    for (int i = 0; i < 4; ++i) {
        world.clock.Advance(3h);
        CHECK(world.Get(account->id) == "token");
        world.tokens.Worked(account->id);
    }
}

TEST_CASE("what the simulated user does at sign-in decides its end") {
    const auto kind = [](model::Provider provider, const nlohmann::json& consent) {
        SimWorld world;
        auto body = consent;
        body["account"] = std::string(model::Text(provider));
        world.network.Control("consent", body);
        const auto account = world.SignIn(provider);
        return account ? ErrorKind::kSystem : account.error().kind;
    };
    const auto google = model::Provider::kGoogle;
    const auto microsoft = model::Provider::kMicrosoft;
    CHECK(kind(google, {{"mode", "deny"}}) == ErrorKind::kAccessDenied);
    CHECK(kind(google, {{"mode", "wrong_state"}}) == ErrorKind::kStateMismatch);
    CHECK(kind(google, {{"no_refresh_token", true}}) == ErrorKind::kNoRefreshToken);
    CHECK(kind(google,
               {{"grant", {"https://www.googleapis.com/auth/calendar.calendarlist.readonly"}}}) ==
          ErrorKind::kInsufficientScope);
    CHECK(kind(google, {{"surplus", {"https://www.googleapis.com/auth/calendar"}}}) ==
          ErrorKind::kRejected);
    CHECK(kind(microsoft, {{"mode", "admin_approval"}}) == ErrorKind::kAdminApprovalRequired);
    CHECK(kind(microsoft, {{"surplus", {"Calendars.ReadWrite"}}}) == ErrorKind::kSystem);
}

TEST_CASE("a refresh token that died needs a new sign-in, which heals the account") {
    for (const auto provider : {model::Provider::kGoogle, model::Provider::kMicrosoft}) {
        SimWorld world;
        const auto account = world.SignIn(provider);
        REQUIRE(account);
        const std::string name(model::Text(provider));
        world.network.Control("expire", {{"account", name}, {"what", "refresh_tokens"}});
        world.clock.Advance(3h);
        CHECK(world.Get(account->id) == "needs_sign_in");
        const auto again = world.SignIn(provider);
        REQUIRE(again);
        CHECK(again->id == account->id);
        world.tokens.Forget(account->id);
        CHECK(world.Get(account->id) == "token");
    }
}

TEST_CASE("a revoked grant is gone at the simulated Google") {
    SimWorld world;
    const auto account = world.SignIn(model::Provider::kGoogle);
    REQUIRE(account);
    std::optional<Status> done;
    const auto keep = [&](Status status) { done = std::move(status); };
    world.sign_ins.Revoke(account->id, keep);
    world.loop.RunPosted();
    REQUIRE(done);
    CHECK(*done);
    world.sign_ins.Revoke(account->id, keep);
    world.loop.RunPosted();
    CHECK(done->error().kind == ErrorKind::kAuthRevoked);
    world.clock.Advance(3h);
    CHECK(world.Get(account->id) == "needs_sign_in");
}

}  // namespace kamili::sync
