#include "tests/simulator/oauth.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "base/encoding.h"

namespace kamili::simulator {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

std::string WithParameters(const std::string& uri, const std::string& query) {
    return uri + (uri.find('?') == std::string::npos ? "?" : "&") + query;
}

SimReply Refuse(const Call& call, const std::string& error, const std::string& description) {
    std::string query = "error=" + error;
    if (!description.empty()) query += "&error_description=" + Encode(description);
    return Redirect(WithParameters(call.query.Get("redirect_uri"),
                                   query + "&state=" + Encode(call.query.Get("state"))));
}

SimReply Page(const Call& call, const Authorization& authorization) {
    std::string form = "<h1>Sign in to the simulator</h1><p>" +
                       EscapeHtml(authorization.person->address) +
                       " lets this application:</p><ul>";
    for (const std::string& scope : authorization.scopes)
        form += "<li>" + EscapeHtml(scope) + "</li>";
    form += "</ul><form method=\"get\" action=\"" + EscapeHtml(call.raw_path) + "\">";
    for (const auto& [name, value] : call.query.pairs())
        form += "<input type=\"hidden\" name=\"" + EscapeHtml(name) + "\" value=\"" +
                EscapeHtml(value) + "\">";
    return HtmlReply(200, form +
                              "<button name=\"sim_answer\" value=\"allow\">Allow</button>"
                              "<button name=\"sim_answer\" value=\"deny\">Deny</button></form>");
}

// Adds `weight` times to those of the span before now; how many there are then.
std::size_t CountIn(std::deque<UtcTime>& times, minutes span, UtcTime now, int weight) {
    while (!times.empty() && times.front() + span <= now) times.pop_front();
    times.insert(times.end(), std::size_t(weight), now);
    return times.size();
}

}  // namespace

std::vector<std::string> Words(const std::string& text) {
    std::vector<std::string> words;
    std::string word;
    for (const char c : text + " ") {
        if (c != ' ') {
            word += c;
        } else if (!word.empty()) {
            words.push_back(word);
            word.clear();
        }
    }
    return words;
}

std::string Join(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

std::vector<std::string> Granted(const Consent& consent, const std::vector<std::string>& asked) {
    std::vector<std::string> granted;
    for (auto scope = asked.rbegin(); scope != asked.rend(); ++scope)
        if (!consent.only || consent.only->count(*scope) != 0) granted.push_back(*scope);
    granted.insert(granted.end(), consent.surplus.begin(), consent.surplus.end());
    return granted;
}

SimReply Decide(State& state, const Call& call, const Authorization& authorization) {
    const Consent& consent = state.ConsentOf(authorization.service);
    std::string mode = consent.mode;
    if (mode == "page" && call.query.Has("sim_answer")) mode = call.query.Get("sim_answer");
    if (mode == "page") return Page(call, authorization);
    if (mode == "never") return HtmlReply(200, "<p>Waiting for the user.</p>");
    if (mode == "deny") return Refuse(call, "access_denied", "The user has denied access.");
    if (mode == "admin_approval") {
        if (authorization.service == Service::kGoogle)
            return HtmlReply(400, "<p>Error 400: admin_policy_enforced</p>");
        return Refuse(call, "consent_required",
                      "AADSTS90094: An administrator of the organization must consent.");
    }
    PendingCode code;
    code.service = authorization.service;
    code.grant = std::make_shared<Grant>();
    code.grant->person = authorization.person;
    code.grant->scopes = Granted(consent, authorization.scopes);
    code.grant->authority = authorization.authority;
    code.redirect_uri = call.query.Get("redirect_uri");
    code.challenge = call.query.Get("code_challenge");
    code.method = call.query.Get("code_challenge_method");
    code.nonce = call.query.Get("nonce");
    code.expires = call.now + minutes(10);
    const std::string text = "4/0sim" + state.dice.Token(48);
    state.codes[text] = code;
    const std::string sent_state = mode == "wrong_state" ? "forged" : call.query.Get("state");
    std::string query = "state=" + Encode(sent_state) + "&code=" + Encode(text);
    if (authorization.service == Service::kGoogle)
        query += "&scope=" + Encode(Join(code.grant->scopes)) + "&authuser=0&sim_extra=1";
    else
        query += "&session_state=" + state.dice.Uuid();
    return Redirect(WithParameters(code.redirect_uri, query));
}

IssuedTokens Issue(State& state, const std::shared_ptr<Grant>& grant, bool with_refresh,
                   UtcTime now) {
    const bool google = grant->person->service == Service::kGoogle;
    const Consent& consent = state.ConsentOf(grant->person->service);
    IssuedTokens tokens;
    tokens.expires_in = google ? 3599 : state.dice.Between(3600, 5400);
    if (consent.access_life_s > 0) tokens.expires_in = consent.access_life_s;
    tokens.access = (google ? "ya29.a0sim-" : "EwB4sim-") + state.dice.Token(96);
    state.access[tokens.access] = {grant, now + seconds(tokens.expires_in)};
    if (!with_refresh || consent.no_refresh_token) return tokens;
    tokens.refresh = (google ? "1//0sim-" : "M.C5sim.") + state.dice.Token(80);
    RefreshToken token{grant, std::nullopt, false, ++state.numbers};
    if (consent.refresh_life_s > 0) token.expires = now + seconds(consent.refresh_life_s);
    state.refresh[tokens.refresh] = token;
    return tokens;
}

void RevokeAll(State& state, const Person& person) {
    for (auto& [text, token] : state.access)
        if (token.grant->person == &person) token.grant->revoked = true;
    for (auto& [text, token] : state.refresh)
        if (token.grant->person == &person) token.grant->revoked = token.dead = true;
}

bool VerifierFits(const PendingCode& code, const std::string& verifier) {
    if (verifier.size() < 43 || verifier.size() > 128) return false;
    if (code.method != "S256") return code.challenge == verifier;
    std::array<std::uint8_t, 32> digest{};
    unsigned int size = 0;
    EVP_Digest(verifier.data(), verifier.size(), digest.data(), &size, EVP_sha256(), nullptr);
    return Base64Url(digest) == code.challenge;
}

std::shared_ptr<Grant> State::GrantOf(const std::string& bearer, UtcTime now) const {
    const auto found = access.find(bearer);
    if (found == access.end() || found->second.grant->revoked || found->second.expires <= now)
        return nullptr;
    return found->second.grant;
}

bool IsRefreshLoop(State& state, const Call& call) {
    const int most = state.settings.microsoft_identical_max;
    return most > 0 && CountIn(state.refreshes[call.raw_path + "?" + call.request.body], minutes(5),
                               call.now, 1) > std::size_t(most);
}

bool State::IsOverLimit(const Person& person, int limit, minutes span, UtcTime now, int weight) {
    return limit > 0 && CountIn(recent[&person], span, now, weight) > std::size_t(limit);
}

bool State::IsOverWriteLimit(const Person& person, int limit, UtcTime now) {
    return limit > 0 &&
           CountIn(writes[&person], std::chrono::hours(24), now, 1) > std::size_t(limit);
}

State::State(const SimOptions& options, UtcTime now)
    : base_url(options.base_url),
      world(MakeWorld(options.seed, options.events, now)),
      dice(options.seed ^ 0x6b616d696c69u) {}

}  // namespace kamili::simulator
