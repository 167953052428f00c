#include "oauth/scopes.h"

#include <doctest/doctest.h>

namespace kamili::oauth {

using model::Access;
using model::Provider;

namespace {

const std::string kGoogle = "https://www.googleapis.com/auth/calendar.";

}  // namespace

TEST_CASE("each access level asks Google for two scopes and no identity") {
    const ProviderSettings settings;
    const std::string list = kGoogle + "calendarlist.readonly";
    CHECK(ScopesFor(Provider::kGoogle, Access::kRead, settings) ==
          std::vector{list, kGoogle + "events.readonly"});
    CHECK(ScopesFor(Provider::kGoogle, Access::kFreeBusy, settings) ==
          std::vector{list, kGoogle + "events.freebusy"});
    CHECK(ScopesFor(Provider::kGoogle, Access::kWrite, settings) ==
          std::vector{list, kGoogle + "events"});
}

TEST_CASE("Microsoft's calendar scope names the resource outside of the global cloud only") {
    ProviderSettings settings;
    CHECK(ScopesFor(Provider::kMicrosoft, Access::kRead, settings).back() == "Calendars.Read");
    CHECK(ScopesFor(Provider::kMicrosoft, Access::kFreeBusy, settings).back() ==
          "Calendars.ReadBasic");
    settings.microsoft.graph_url = "https://dod-graph.microsoft.us/v1.0";
    const auto scopes = ScopesFor(Provider::kMicrosoft, Access::kRead, settings);
    CHECK(scopes == std::vector<std::string>{"openid", "profile", "offline_access",
                                             "https://dod-graph.microsoft.us/Calendars.Read"});
}

TEST_CASE("scopes are compared as whole strings, in any order") {
    const std::vector asked = {kGoogle + "calendarlist.readonly", kGoogle + "events"};
    const auto same = CompareScopes(Provider::kGoogle, asked, {asked[1], asked[0], asked[0]});
    CHECK(same.missing.empty());
    CHECK(same.surplus.empty());
    const auto longer =
        CompareScopes(Provider::kGoogle, asked, {asked[0], kGoogle + "events.readonly"});
    CHECK(longer.missing == std::vector{asked[1]});
    CHECK(longer.surplus == std::vector{kGoogle + "events.readonly"});
}

TEST_CASE("identity scopes count neither as missing nor as surplus") {
    const auto google =
        CompareScopes(Provider::kGoogle, {"a"},
                      {"a", "openid", "https://www.googleapis.com/auth/userinfo.email"});
    CHECK(google.surplus.empty());
    const auto microsoft = CompareScopes(Provider::kMicrosoft,
                                         {"openid", "profile", "offline_access", "Calendars.Read"},
                                         {"https://graph.microsoft.com/calendars.read", "email"});
    CHECK(microsoft.missing.empty());
    CHECK(microsoft.surplus.empty());
}

TEST_CASE("scopes of a provider come into a sentence only as plain text and not without end") {
    CHECK(ScopesInWords({"Mail.Read", "User.Read"}) == "Mail.Read, User.Read");
    CHECK(ScopesInWords({"a\x1b[2J", "<b>", std::string(121, 'x')}) ==
          "one without a name, one without a name, one without a name");
    CHECK(ScopesInWords({"a", "b", "c", "d", "e", "f", "g"}) == "a, b, c, d, e and 2 more");
}

TEST_CASE("each kind of account has its own page for taking rights back") {
    CHECK(RevokePage(model::Provider::kGoogle, "") == "https://myaccount.google.com/connections");
    CHECK(RevokePage(model::Provider::kMicrosoft, "consumers") ==
          "https://account.live.com/consent/Manage");
    CHECK(RevokePage(model::Provider::kMicrosoft, "2f1c9a44-7d5b-4a3e-9c0f-5b1f6f0d2a10") ==
          "https://myapplications.microsoft.com");
}

TEST_CASE("an earlier, wider consent at Microsoft shows as surplus") {
    const auto check =
        CompareScopes(Provider::kMicrosoft, {"openid", "Calendars.ReadBasic"},
                      {"https://graph.microsoft.com/Calendars.ReadBasic",
                       "https://graph.microsoft.com/Calendars.ReadWrite", "User.Read"});
    CHECK(check.missing.empty());
    CHECK(check.surplus ==
          std::vector<std::string>{"https://graph.microsoft.com/Calendars.ReadWrite", "User.Read"});
}

}  // namespace kamili::oauth
