#include "sync/sign_in_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "net/url.h"

namespace kamili::sync {
namespace {

// Exactly http://HOST:PORT/ with a loopback host: the code must not leave this computer.
bool IsLoopbackRedirect(const std::string& address) {
    const auto url = net::ParseUrl(address);
    if (!url || (url->host != "127.0.0.1" && url->host != "localhost" && url->host != "[::1]"))
        return false;
    return address == fmt::format("http://{}:{}/", url->host, url->port);
}

// It becomes a part of the sign-in address.
bool IsAuthority(const std::string& text) {
    return !text.empty() && text.size() <= 128 && text.front() != '.' &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '.';
           });
}

Error NoClientId(model::Provider provider) {
    return {.kind = ErrorKind::kBadConfiguration,
            .message = fmt::format("no client id is configured for {}", model::Text(provider)),
            .hint = fmt::format("set client_id under [{0}]; docs/connect-{0}.md says where to get "
                                "one",
                                model::Text(provider))};
}

}  // namespace

Status CheckSignIn(const SignInRequest& request, SignInWay way,
                   const oauth::ProviderSettings& settings) {
    const bool google = request.provider == model::Provider::kGoogle;
    if (google && way == SignInWay::kDeviceCode)
        return Error{.kind = ErrorKind::kNotSupported,
                     .message = "Google's device codes open no calendar",
                     .hint =
                         "use --no-browser: open the address on any machine and paste the "
                         "address that the browser ends at"};
    if (request.access == model::Access::kWrite)
        return Error{.kind = ErrorKind::kNotSupported,
                     .message = "write access is refused until Kamili can write",
                     .hint = "use --access read"};
    if ((google ? settings.google.client_id : settings.microsoft.client_id).empty())
        return NoClientId(request.provider);
    if (way == SignInWay::kBrowser && !IsLoopbackRedirect(request.redirect_uri))
        return Error{.kind = ErrorKind::kInvalidArgument,
                     .message =
                         "the redirect address must be http://127.0.0.1:PORT/, "
                         "http://localhost:PORT/ or http://[::1]:PORT/"};
    if (!google && !IsAuthority(request.authority))
        return Error{.kind = ErrorKind::kInvalidArgument,
                     .message =
                         "the authority must be common, organizations, consumers or a "
                         "tenant"};
    return {};
}

}  // namespace kamili::sync
