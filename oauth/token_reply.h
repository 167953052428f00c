#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "model/account.h"
#include "net/http.h"
#include "oauth/settings.h"

namespace kamili::oauth {

// What a token endpoint gave.
struct TokenReply {
    Secret access_token;
    Secret refresh_token;  // empty if none came
    std::chrono::seconds expires_in{0};
    bool scopes_stated = false;       // RFC 6749, 5.1: left out means "as asked for"
    std::vector<std::string> scopes;  // as granted
    std::optional<std::chrono::seconds> refresh_token_expires;  // Google, time-limited access
    Secret id_token;  // Microsoft, unread (oauth/id_token.h); empty if there was none
};

net::Request CodeExchangeRequest(model::Provider provider, const ProviderSettings& settings,
                                 const std::string& authority, const Secret& code,
                                 const Secret& verifier, const std::string& redirect_uri,
                                 const std::vector<std::string>& scopes);
// Microsoft only (oauth/device_code.h): asks for a device code, and whether the user has decided.
net::Request DeviceCodeRequest(const MicrosoftSettings& settings, const std::string& authority,
                               const std::vector<std::string>& scopes);
net::Request DevicePollRequest(const MicrosoftSettings& settings, const std::string& authority,
                               const Secret& device_code);
// `claims`: Microsoft only, what a challenge asked for.
net::Request RefreshRequest(model::Provider provider, const ProviderSettings& settings,
                            const std::string& authority, const Secret& refresh_token,
                            const std::vector<std::string>& scopes, const std::string& claims = {});
// Google only: Microsoft has no revocation endpoint. The token goes in the body, since addresses
// end up in logs of proxies.
net::Request RevokeRequest(const ProviderSettings& settings, const Secret& token);

// Errors: kAuthRevoked for invalid_grant and its kin, with words for the user in `message`;
// kThrottled, kServerFault; kRejected for a fault of the configuration (wrong client, no secret);
// kBadReply for HTML, empty bodies and missing fields; kAdminApprovalRequired.
Result<TokenReply> ParseTokenReply(model::Provider provider, const net::Response& response,
                                   UtcTime now);
// kAuthRevoked: there was nothing to revoke any more; else as above.
Status ParseRevokeReply(const net::Response& response, UtcTime now);

}  // namespace kamili::oauth
