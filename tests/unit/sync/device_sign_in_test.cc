// Aim: a sign-in with a device code asks at the pace it is told, ends in every way that it can end,
// and leaves an account only when it is whole.
#include <doctest/doctest.h>

#include <optional>

#include "oauth/device_code.h"
#include "tests/unit/sync/sign_in_world.h"

namespace kamili::sync {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using nlohmann::json;

constexpr char kPending[] = R"({"error":"authorization_pending"})";
constexpr char kSlowDown[] = R"({"error":"slow_down"})";

struct DeviceWorld : SignInWorld {
    std::optional<Result<model::Account>> ended;

    void ScriptCode(int interval_s = 5, int expires_s = 900) {
        transport.Reply("/oauth2/v2.0/devicecode", 200,
                        json{{"user_code", "FJK9WQ2TR"},
                             {"device_code", "device-secret"},
                             {"verification_uri", "https://login.microsoft.com/device"},
                             {"expires_in", expires_s},
                             {"interval", interval_s}}
                            .dump());
    }
    Result<DeviceBegun> TryBegin(SignInRequest request = MicrosoftRequest()) {
        request.redirect_uri.clear();
        std::optional<Result<DeviceBegun>> out;
        service->BeginDevice(request, [&](Result<DeviceBegun> done) { out = std::move(done); });
        CHECK(!out.has_value());  // never from inside
        Run();
        REQUIRE(out.has_value());
        return std::move(*out);
    }
    std::string Begin() {
        ScriptCode();
        const auto begun = TryBegin();
        REQUIRE(begun);
        return begun->sign_in_id;
    }
    void Await(const std::string& id, std::optional<std::chrono::seconds> at_most = {}) {
        ended.reset();
        service->Await(id, at_most, [&](Result<model::Account> done) { ended = std::move(done); });
        CHECK(!ended.has_value());
        Run();
    }
    void Answer(int status, const std::string& body) {
        transport.Reply(kMicrosoftToken, status, body);
    }
    std::size_t polls() const { return transport.Count(kMicrosoftToken); }
    ErrorKind EndedWith() {
        REQUIRE(ended.has_value());
        REQUIRE(!*ended);
        return ended->error().kind;
    }
};

}  // namespace

TEST_CASE("a device code becomes an account once its user has decided") {
    DeviceWorld world;
    world.ScriptCode();
    const auto begun = world.TryBegin();
    REQUIRE(begun);
    CHECK(begun->user_code == "FJK9WQ2TR");
    CHECK(begun->verification_uri == "https://login.microsoft.com/device");
    CHECK(begun->expires_in == 900s);
    world.Answer(400, kPending);
    world.ScriptMicrosoft();
    world.Await(begun->sign_in_id);
    world.loop.RunFor(4999ms);
    CHECK(world.polls() == 0);
    world.loop.RunFor(1ms);
    CHECK(world.polls() == 1);
    CHECK(!world.ended.has_value());
    world.loop.RunFor(5s);
    CHECK(world.polls() == 2);
    REQUIRE(world.ended.has_value());
    REQUIRE(*world.ended);
    const model::Account& account = **world.ended;
    CHECK(account.remote_id == std::string("0b1ec7@") + kTenant);
    CHECK(account.authority == kTenant);
    CHECK(world.Row(account.id) == account);
    CHECK(world.SecretOf(account.id, storage::SecretPurpose::kRefreshToken) == "rt");
    CHECK(world.store.writes() == 1);
    CHECK(world.transport.left() == 0);
    for (const auto& line : world.log.lines())
        for (const char* word : {"FJK9WQ2TR", "device-secret", "example.org"})
            CHECK(line.find(word) == std::string::npos);
}

TEST_CASE("each slow_down adds five seconds for good") {
    DeviceWorld world;
    const auto id = world.Begin();
    for (const char* body : {kSlowDown, kPending, kSlowDown, kPending}) world.Answer(400, body);
    world.Await(id);
    std::vector<int> asked;
    for (int second = 1; second <= 45; ++second) {
        const auto before = world.polls();
        world.loop.RunFor(1s);
        if (world.polls() > before) asked.push_back(second);
    }
    CHECK(asked == std::vector<int>{5, 15, 25, 40});
}

TEST_CASE("trouble of the network or the endpoint is waited out, longer each time") {
    DeviceWorld world;
    const auto id = world.Begin();
    world.transport.Fail(kMicrosoftToken, ErrorKind::kOffline);
    world.Answer(503, "");
    world.transport.Fail(kMicrosoftToken, ErrorKind::kTimeout);
    world.Answer(400, kPending);
    world.ScriptMicrosoft();
    world.Await(id);
    world.loop.RunFor(5s + 10s + 20s + 40s);
    CHECK(world.polls() == 4);
    CHECK(!world.ended.has_value());
    world.loop.RunFor(5s);
    REQUIRE(world.ended.has_value());
    CHECK(*world.ended);
}

TEST_CASE("a device code ends when it has expired, or when nobody wants to wait any longer") {
    DeviceWorld world;
    world.ScriptCode(5, 60);
    const auto begun = world.TryBegin();
    REQUIRE(begun);
    for (int i = 0; i < 12; ++i) world.Answer(400, kPending);
    world.Await(begun->sign_in_id);
    world.loop.RunFor(61s);
    REQUIRE(world.ended.has_value());
    CHECK(world.ended->error() == oauth::DeviceCodeExpired());
    const auto polls = world.polls();
    world.loop.RunFor(10min);
    CHECK(world.polls() == polls);
    CHECK(polls <= 12);

    DeviceWorld other;
    const auto id = other.Begin();
    other.Answer(400, kPending);
    other.Await(id, 8s);
    other.loop.RunFor(8s);
    CHECK(other.EndedWith() == ErrorKind::kTimeout);
    CHECK(other.ended->error().message == "nobody signed in within 8 seconds");
    other.loop.RunFor(10min);
    CHECK(other.polls() == 1);
    CHECK(other.AccountCount() == 0);
}

TEST_CASE("a sign-in that nobody waits for asks nothing and makes no account") {
    DeviceWorld world;
    const auto id = world.Begin();
    world.loop.RunFor(20min);
    CHECK(world.polls() == 0);
    world.Await(id);
    CHECK(world.EndedWith() == ErrorKind::kNotFound);
}

TEST_CASE("a device code that is refused leaves nothing behind") {
    const auto kind = [](const std::string& body) {
        DeviceWorld world;
        const auto id = world.Begin();
        world.Answer(400, body);
        world.Await(id);
        world.loop.RunFor(5s);
        CHECK(world.AccountCount() == 0);
        const auto ended = world.EndedWith();
        world.Await(id);
        CHECK(world.EndedWith() == ErrorKind::kNotFound);
        return ended;
    };
    CHECK(kind(R"({"error":"authorization_declined"})") == ErrorKind::kAccessDenied);
    CHECK(kind(R"({"error":"expired_token"})") == ErrorKind::kTimeout);
    CHECK(kind(R"({"error":"bad_verification_code"})") == ErrorKind::kRejected);
    CHECK(kind(R"({"error":"access_denied","error_codes":[53003]})") ==
          ErrorKind::kAdminApprovalRequired);
    CHECK(kind(R"({"error":"invalid_grant","error_codes":[50076]})") == ErrorKind::kRejected);
    CHECK(kind(AuthWorld::Tokens("at", "", 3600, kMicrosoftScopes)) ==
          ErrorKind::kBadReply);  // status 400
}

TEST_CASE("tokens of a device code are checked as those of a browser") {
    const auto kind = [](json body) {
        DeviceWorld world;
        const auto id = world.Begin();
        if (body.value("id_token", "") == "good") body["id_token"] = world.IdToken(kTenant);
        world.Answer(200, body.dump());
        world.Await(id);
        world.loop.RunFor(5s);
        CHECK(world.AccountCount() == 0);
        return world.EndedWith();
    };
    const auto tokens = [](const std::string& refresh, const std::string& scopes) {
        json body = json::parse(AuthWorld::Tokens("at", refresh, 3600, scopes));
        body["id_token"] = "good";
        return body;
    };
    CHECK(kind(tokens("", kMicrosoftScopes)) == ErrorKind::kNoRefreshToken);
    CHECK(kind(tokens("rt", "openid profile")) == ErrorKind::kInsufficientScope);
    json anonymous = tokens("rt", kMicrosoftScopes);
    anonymous.erase("id_token");
    CHECK(kind(anonymous) == ErrorKind::kBadReply);
}

TEST_CASE("a cancelled device code asks nothing more, at any moment") {
    DeviceWorld world;
    const auto id = world.Begin();
    world.Answer(400, kPending);
    world.Await(id);
    world.loop.RunFor(7s);
    world.service->Cancel(id);
    world.Run();
    CHECK(world.EndedWith() == ErrorKind::kCancelled);
    world.loop.RunFor(10min);
    CHECK(world.polls() == 1);

    const auto slow = world.Begin();
    json tokens = json::parse(AuthWorld::Tokens("at", "rt", 3600, kMicrosoftScopes));
    tokens["id_token"] = world.IdToken(kTenant);
    world.transport.Hold(kMicrosoftToken, 200, tokens.dump());
    world.Await(slow);
    world.loop.RunFor(6s);
    world.service->Cancel(slow);
    world.Run();
    CHECK(world.EndedWith() == ErrorKind::kCancelled);
    world.transport.Release();
    world.Run();
    CHECK(world.AccountCount() == 0);
}

TEST_CASE("one waits for a device code, and each way of signing in stays its own") {
    DeviceWorld world;
    const auto id = world.Begin();
    world.Answer(400, kPending);
    world.Await(id);
    std::optional<Result<model::Account>> second;
    world.service->Await(id, {}, [&](Result<model::Account> done) { second = std::move(done); });
    world.Run();
    REQUIRE(second.has_value());
    CHECK(second->error().kind == ErrorKind::kAlreadyRunning);
    CHECK(!world.ended.has_value());

    DeviceWorld other;
    const auto device = other.Begin();
    CHECK(other.Complete(device, {{"code", "c0de"}, {"state", ""}}).error().kind ==
          ErrorKind::kInvalidArgument);
    const auto begun = other.SignInWorld::Begin(MicrosoftRequest());
    other.Await(begun.sign_in_id);
    CHECK(other.EndedWith() == ErrorKind::kInvalidArgument);
    CHECK(other.AccountCount() == 0);
}

TEST_CASE("what stands in the way of a device code is told at once") {
    DeviceWorld world;
    CHECK(world.TryBegin(GoogleRequest()).error().kind == ErrorKind::kNotSupported);
    CHECK(world.transport.sent().empty());
    world.transport.Reply("/devicecode", 401,
                          R"({"error":"invalid_client","error_codes":[7000218]})");
    const auto refused = world.TryBegin();
    REQUIRE(!refused);
    CHECK(refused.error().kind == ErrorKind::kRejected);
    CHECK(refused.error().message.find("public client") != std::string::npos);
    world.transport.Fail("/devicecode", ErrorKind::kOffline);
    CHECK(world.TryBegin().error().kind == ErrorKind::kOffline);
    for (int i = 0; i < 16; ++i) world.Begin();
    CHECK(world.TryBegin().error().kind == ErrorKind::kTooMany);
}

TEST_CASE("the end of the service ends a device code without a word") {
    DeviceWorld world;
    const auto id = world.Begin();
    world.Await(id);
    world.service.reset();
    world.loop.RunFor(20min);
    CHECK(!world.ended.has_value());
    CHECK(world.polls() == 0);
}

TEST_CASE("a device code of another person does not touch the account that was to be signed in") {
    DeviceWorld world;
    world.ScriptMicrosoft();
    const auto account = world.SignIn(MicrosoftRequest());
    REQUIRE(account);
    auto request = MicrosoftRequest();
    request.again = account->id;
    world.ScriptCode();
    const auto begun = world.TryBegin(request);
    REQUIRE(begun);
    world.ScriptMicrosoft(kPersonalTenant);
    world.Await(begun->sign_in_id);
    world.loop.RunFor(5s);
    CHECK(world.EndedWith() == ErrorKind::kConflict);
    CHECK(world.AccountCount() == 1);
    CHECK(world.Row(account->id) == *account);
}

}  // namespace kamili::sync
