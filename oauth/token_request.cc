#include "net/url.h"
#include "oauth/form_body.h"
#include "oauth/token_reply.h"

namespace kamili::oauth {
namespace {

using model::Provider;

net::Request FormPost(std::string url, FormBody& form) {
    net::Request request;
    request.method = net::Method::kPost;
    request.url = std::move(url);
    request.headers = {{.name = "Accept", .value = "application/json"}};
    request.body = form.Take();
    request.content_type = kFormContentType;
    request.limits.total = std::chrono::seconds(60);
    // Tokens have a few thousand bytes; whatever is larger is no token reply.
    request.limits.body_bytes_max = 256 * 1024;
    return request;
}

std::string MicrosoftUrl(const MicrosoftSettings& settings, const std::string& authority,
                         const char* endpoint) {
    return settings.authority + "/" + net::PercentEncode(authority) + "/oauth2/v2.0/" + endpoint;
}

std::string Joined(const std::vector<std::string>& scopes) {
    std::string text;
    for (const auto& scope : scopes) text += (text.empty() ? "" : " ") + scope;
    return text;
}

std::string TokenUrl(Provider provider, const ProviderSettings& settings,
                     const std::string& authority) {
    if (provider == Provider::kGoogle) return settings.google.token_url;
    return MicrosoftUrl(settings.microsoft, authority, "token");
}

// Google wants the client's secret, Microsoft refuses one and wants the scopes again.
void AddClient(FormBody& form, Provider provider, const ProviderSettings& settings,
               const std::vector<std::string>& scopes) {
    if (provider == Provider::kGoogle) {
        form.Add("client_id", settings.google.client_id);
        if (!settings.google.client_secret.empty())
            form.Add("client_secret", settings.google.client_secret);
        return;
    }
    form.Add("client_id", settings.microsoft.client_id).Add("scope", Joined(scopes));
}

}  // namespace

net::Request CodeExchangeRequest(Provider provider, const ProviderSettings& settings,
                                 const std::string& authority, const Secret& code,
                                 const Secret& verifier, const std::string& redirect_uri,
                                 const std::vector<std::string>& scopes) {
    FormBody form;
    form.Add("grant_type", "authorization_code")
        .Add("code", code)
        .Add("code_verifier", verifier)
        .Add("redirect_uri", redirect_uri);
    AddClient(form, provider, settings, scopes);
    return FormPost(TokenUrl(provider, settings, authority), form);
}

net::Request DeviceCodeRequest(const MicrosoftSettings& settings, const std::string& authority,
                               const std::vector<std::string>& scopes) {
    FormBody form;
    form.Add("client_id", settings.client_id).Add("scope", Joined(scopes));
    return FormPost(MicrosoftUrl(settings, authority, "devicecode"), form);
}

net::Request DevicePollRequest(const MicrosoftSettings& settings, const std::string& authority,
                               const Secret& device_code) {
    FormBody form;
    form.Add("grant_type", "urn:ietf:params:oauth:grant-type:device_code")
        .Add("client_id", settings.client_id)
        .Add("device_code", device_code);
    return FormPost(MicrosoftUrl(settings, authority, "token"), form);
}

net::Request RefreshRequest(Provider provider, const ProviderSettings& settings,
                            const std::string& authority, const Secret& refresh_token,
                            const std::vector<std::string>& scopes, const std::string& claims) {
    FormBody form;
    form.Add("grant_type", "refresh_token").Add("refresh_token", refresh_token);
    AddClient(form, provider, settings, scopes);
    if (provider == Provider::kMicrosoft && !claims.empty()) form.Add("claims", claims);
    return FormPost(TokenUrl(provider, settings, authority), form);
}

net::Request RevokeRequest(const ProviderSettings& settings, const Secret& token) {
    FormBody form;
    form.Add("token", token);
    return FormPost(settings.google.revoke_url, form);
}

}  // namespace kamili::oauth
