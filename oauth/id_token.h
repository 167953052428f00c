#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "oauth/settings.h"

namespace kamili::oauth {

// Who a Microsoft id_token speaks of.
struct IdTokenPerson {
    std::string subject;  // "oid@tid": never changes, unlike names and addresses
    std::string tenant;   // "tid"
};

// Reads an id_token that came straight from the token endpoint over TLS, which is why its signature
// need not be checked (OpenID Connect Core 3.1.3.7). Checks that it is for us (`aud`), from a known
// cloud or the configured authority (`iss`, with the token's own tenant) and not expired, five
// minutes of clock difference allowed. kBadReply otherwise.
Result<IdTokenPerson> ReadIdToken(const Secret& id_token, const MicrosoftSettings& settings,
                                  UtcTime now);

// Where to sign in from now on: "consumers" for personal accounts, else the tenant.
std::string PinnedAuthority(const std::string& tenant);

}  // namespace kamili::oauth
