#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "model/account.h"
#include "oauth/settings.h"

namespace kamili::oauth {

// RFC 7636, S256.
struct Pkce {
    Secret verifier;        // 43 characters
    std::string challenge;  // base64url(SHA-256(verifier))
};
Pkce MakePkce(Random& random);
// The challenge of a verifier.
std::string ChallengeOf(const Secret& verifier);

struct AuthorizationRequest {
    model::Provider provider = model::Provider::kGoogle;
    std::vector<std::string> scopes;
    std::string authority;     // Microsoft: "common", "organizations", "consumers" or a tenant
    std::string redirect_uri;  // loopback, with its port
    std::string state;
    std::string challenge;
    std::string login_hint;  // may be empty
    bool force_consent = false;
};
// The address for the browser.
std::string AuthorizationUrl(const AuthorizationRequest& request, const ProviderSettings& settings);

// What came back in the browser.
using RedirectParameters = std::map<std::string, std::string>;
// Splits a pasted address ("http://127.0.0.1:40123/?code=...&state=..."); kInvalidArgument if it
// is not one.
Result<RedirectParameters> ParseRedirectAddress(std::string_view address);
// The code, after comparing `state` in constant time before anything else (kStateMismatch). A
// refusal is kAccessDenied, kAdminApprovalRequired or kRejected, in words.
Result<Secret> CodeFromRedirect(const RedirectParameters& parameters, const std::string& state);

}  // namespace kamili::oauth
