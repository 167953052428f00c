#include "tests/sim/sim_settings.h"

#include "tests/simulator/clients.h"

namespace kamili::testing {

oauth::ProviderSettings SimSettings() {
    oauth::ProviderSettings settings;
    const std::string base = kSimBase;
    settings.google.client_id = simulator::kGoogleClientId;
    settings.google.client_secret = Secret(std::string_view(simulator::kGoogleClientSecret));
    settings.google.auth_url = base + "/google/o/oauth2/v2/auth";
    settings.google.token_url = base + "/google/token";
    settings.google.revoke_url = base + "/google/revoke";
    settings.google.api_url = base + "/google/calendar/v3";
    settings.microsoft.client_id = simulator::kMicrosoftClientId;
    settings.microsoft.authority = base + "/microsoft";
    settings.microsoft.graph_url = base + "/microsoft/graph/v1.0";
    return settings;
}

}  // namespace kamili::testing
