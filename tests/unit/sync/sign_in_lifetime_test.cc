#include <doctest/doctest.h>

#include "sync/sign_in.h"
#include "tests/unit/sync/sign_in_world.h"

namespace kamili::sync {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using model::Access;

}  // namespace

TEST_CASE("a sign-in is completed once") {
    SignInWorld world;
    world.ScriptGoogle();
    const auto begun = world.Begin(GoogleRequest());
    Result<model::Account> second = Error{};
    world.service->Complete(begun.sign_in_id, {{"code", "c0de"}, {"state", begun.state}},
                            [](Result<model::Account> account) { CHECK(account); });
    world.service->Complete(begun.sign_in_id, {{"code", "c0de"}, {"state", begun.state}},
                            [&](Result<model::Account> account) { second = account; });
    world.Run();
    CHECK(second.error().kind == ErrorKind::kAlreadyRunning);
    CHECK(world.Complete(begun).error().kind == ErrorKind::kNotFound);
    CHECK(world.AccountCount() == 1);
}

TEST_CASE("a sign-in ends after ten minutes, also in the middle of its exchange") {
    SignInWorld world;
    const auto late = world.Begin(GoogleRequest());
    world.loop.RunFor(10min);
    CHECK(world.Complete(late).error().kind == ErrorKind::kNotFound);

    const auto slow = world.Begin(GoogleRequest());
    world.transport.Hold(kGoogleToken, 200, AuthWorld::Tokens("at", "rt", 3600, kGoogleScopes));
    auto ended = ErrorKind::kSystem;
    world.service->Complete(slow.sign_in_id, {{"code", "c0de"}, {"state", slow.state}},
                            [&](Result<model::Account> account) { ended = account.error().kind; });
    world.loop.RunFor(11min);
    CHECK(ended == ErrorKind::kTimeout);
    world.transport.Release();
    world.Run();
    CHECK(world.AccountCount() == 0);
}

TEST_CASE("a late timer does not make a sign-in live longer") {
    SignInWorld world;
    const auto begun = world.Begin(GoogleRequest());
    world.clock.Advance(10min);
    CHECK(world.Complete(begun).error().kind == ErrorKind::kNotFound);
}

TEST_CASE("sixteen sign-ins may be open, and each that ends makes room") {
    SignInWorld world;
    std::string first;
    for (int i = 0; i < 16; ++i) {
        const auto begun = world.Begin(GoogleRequest());
        if (i == 0) first = begun.sign_in_id;
    }
    CHECK(world.service->Begin(GoogleRequest()).error().kind == ErrorKind::kTooMany);
    world.service->Cancel(first);
    CHECK(world.service->Begin(GoogleRequest()));
    world.loop.RunFor(11min);
    CHECK(world.service->Begin(GoogleRequest()));
}

TEST_CASE("a cancelled exchange tells who waits and stores nothing") {
    SignInWorld world;
    const auto begun = world.Begin(GoogleRequest());
    world.transport.Hold(kGoogleToken, 200, AuthWorld::Tokens("at", "rt", 3600, kGoogleScopes));
    auto ended = ErrorKind::kSystem;
    world.service->Complete(begun.sign_in_id, {{"code", "c0de"}, {"state", begun.state}},
                            [&](Result<model::Account> account) { ended = account.error().kind; });
    world.Run();
    world.service->Cancel(begun.sign_in_id);
    CHECK(ended == ErrorKind::kSystem);
    world.transport.Release();
    world.Run();
    CHECK(ended == ErrorKind::kCancelled);
    CHECK(world.AccountCount() == 0);
}

TEST_CASE("a sign-in that is cancelled before its write stores nothing") {
    SignInWorld world;
    world.ScriptGoogle();
    const auto begun = world.Begin(GoogleRequest());
    world.store.BeforeNextWrite([&] { world.service->Cancel(begun.sign_in_id); });
    CHECK(world.Complete(begun).error().kind == ErrorKind::kCancelled);
    CHECK(world.AccountCount() == 0);
}

TEST_CASE("a sign-in that is cancelled after its commit is told as done") {
    SignInWorld world;
    world.ScriptGoogle();
    const auto begun = world.Begin(GoogleRequest());
    world.store.AfterNextWrite([&] { world.service->Cancel(begun.sign_in_id); });
    CHECK(world.Complete(begun));
    CHECK(world.AccountCount() == 1);
}

TEST_CASE("nobody is called after the end of the service") {
    SignInWorld world;
    world.ScriptGoogle();
    const auto begun = world.Begin(GoogleRequest());
    bool called = false;
    world.service->Complete(begun.sign_in_id, {{"code", "c0de"}, {"state", begun.state}},
                            [&](Result<model::Account>) { called = true; });
    world.service.reset();
    world.Run();
    CHECK(!called);
    CHECK(world.AccountCount() == 0);
}

TEST_CASE("what cannot begin is refused at once") {
    SignInWorld world;
    const auto kind = [&](const SignInRequest& request) {
        const auto begun = world.service->Begin(request);
        REQUIRE(!begun);
        return begun.error().kind;
    };
    auto request = GoogleRequest();
    request.access = Access::kWrite;
    CHECK(kind(request) == ErrorKind::kNotSupported);
    for (const std::string address :
         {"", "http://127.0.0.1/", "http://127.0.0.1:1", "https://127.0.0.1:1/",
          "http://127.0.0.1:1/cb", "http://127.0.0.1:1/?a=b", "http://127.0.0.1:1/#x",
          "http://example.org:1/", "http://localhost.example.org:1/", "http://127.0.0.2:1/",
          "http://me@127.0.0.1:1/", "http://127.0.0.1:070/"}) {
        CAPTURE(address);
        request = GoogleRequest();
        request.redirect_uri = address;
        CHECK(kind(request) == ErrorKind::kInvalidArgument);
    }
    request = GoogleRequest();
    request.redirect_uri = "http://[::1]:40123/";
    CHECK(world.service->Begin(request));
    request = MicrosoftRequest();
    request.authority = "../x";
    CHECK(kind(request) == ErrorKind::kInvalidArgument);
    world.settings.microsoft.client_id.clear();
    CHECK(kind(MicrosoftRequest()) == ErrorKind::kBadConfiguration);
}

}  // namespace kamili::sync
