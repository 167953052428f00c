#include <algorithm>

#include "tests/simulator/clients.h"
#include "tests/simulator/oauth.h"

namespace kamili::simulator {
namespace {

constexpr char kScopePrefix[] = "https://www.googleapis.com/auth/";
constexpr std::size_t kRefreshTokensMax = 100;  // of one account and client

SimReply ErrorPage(const std::string& what) {
    return HtmlReply(400, "<p>Error 400: " + EscapeHtml(what) + "</p>");
}

SimReply TokenError(int status, const std::string& error, const std::string& description) {
    return JsonReply(status, {{"error", error}, {"error_description", description}});
}

bool IsLoopback(const std::string& uri) {
    for (const std::string host : {"http://127.0.0.1", "http://[::1]", "http://localhost"}) {
        if (uri.compare(0, host.size(), host) != 0) continue;
        if (uri.size() == host.size()) return true;
        const char next = uri[host.size()];
        return next == ':' || next == '/';
    }
    return false;
}

bool KnownScope(const std::string& scope) {
    return scope.compare(0, sizeof kScopePrefix - 1, kScopePrefix) == 0 || scope == "openid" ||
           scope == "email" || scope == "profile";
}

SimReply Authorize(State& state, const Call& call) {
    const Query& query = call.query;
    if (call.request.method != "GET") return ErrorPage("invalid_request");
    if (query.Get("client_id") != kGoogleClientId) return ErrorPage("invalid_client");
    if (!IsLoopback(query.Get("redirect_uri"))) return ErrorPage("redirect_uri_mismatch");
    if (query.Get("response_type") != "code")
        return ErrorPage("invalid_request: Required parameter is missing: response_type");
    if (query.Has("include_granted_scopes"))
        return ErrorPage("invalid_request: incremental authorization is not for installed apps");
    const std::string method = query.Get("code_challenge_method");
    // The service takes "plain" and even makes it the default; a client of ours that relies on
    // either has lost its protection.
    if (method != "S256" || query.Get("code_challenge").size() != 43)
        return ErrorPage("invalid_request: code_challenge_method must be S256 here");
    const auto scopes = Words(query.Get("scope"));
    if (scopes.empty() || !std::all_of(scopes.begin(), scopes.end(), KnownScope))
        return ErrorPage("invalid_scope");
    Person* person = state.world.Find(query.Get("login_hint"));
    if (person == nullptr || person->service != Service::kGoogle)
        person = state.world.Find("google");
    return Decide(state, call, {Service::kGoogle, person, scopes, ""});
}

// The oldest refresh tokens of an account die without a warning.
void DropSurplus(State& state, const Person& person) {
    std::vector<RefreshToken*> live;
    for (auto& [text, token] : state.refresh)
        if (token.grant->person == &person && !token.dead) live.push_back(&token);
    std::sort(live.begin(), live.end(),
              [](const RefreshToken* a, const RefreshToken* b) { return a->number < b->number; });
    for (std::size_t i = 0; i + kRefreshTokensMax < live.size(); ++i) live[i]->dead = true;
}

SimReply TokenReply(State& state, const Call& call, const std::shared_ptr<Grant>& grant,
                    bool with_refresh) {
    const IssuedTokens tokens = Issue(state, grant, with_refresh, call.now);
    Json body{{"access_token", tokens.access},
              {"expires_in", tokens.expires_in},
              {"scope", Join(grant->scopes)},
              {"token_type", "Bearer"}};
    if (!tokens.refresh.empty()) {
        body["refresh_token"] = tokens.refresh;
        if (state.google_consent.refresh_life_s > 0)
            body["refresh_token_expires_in"] = state.google_consent.refresh_life_s;
        DropSurplus(state, *grant->person);
    }
    return JsonReply(200, body);
}

SimReply ExchangeCode(State& state, const Call& call, const Query& form) {
    const auto found = state.codes.find(form.Get("code"));
    if (found == state.codes.end() || found->second.service != Service::kGoogle ||
        found->second.used || found->second.expires <= call.now)
        return TokenError(400, "invalid_grant", "Malformed auth code.");
    PendingCode& code = found->second;
    if (form.Get("redirect_uri") != code.redirect_uri)
        return TokenError(400, "redirect_uri_mismatch", "Bad Request");
    if (!form.Has("code_verifier"))
        return TokenError(400, "invalid_grant", "Missing code verifier.");
    if (!VerifierFits(code, form.Get("code_verifier")))
        return TokenError(400, "invalid_grant", "Invalid code verifier.");
    code.used = true;
    return TokenReply(state, call, code.grant, true);
}

SimReply RefusedRefresh(const State& state) {
    if (state.google_consent.refusal == "invalid_rapt")
        return JsonReply(400, {{"error", "invalid_grant"},
                               {"error_description", "reauth related error (invalid_rapt)"},
                               {"error_subtype", "invalid_rapt"}});
    if (state.google_consent.refusal == "bad_request")
        return TokenError(400, "invalid_grant", "Bad Request");
    return TokenError(400, "invalid_grant", "Token has been expired or revoked.");
}

SimReply Refresh(State& state, const Call& call, const Query& form) {
    const auto found = state.refresh.find(form.Get("refresh_token"));
    if (found == state.refresh.end() || found->second.dead || found->second.grant->revoked ||
        found->second.grant->person->service != Service::kGoogle ||
        (found->second.expires && *found->second.expires <= call.now))
        return RefusedRefresh(state);
    return TokenReply(state, call, found->second.grant, false);
}

SimReply Token(State& state, const Call& call) {
    if (call.request.method != "POST") return HtmlReply(404, "<p>Not found</p>");
    const Query form = Query::Parse(call.request.body);
    if (call.request.Header("Content-Type").find("application/x-www-form-urlencoded") != 0)
        return TokenError(400, "invalid_request", "Bad content type.");
    if (form.Get("client_id") != kGoogleClientId)
        return TokenError(401, "invalid_client", "The OAuth client was not found.");
    if (!form.Has("client_secret"))
        return TokenError(400, "invalid_request", "client_secret is missing.");
    if (form.Get("client_secret") != kGoogleClientSecret)
        return TokenError(401, "invalid_client", "The provided client secret is invalid.");
    const std::string type = form.Get("grant_type");
    if (type == "authorization_code") return ExchangeCode(state, call, form);
    if (type == "refresh_token") return Refresh(state, call, form);
    return TokenError(400, "unsupported_grant_type", "Invalid grant_type: " + type);
}

SimReply Revoke(State& state, const Call& call) {
    std::string token = call.query.Get("token");
    if (token.empty()) token = Query::Parse(call.request.body).Get("token");
    const Person* person = nullptr;
    const auto access = state.access.find(token);
    if (access != state.access.end() && !access->second.grant->revoked)
        person = access->second.grant->person;
    const auto refresh = state.refresh.find(token);
    if (refresh != state.refresh.end() && !refresh->second.grant->revoked)
        person = refresh->second.grant->person;
    if (person == nullptr || call.request.method != "POST")
        return TokenError(400, "invalid_token", "Token expired or revoked");
    RevokeAll(state, *person);
    return JsonReply(200, Json::object());
}

}  // namespace

SimReply GoogleOauth(State& state, const Call& call) {
    if (call.PathIs("google/o/oauth2/v2/auth")) return Authorize(state, call);
    if (call.PathIs("google/token")) return Token(state, call);
    if (call.PathIs("google/revoke")) return Revoke(state, call);
    if (call.PathIs("google/device/code"))
        return TokenError(400, "invalid_scope", "Not for calendars.");
    return HtmlReply(404, "<p>Not found</p>");
}

}  // namespace kamili::simulator
