#include "tests/simulator/microsoft_oauth.h"

#include <algorithm>

#include "base/encoding.h"
#include "tests/simulator/clients.h"
#include "tests/simulator/oauth.h"

namespace kamili::simulator {
namespace {

std::string CalendarName(const std::string& scope) { return scope.substr(scope.rfind('/') + 1); }

bool Contains(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

SimReply ErrorPage(int number, const std::string& what) {
    return HtmlReply(400, "<p>AADSTS" + std::to_string(number) + ": " + EscapeHtml(what) + "</p>");
}

// Registered: http://localhost and http://127.0.0.1 with an empty path; the port is ignored.
bool IsRegistered(const std::string& uri) {
    for (const std::string host : {"http://localhost", "http://127.0.0.1"}) {
        if (uri.compare(0, host.size(), host) != 0) continue;
        std::string rest = uri.substr(host.size());
        if (!rest.empty() && rest.front() == ':')
            rest = rest.substr(std::min(rest.find('/'), rest.size()));
        return rest.empty() || rest == "/";
    }
    return false;
}

bool KnownScope(const std::string& scope) {
    static const std::vector<std::string> known{"openid",
                                                "profile",
                                                "email",
                                                "offline_access",
                                                "Calendars.ReadBasic",
                                                "Calendars.Read",
                                                "Calendars.Read.Shared",
                                                "Calendars.ReadWrite",
                                                "Calendars.ReadWrite.Shared",
                                                "User.Read"};
    return Contains(known, CalendarName(scope));
}

}  // namespace

SimReply MicrosoftTokenError(State& state, const Call& call, const std::string& error, int number,
                             const std::string& text, const std::string& suberror) {
    const std::string trace = state.dice.Uuid();
    const std::string correlation = state.dice.Uuid();
    std::string stamp = WallText(WallAt(call.now, "UTC")) + "Z";
    stamp[10] = ' ';
    Json body{{"error", error},
              {"error_description", "AADSTS" + std::to_string(number) + ": " + text +
                                        " Trace ID: " + trace + " Correlation ID: " + correlation +
                                        " Timestamp: " + stamp},
              {"error_codes", Json::array({number})},
              {"timestamp", stamp},
              {"trace_id", trace},
              {"correlation_id", correlation}};
    if (!suberror.empty()) body["suberror"] = suberror;
    return JsonReply(error == "invalid_client" ? 401 : 400, body);
}

bool FitsAuthority(const Person& person, const std::string& authority) {
    if (person.service != Service::kMicrosoft) return false;
    const bool personal = person.tenant == kPersonalTenant;
    if (authority == "common") return true;
    if (authority == "consumers") return personal;
    if (authority == "organizations") return !personal;
    return authority == person.tenant;
}

Person* PersonAt(const State& state, const std::string& authority, const std::string& hint) {
    Person* hinted = state.world.Find(hint);
    if (hinted != nullptr && FitsAuthority(*hinted, authority)) return hinted;
    for (const auto& person : state.world.people)
        if (FitsAuthority(*person, authority)) return person.get();
    return nullptr;
}

bool AreMicrosoftScopes(const std::vector<std::string>& scopes) {
    return !scopes.empty() && std::all_of(scopes.begin(), scopes.end(), KnownScope);
}

namespace {

SimReply Authorize(State& state, const Call& call) {
    const Query& query = call.query;
    const std::string& authority = call.path[1];
    if (call.request.method != "GET") return ErrorPage(900561, "The endpoint only accepts GET.");
    if (query.Get("client_id") != kMicrosoftClientId)
        return ErrorPage(700016, "Application was not found in the directory.");
    if (!IsRegistered(query.Get("redirect_uri")))
        return ErrorPage(50011, "The redirect URI does not match the ones configured.");
    if (query.Get("response_type") != "code") return ErrorPage(900144, "response_type is missing.");
    if (query.Get("code_challenge_method") != "S256" || query.Get("code_challenge").size() != 43)
        return ErrorPage(9002325, "Proof Key for Code Exchange with S256 is required.");
    const auto scopes = Words(query.Get("scope"));
    if (!AreMicrosoftScopes(scopes))
        return ErrorPage(70011, "The provided value for the input parameter 'scope' is not valid.");
    Person* person = PersonAt(state, authority, query.Get("login_hint"));
    if (person == nullptr) return ErrorPage(90002, "Tenant not found.");
    return Decide(state, call, {Service::kMicrosoft, person, scopes, authority});
}

std::string Encoded(const Json& json) { return Base64Url(AsBytes(json.dump())); }

std::string IdToken(State& state, const Call& call, const Grant& grant, const std::string& nonce) {
    const Person& person = *grant.person;
    const auto now = std::chrono::floor<std::chrono::seconds>(call.now).time_since_epoch().count();
    Json claims{{"aud", kMicrosoftClientId},
                {"iss", state.base_url + "/microsoft/" + person.tenant + "/v2.0"},
                {"iat", now},
                {"nbf", now},
                {"exp", now + 3900},
                {"sub", "AAAA" + person.object_id},
                {"tid", person.tenant},
                {"ver", "2.0"}};
    if (Contains(grant.scopes, "profile")) {
        claims["oid"] = person.object_id;
        claims["name"] = person.name;
        claims["preferred_username"] = person.address;
    }
    if (!nonce.empty()) claims["nonce"] = nonce;
    return Encoded({{"typ", "JWT"}, {"alg", "none"}}) + "." + Encoded(claims) + ".";
}

// Without offline_access, and calendar scopes with their resource in front.
std::string ScopeText(const Grant& grant) {
    std::vector<std::string> shown;
    for (const std::string& scope : grant.scopes) {
        if (scope == "offline_access") continue;
        const bool identity = scope == "openid" || scope == "profile" || scope == "email";
        shown.push_back(identity || scope.find('/') != std::string::npos
                            ? scope
                            : "https://graph.microsoft.com/" + scope);
    }
    return Join(shown);
}

}  // namespace

SimReply MicrosoftTokens(State& state, const Call& call, const Query& form,
                         const std::shared_ptr<Grant>& grant, bool with_refresh,
                         const std::string& nonce) {
    const IssuedTokens tokens = Issue(state, grant, with_refresh, call.now);
    state.access[tokens.access].claims = form.Get("claims");
    Json body{{"token_type", "Bearer"},
              {"scope", ScopeText(*grant)},
              {"expires_in", tokens.expires_in},
              {"ext_expires_in", tokens.expires_in},
              {"access_token", tokens.access}};
    if (!tokens.refresh.empty()) body["refresh_token"] = tokens.refresh;
    if (Contains(grant->scopes, "openid")) body["id_token"] = IdToken(state, call, *grant, nonce);
    if (form.Get("client_info") == "1")
        body["client_info"] =
            Encoded({{"uid", grant->person->object_id}, {"utid", grant->person->tenant}});
    return JsonReply(200, body);
}

namespace {

SimReply ExchangeCode(State& state, const Call& call, const Query& form) {
    const auto found = state.codes.find(form.Get("code"));
    if (found == state.codes.end() || found->second.service != Service::kMicrosoft)
        return MicrosoftTokenError(state, call, "invalid_grant", 9002313, "Invalid request.");
    PendingCode& code = found->second;
    if (code.used)
        return MicrosoftTokenError(state, call, "invalid_grant", 54005,
                                   "The code was already redeemed.");
    if (code.expires <= call.now)
        return MicrosoftTokenError(state, call, "invalid_grant", 70008, "The code has expired.");
    if (form.Get("redirect_uri") != code.redirect_uri)
        return MicrosoftTokenError(state, call, "invalid_grant", 50011,
                                   "The redirect URI does not match.");
    if (!VerifierFits(code, form.Get("code_verifier")))
        return MicrosoftTokenError(state, call, "invalid_grant", 501481,
                                   "The Code_Verifier does not match the code_challenge.");
    if (!FitsAuthority(*code.grant->person, call.path[1]))
        return MicrosoftTokenError(state, call, "invalid_grant", 50020,
                                   "The user is not of this tenant.");
    code.used = true;
    return MicrosoftTokens(state, call, form, code.grant,
                           Contains(code.grant->scopes, "offline_access"), code.nonce);
}

SimReply RefusedRefresh(State& state, const Call& call) {
    const std::string& refusal = state.microsoft_consent.refusal;
    if (refusal == "inactive")
        return MicrosoftTokenError(state, call, "invalid_grant", 700082,
                                   "The refresh token was inactive for 90.00:00:00.", "bad_token");
    if (refusal == "revoked")
        return MicrosoftTokenError(state, call, "invalid_grant", 50173,
                                   "The grant has been revoked.", "bad_token");
    if (refusal == "consent_required")
        return MicrosoftTokenError(state, call, "invalid_grant", 65001,
                                   "The user has not consented.", "consent_required");
    if (refusal == "interaction_required")
        return MicrosoftTokenError(state, call, "interaction_required", 50076,
                                   "Multi-factor authentication is needed.", "basic_action");
    return MicrosoftTokenError(state, call, "invalid_grant", 70000,
                               "The grant is expired. The user must sign in again.", "bad_token");
}

// A refresh may ask for what was granted, or less.
bool IsSubset(const std::vector<std::string>& asked, const std::vector<std::string>& granted) {
    return std::all_of(asked.begin(), asked.end(), [&](const std::string& scope) {
        return std::any_of(granted.begin(), granted.end(), [&](const std::string& one) {
            return CalendarName(one) == CalendarName(scope);
        });
    });
}

SimReply Refresh(State& state, const Call& call, const Query& form) {
    if (IsRefreshLoop(state, call))
        return MicrosoftTokenError(
            state, call, "invalid_grant", 50196,
            "The server terminated an operation because it encountered a client "
            "request loop.");
    const auto found = state.refresh.find(form.Get("refresh_token"));
    if (found == state.refresh.end() || found->second.dead || found->second.grant->revoked ||
        found->second.grant->person->service != Service::kMicrosoft ||
        (found->second.expires && *found->second.expires <= call.now))
        return RefusedRefresh(state, call);
    const auto grant = found->second.grant;
    if (!FitsAuthority(*grant->person, call.path[1]))
        return MicrosoftTokenError(state, call, "invalid_grant", 50020,
                                   "The user is not of this tenant.");
    const bool by_common = call.path[1] == "common" && grant->person->tenant == kPersonalTenant;
    if (by_common && !state.settings.microsoft_common_refresh)
        return MicrosoftTokenError(state, call, "invalid_grant", 70000,
                                   "The provided grant is invalid or malformed.", "bad_token");
    const auto asked = Words(form.Get("scope"));
    if (!IsSubset(asked, grant->scopes))
        return MicrosoftTokenError(state, call, "invalid_grant", 65001,
                                   "The user has not consented to these permissions.",
                                   "consent_required");
    if (state.microsoft_consent.strict_rotation) found->second.dead = true;
    // Personal accounts follow the letter: no offline_access, no new refresh token.
    const bool personal = grant->person->tenant == kPersonalTenant;
    const bool offline = Contains(personal ? asked : grant->scopes, "offline_access");
    return MicrosoftTokens(state, call, form, grant, offline, "");
}

SimReply Token(State& state, const Call& call) {
    const Query form = Query::Parse(call.request.body);
    if (call.request.method != "POST" ||
        call.request.Header("Content-Type").find("application/x-www-form-urlencoded") != 0)
        return MicrosoftTokenError(state, call, "invalid_request", 900561,
                                   "The endpoint only accepts POST.");
    if (!call.request.Header("Origin").empty())
        return MicrosoftTokenError(
            state, call, "invalid_request", 90023,
            "Cross-origin token redemption is permitted only for single-page apps.");
    if (form.Get("client_id") != kMicrosoftClientId)
        return MicrosoftTokenError(state, call, "unauthorized_client", 700016,
                                   "Application not found.");
    if (form.Has("client_secret"))
        return MicrosoftTokenError(
            state, call, "invalid_client", 700025,
            "Client is public so neither a secret nor an assertion may be presented.");
    const std::string type = form.Get("grant_type");
    if (type == "authorization_code") return ExchangeCode(state, call, form);
    if (type == "refresh_token") return Refresh(state, call, form);
    if (type == "urn:ietf:params:oauth:grant-type:device_code")
        return RedeemDeviceCode(state, call, form);
    return MicrosoftTokenError(state, call, "unsupported_grant_type", 70003,
                               "Unsupported grant type.");
}

}  // namespace

SimReply MicrosoftOauth(State& state, const Call& call) {
    if (call.PathIs("microsoft/*/oauth2/v2.0/authorize")) return Authorize(state, call);
    if (call.PathIs("microsoft/*/oauth2/v2.0/token")) return Token(state, call);
    if (call.PathIs("microsoft/*/oauth2/v2.0/devicecode")) return IssueDeviceCode(state, call);
    if (call.PathIs("microsoft/device")) return DevicePage(state, call);
    return HtmlReply(404, "<p>Not found</p>");
}

}  // namespace kamili::simulator
