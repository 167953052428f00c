#include "ctl/device_sign_in.h"

#include <doctest/doctest.h>

#include "tests/unit/ctl/fake_session.h"

using namespace kamili;
using namespace kamili::ctl;
using nlohmann::json;

namespace {

void Prepare(FakeService& service) {
    service.answers["BeginSignIn"] = {{{"sign_in_id", "s1"},
                                       {"url", "https://login.microsoft.com/device"},
                                       {"state", ""},
                                       {"expires_in_s", 900},
                                       {"user_code", "FJK9WQ2TR"},
                                       {"verification_uri", "https://login.microsoft.com/device"}}};
    service.answers["AwaitSignIn"] = {{{"account", {{"id", "a1"}}}}};
}

}  // namespace

TEST_CASE("a device code is shown as words, its address as a QR code on a terminal only") {
    for (const bool terminal : {true, false}) {
        FakeSession fake({.terminal = terminal, .look = {.color = terminal, .columns = 80}});
        Prepare(fake.service);
        const auto account = DeviceSignIn(fake.session, {{"provider", "microsoft"}}, {});
        REQUIRE(account);
        CHECK((*account)["id"] == "a1");
        CHECK(fake.service.Asked("BeginSignIn")["device_code"] == true);
        CHECK(fake.service.Asked("AwaitSignIn") == json{{"sign_in_id", "s1"}});
        CHECK(fake.out.str().empty());
        const std::string said = fake.err.str();
        CHECK(said.find("\n  https://login.microsoft.com/device\n") != std::string::npos);
        CHECK(said.find("FJK9WQ2TR") != std::string::npos);
        CHECK(said.find("good for 15 minutes") != std::string::npos);
        CHECK((said.find("▀") != std::string::npos) == terminal);
        CHECK((said.find('\x1b') != std::string::npos) == terminal);
    }
}

TEST_CASE("under JSON the code is one line and nothing is drawn") {
    FakeSession fake({.json = true, .terminal = true, .look = {.columns = 80}});
    Prepare(fake.service);
    REQUIRE(DeviceSignIn(fake.session, {{"provider", "microsoft"}}, std::chrono::seconds(30)));
    CHECK(json::parse(fake.out.str()) ==
          json{{"event", "device_code"},
               {"verification_uri", "https://login.microsoft.com/device"},
               {"user_code", "FJK9WQ2TR"},
               {"expires_in_s", 900}});
    CHECK(fake.err.str().empty());
    CHECK(fake.service.Asked("AwaitSignIn") == json{{"sign_in_id", "s1"}, {"timeout_s", 30}});
}

TEST_CASE("Ctrl-C gives up waiting for a device code") {
    FakeSession fake;
    Prepare(fake.service);
    fake.console.is_interrupted = true;
    const auto account = DeviceSignIn(fake.session, {{"provider", "microsoft"}}, {});
    REQUIRE(!account);
    CHECK(account.error().kind == ErrorKind::kCancelled);
    CHECK(account.error().message == "the sign-in was cancelled");
}

TEST_CASE("a daemon that knows no device codes is told apart, and a refusal is passed on") {
    FakeSession fake;
    Prepare(fake.service);
    fake.service.answers["BeginSignIn"] = {{{"sign_in_id", "s1"}, {"url", "https://x.example/"}}};
    CHECK(DeviceSignIn(fake.session, {{"provider", "microsoft"}}, {}).error().kind ==
          ErrorKind::kNotSupported);
    Prepare(fake.service);
    fake.service.errors["AwaitSignIn"] = {.kind = ErrorKind::kAdminApprovalRequired,
                                          .message = "blocked"};
    CHECK(DeviceSignIn(fake.session, {{"provider", "microsoft"}}, {}).error().message == "blocked");
}
