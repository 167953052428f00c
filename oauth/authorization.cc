#include "oauth/authorization.h"

#include <openssl/evp.h>

#include <array>
#include <utility>

#include "base/check.h"
#include "base/encoding.h"
#include "net/url.h"

namespace kamili::oauth {
namespace {

std::string Joined(const std::vector<std::string>& scopes) {
    std::string text;
    for (const auto& scope : scopes) text += (text.empty() ? "" : " ") + scope;
    return text;
}

// What both providers want, in their own names.
net::QueryPairs CommonPairs(const AuthorizationRequest& request, const std::string& client_id) {
    net::QueryPairs pairs = {{"client_id", client_id},
                             {"response_type", "code"},
                             {"redirect_uri", request.redirect_uri},
                             {"scope", Joined(request.scopes)},
                             {"state", request.state},
                             {"code_challenge", request.challenge},
                             {"code_challenge_method", "S256"}};
    if (!request.login_hint.empty()) pairs.emplace_back("login_hint", request.login_hint);
    return pairs;
}

std::string WithQuery(const std::string& url, const net::QueryPairs& pairs) {
    const char joint = url.find('?') == std::string::npos ? '?' : '&';
    return url + joint + net::BuildQuery(pairs);
}

std::string GoogleUrl(const AuthorizationRequest& request, const GoogleSettings& settings) {
    auto pairs = CommonPairs(request, settings.client_id);
    pairs.emplace_back("access_type", "offline");
    if (request.force_consent) pairs.emplace_back("prompt", "consent");
    return WithQuery(settings.auth_url, pairs);
}

std::string MicrosoftUrl(const AuthorizationRequest& request, const MicrosoftSettings& settings) {
    auto pairs = CommonPairs(request, settings.client_id);
    pairs.emplace_back("response_mode", "query");
    // Without a hint the browser would take whoever is signed in there.
    if (request.force_consent)
        pairs.emplace_back("prompt", "consent");
    else if (request.login_hint.empty())
        pairs.emplace_back("prompt", "select_account");
    return WithQuery(
        settings.authority + "/" + net::PercentEncode(request.authority) + "/oauth2/v2.0/authorize",
        pairs);
}

}  // namespace

Pkce MakePkce(Random& random) {
    Secret drawn = Secret::OfSize(32);
    random.Fill(drawn.writable());
    std::string text = Base64Url(drawn.bytes());
    Pkce pkce{.verifier = Secret(std::string_view(text)), .challenge = ""};
    WipeMemory(text.data(), text.size());
    pkce.challenge = ChallengeOf(pkce.verifier);
    return pkce;
}

std::string ChallengeOf(const Secret& verifier) {
    std::array<std::uint8_t, 32> digest{};
    KAMILI_CHECK(EVP_Digest(verifier.bytes().data(), verifier.size(), digest.data(), nullptr,
                            EVP_sha256(), nullptr) == 1);
    return Base64Url(digest);
}

std::string AuthorizationUrl(const AuthorizationRequest& request,
                             const ProviderSettings& settings) {
    return request.provider == model::Provider::kGoogle ? GoogleUrl(request, settings.google)
                                                        : MicrosoftUrl(request, settings.microsoft);
}

}  // namespace kamili::oauth
