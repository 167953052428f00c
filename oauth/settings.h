#pragma once

#include <string>

#include "base/secret.h"
#include "model/account.h"

namespace kamili::oauth {

// Where a provider lives and who we are to it. The defaults are the real services; tests and
// gateways set others. No trailing slashes.
struct GoogleSettings {
    std::string client_id;
    Secret client_secret;  // Google wants it of desktop clients and does not treat it as a secret
    std::string auth_url = "https://accounts.google.com/o/oauth2/v2/auth";
    std::string token_url = "https://oauth2.googleapis.com/token";
    std::string revoke_url = "https://oauth2.googleapis.com/revoke";
    std::string api_url = "https://www.googleapis.com/calendar/v3";
};

struct MicrosoftSettings {
    std::string client_id;  // a public client: it has no secret
    std::string authority = "https://login.microsoftonline.com";
    std::string graph_url = "https://graph.microsoft.com/v1.0";
};

struct ProviderSettings {
    GoogleSettings google;
    MicrosoftSettings microsoft;
};

}  // namespace kamili::oauth
