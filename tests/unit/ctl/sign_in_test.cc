#include "ctl/sign_in.h"

#include <doctest/doctest.h>

#include "tests/unit/ctl/fake_session.h"

using namespace kamili;
using namespace kamili::ctl;
using nlohmann::json;

namespace {

class FakeListener final : public oauth::RedirectListener {
  public:
    std::deque<oauth::RedirectParameters> arriving;
    std::vector<std::pair<bool, std::string>> finished;

    std::string RedirectUri(model::Provider provider) const override {
        return provider == model::Provider::kGoogle ? "http://127.0.0.1:4000/"
                                                    : "http://localhost:4000/";
    }
    Result<oauth::RedirectParameters> Wait(std::chrono::milliseconds) override {
        if (arriving.empty()) return Error{.kind = ErrorKind::kTimeout, .message = "nothing"};
        auto parameters = arriving.front();
        arriving.pop_front();
        return parameters;
    }
    void Finish(bool succeeded, const std::string& message) override {
        finished.emplace_back(succeeded, message);
    }
};

// A daemon that knows one sign-in with the state "right".
void Prepare(FakeService& service) {
    service.answers["BeginSignIn"] = {{{"sign_in_id", "s1"},
                                       {"url", "https://accounts.example/auth?x=1"},
                                       {"state", "right"},
                                       {"expires_in_s", 600}}};
    service.answers["CompleteSignIn"] = {
        {{"account", {{"id", "a1"}, {"address", "me@example.org"}}}}};
}

Result<json> Run(FakeSession& fake, FakeListener& listener, const char* provider = "google") {
    return SignIn(fake.session, listener, {{"provider", provider}}, {});
}

}  // namespace

TEST_CASE("a redirect with the right state completes the sign-in and the page says so") {
    FakeSession fake;
    Prepare(fake.service);
    FakeListener listener;
    listener.arriving = {{{"code", "c"}, {"state", "right"}}};
    const auto account = Run(fake, listener);
    REQUIRE(account);
    CHECK((*account)["id"] == "a1");
    CHECK(fake.service.Asked("BeginSignIn")["redirect_uri"] == "http://127.0.0.1:4000/");
    CHECK(fake.service.Asked("CompleteSignIn")["sign_in_id"] == "s1");
    CHECK(fake.service.Asked("CompleteSignIn")["parameters"]["code"] == "c");
    REQUIRE(listener.finished.size() == 1);
    CHECK(listener.finished[0].first);
    CHECK(fake.out.str().empty());
    CHECK(fake.err.str().find("https://accounts.example/auth?x=1") != std::string::npos);
}

TEST_CASE("Microsoft gets a redirect address with a name") {
    FakeSession fake;
    Prepare(fake.service);
    FakeListener listener;
    listener.arriving = {{{"code", "c"}, {"state", "right"}}};
    REQUIRE(Run(fake, listener, "microsoft"));
    CHECK(fake.service.Asked("BeginSignIn")["redirect_uri"] == "http://localhost:4000/");
}

TEST_CASE("a redirect with another state is told off and the real one still counts") {
    FakeSession fake;
    Prepare(fake.service);
    FakeListener listener;
    listener.arriving = {{{"code", "evil"}, {"state", "wrong"}},
                         {{"code", "c"}, {"state", "right"}}};
    REQUIRE(Run(fake, listener));
    REQUIRE(listener.finished.size() == 2);
    CHECK(!listener.finished[0].first);
    CHECK(listener.finished[1].first);
    CHECK(fake.service.Asked("CompleteSignIn")["parameters"]["code"] == "c");
}

TEST_CASE(
    "an address pasted on a terminal counts like the redirect, and anything else is asked again") {
    FakeSession fake;
    Prepare(fake.service);
    FakeListener listener;
    fake.console.is_interactive = true;
    fake.console.typed = {"", "hello", "http://127.0.0.1:4000/?code=evil&state=wrong",
                          "  http://127.0.0.1:4000/?code=c%2Fd&state=right  "};
    REQUIRE(Run(fake, listener));
    CHECK(fake.service.Asked("CompleteSignIn")["parameters"]["code"] == "c/d");
    CHECK(fake.err.str().find("That is not the address") != std::string::npos);
    CHECK(fake.err.str().find("belongs to another sign-in") != std::string::npos);
    CHECK(fake.err.str().find("evil") == std::string::npos);
}

TEST_CASE("without a terminal nothing is read from standard input") {
    FakeSession fake;
    Prepare(fake.service);
    FakeListener listener;
    fake.console.typed = {"http://127.0.0.1:4000/?code=c&state=right"};
    const auto account = Run(fake, listener);
    REQUIRE(!account);
    CHECK(account.error().kind == ErrorKind::kTimeout);
    CHECK(account.error().message == "nobody signed in within 10 minutes");
    CHECK(fake.service.Asked("CancelSignIn")["sign_in_id"] == "s1");
}

TEST_CASE("Ctrl-C cancels the sign-in in the daemon too") {
    FakeSession fake;
    Prepare(fake.service);
    FakeListener listener;
    fake.console.is_interrupted = true;
    const auto account = Run(fake, listener);
    REQUIRE(!account);
    CHECK(account.error().kind == ErrorKind::kCancelled);
    CHECK(fake.service.Asked("CancelSignIn")["sign_in_id"] == "s1");
}

TEST_CASE("what the daemon refuses is told in the browser and as the error") {
    FakeSession fake;
    Prepare(fake.service);
    fake.service.errors["CompleteSignIn"] = {.kind = ErrorKind::kInsufficientScope,
                                             .message = "the calendar right was not given"};
    FakeListener listener;
    listener.arriving = {{{"code", "c"}, {"state", "right"}}};
    const auto account = Run(fake, listener);
    REQUIRE(!account);
    CHECK(account.error().kind == ErrorKind::kInsufficientScope);
    REQUIRE(listener.finished.size() == 1);
    CHECK(listener.finished[0] ==
          std::pair(false, std::string("the calendar right was not given")));
}

TEST_CASE("the browser is opened only if wanted, and under JSON the address is a line of its own") {
    FakeSession fake({.json = true});
    Prepare(fake.service);
    FakeListener listener;
    listener.arriving = {{{"code", "c"}, {"state", "right"}}};
    REQUIRE(SignIn(fake.session, listener, {{"provider", "google"}}, {.browser = false}));
    CHECK(fake.console.opened.empty());
    CHECK(json::parse(fake.out.str()) == json{{"event", "authorize"},
                                              {"url", "https://accounts.example/auth?x=1"},
                                              {"redirect_uri", "http://127.0.0.1:4000/"}});
    CHECK(fake.err.str().empty());

    listener.arriving = {{{"code", "c"}, {"state", "right"}}};
    REQUIRE(Run(fake, listener));
    CHECK(fake.console.opened == std::vector<std::string>{"https://accounts.example/auth?x=1"});
}
