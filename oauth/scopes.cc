#include "oauth/scopes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/check.h"
#include "net/url.h"

namespace kamili::oauth {
namespace {

using model::Access;
using model::Provider;

constexpr char kGooglePrefix[] = "https://www.googleapis.com/auth/calendar.";
constexpr char kGlobalGraph[] = "https://graph.microsoft.com";
// They say who someone is and open no calendar.
constexpr std::array<std::string_view, 6> kIdentity = {
    "openid",
    "profile",
    "email",
    "offline_access",
    "https://www.googleapis.com/auth/userinfo.email",
    "https://www.googleapis.com/auth/userinfo.profile"};

std::string GoogleEvents(Access access) {
    switch (access) {
        case Access::kFreeBusy:
            return "events.freebusy";
        case Access::kRead:
            return "events.readonly";
        case Access::kWrite:
            return "events";
    }
    KAMILI_CHECK(false);
    return "";
}

std::string MicrosoftCalendars(Access access) {
    switch (access) {
        case Access::kFreeBusy:
            return "Calendars.ReadBasic";
        case Access::kRead:
            return "Calendars.Read";
        case Access::kWrite:
            return "Calendars.ReadWrite";
    }
    KAMILI_CHECK(false);
    return "";
}

// A bare name means the global cloud's Graph; the other clouds have to be named.
std::string ResourcePrefix(const MicrosoftSettings& settings) {
    const auto url = net::ParseUrl(settings.graph_url);
    if (!url || url->Origin() == kGlobalGraph) return "";
    return url->Origin() + "/";
}

std::string Comparable(Provider provider, std::string scope) {
    if (provider == Provider::kGoogle) return scope;
    scope.erase(0, scope.rfind('/') + 1);  // npos + 1 is 0: a bare name stays
    std::transform(scope.begin(), scope.end(), scope.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return scope;
}

bool IsIdentity(const std::string& comparable) {
    return std::find(kIdentity.begin(), kIdentity.end(), comparable) != kIdentity.end();
}

// Those of `all` that `others` does not have, as they were written.
std::vector<std::string> Without(Provider provider, const std::vector<std::string>& all,
                                 const std::vector<std::string>& others) {
    std::set<std::string> seen;
    for (const auto& scope : others) seen.insert(Comparable(provider, scope));
    std::vector<std::string> rest;
    for (const auto& scope : all) {
        const std::string comparable = Comparable(provider, scope);
        if (!IsIdentity(comparable) && seen.insert(comparable).second) rest.push_back(scope);
    }
    return rest;
}

}  // namespace

std::vector<std::string> ScopesFor(Provider provider, Access access,
                                   const ProviderSettings& settings) {
    const std::string google = kGooglePrefix;
    if (provider == Provider::kGoogle)
        return {google + "calendarlist.readonly", google + GoogleEvents(access)};
    return {"openid", "profile", "offline_access",
            ResourcePrefix(settings.microsoft) + MicrosoftCalendars(access)};
}

ScopeCheck CompareScopes(Provider provider, const std::vector<std::string>& requested,
                         const std::vector<std::string>& granted) {
    return {.missing = Without(provider, requested, granted),
            .surplus = Without(provider, granted, requested)};
}

std::string ScopesInWords(const std::vector<std::string>& scopes) {
    constexpr std::size_t kShownMax = 5;
    std::string text;
    for (std::size_t i = 0; i < std::min(scopes.size(), kShownMax); ++i) {
        const bool plain =
            scopes[i].size() <= 120 && std::all_of(scopes[i].begin(), scopes[i].end(), [](char c) {
                return c > ' ' && c <= '~' && c != '<' && c != '"';
            });
        text += (i == 0 ? "" : ", ") + (plain ? scopes[i] : std::string("one without a name"));
    }
    if (scopes.size() > kShownMax) text += fmt::format(" and {} more", scopes.size() - kShownMax);
    return text;
}

std::string RevokePage(Provider provider, const std::string& authority) {
    if (provider == Provider::kGoogle) return "https://myaccount.google.com/connections";
    return authority == "consumers" ? "https://account.live.com/consent/Manage"
                                    : "https://myapplications.microsoft.com";
}

}  // namespace kamili::oauth
