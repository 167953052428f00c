#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/encoding.h"
#include "oauth/authorization.h"
#include "sync/sign_in.h"
#include "tests/unit/sync/auth_world.h"

namespace kamili::sync::testing {

inline constexpr char kGoogleToken[] = "oauth2.googleapis.com/token";
inline constexpr char kMicrosoftToken[] = "/oauth2/v2.0/token";
inline constexpr char kTenant[] = "2f1c9a44-7d5b-4a3e-9c0f-5b1f6f0d2a10";
inline constexpr char kPersonalTenant[] = "9188040d-6c67-4c5b-b112-36a304b66dad";
inline const std::string kGoogleScopes =
    "https://www.googleapis.com/auth/calendar.events.readonly "
    "https://www.googleapis.com/auth/calendar.calendarlist.readonly";
inline const std::string kMicrosoftScopes =
    "openid profile https://graph.microsoft.com/Calendars.Read";

inline SignInRequest GoogleRequest() {
    SignInRequest request;
    request.redirect_uri = "http://127.0.0.1:40123/";
    return request;
}

inline SignInRequest MicrosoftRequest() {
    SignInRequest request;
    request.provider = model::Provider::kMicrosoft;
    request.authority = "common";
    request.redirect_uri = "http://localhost:40123/";
    return request;
}

// The sign-in service in an AuthWorld, and replies that go well.
struct SignInWorld : AuthWorld {
    SignInWorld()
        : service(std::make_unique<SignInService>(loop, clock, random, transport, store, providers,
                                                  settings, log)) {}

    SignInBegun Begin(const SignInRequest& request) {
        auto begun = service->Begin(request);
        REQUIRE(begun);
        return std::move(*begun);
    }
    Result<model::Account> Complete(const std::string& id, oauth::RedirectParameters parameters) {
        Result<model::Account> out = Error{.kind = ErrorKind::kSystem, .message = "not called"};
        service->Complete(id, std::move(parameters),
                          [&](Result<model::Account> account) { out = std::move(account); });
        CHECK(out.error().message == "not called");  // never from inside Complete
        Run();
        return out;
    }
    Result<model::Account> Complete(const SignInBegun& begun) {
        return Complete(begun.sign_in_id, {{"code", "c0de"}, {"state", begun.state}});
    }
    Result<model::Account> SignIn(const SignInRequest& request) { return Complete(Begin(request)); }

    // The two answers of a Google sign-in that goes well.
    void ScriptGoogle(const std::string& person = "me@example.org",
                      const std::string& scopes = kGoogleScopes) {
        transport.Reply(kGoogleToken, 200, Tokens("at", "rt", 3600, scopes));
        transport.Reply("google.test/identity", 200, person + " " + person);
    }
    std::string IdToken(const std::string& tenant) const {
        const auto now_s =
            std::chrono::duration_cast<std::chrono::seconds>(clock.UtcNow().time_since_epoch())
                .count();
        const nlohmann::json claims{
            {"aud", "app"},
            {"iss", "https://login.microsoftonline.com/" + tenant + "/v2.0"},
            {"exp", now_s + 3600},
            {"oid", "0b1ec7"},
            {"tid", tenant}};
        const std::string text = claims.dump();
        return "e30." + Base64Url(AsBytes(text)) + ".";
    }
    void ScriptMicrosoft(const std::string& tenant = kTenant,
                         const std::string& scopes = kMicrosoftScopes) {
        nlohmann::json body = nlohmann::json::parse(Tokens("at", "rt", 3600, scopes));
        body["id_token"] = IdToken(tenant);
        transport.Reply(kMicrosoftToken, 200, body.dump());
        transport.Reply("graph.test/identity", 200, " me@example.org");
    }
    // A sign-in that ends with this kind and leaves nothing behind.
    void CheckFails(const SignInRequest& request, ErrorKind kind) {
        const auto before = AccountCount();
        const auto account = SignIn(request);
        REQUIRE(!account);
        CHECK(Text(account.error().kind) == Text(kind));
        CHECK(AccountCount() == before);
        CHECK(transport.left() == 0);
    }

    std::unique_ptr<SignInService> service;
};

}  // namespace kamili::sync::testing
