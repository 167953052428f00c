#include "oauth/id_token.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/encoding.h"

namespace kamili::oauth {
namespace {

using nlohmann::json;

constexpr std::chrono::minutes kClockDifferenceMax{5};
// What every personal account has as its tenant.
constexpr std::string_view kPersonalTenant = "9188040d-6c67-4c5b-b112-36a304b66dad";
// The sign-in hosts of the global, US Government and China clouds.
constexpr std::array<std::string_view, 4> kCloudHosts = {
    "https://login.microsoftonline.com", "https://login.microsoftonline.us",
    "https://login.chinacloudapi.cn", "https://login.partner.microsoftonline.cn"};

Error Bad(std::string_view why) {
    return {.kind = ErrorKind::kBadReply,
            .message = fmt::format("Microsoft's id_token cannot be used: {}", why)};
}

std::optional<json> PayloadOf(std::string_view token) {
    const auto first = token.find('.');
    if (first == std::string_view::npos) return std::nullopt;
    const auto second = token.find('.', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    const auto bytes = ParseBase64Url(token.substr(first + 1, second - first - 1));
    if (!bytes) return std::nullopt;
    json payload = json::parse(*bytes, nullptr, /*allow_exceptions=*/false);
    if (!payload.is_object()) return std::nullopt;
    return payload;
}

std::string TextIn(const json& payload, const char* name) {
    const auto found = payload.find(name);
    return found != payload.end() && found->is_string() ? found->get<std::string>() : "";
}

// Both become part of addresses and keys: letters, digits and hyphens only.
bool IsPlainId(const std::string& text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-';
    });
}

bool IsKnownIssuer(const std::string& issuer, const std::string& tenant,
                   const MicrosoftSettings& settings) {
    const std::string path = "/" + tenant + "/v2.0";
    if (issuer == settings.authority + path) return true;
    return std::any_of(kCloudHosts.begin(), kCloudHosts.end(),
                       [&](std::string_view host) { return issuer == std::string(host) + path; });
}

bool IsExpired(const json& payload, UtcTime now) {
    const auto found = payload.find("exp");
    if (found == payload.end() || !found->is_number()) return true;
    const auto now_s = std::chrono::duration<double>(now.time_since_epoch()).count();
    const auto leeway_s = std::chrono::duration<double>(kClockDifferenceMax).count();
    return found->get<double>() + leeway_s < now_s;
}

}  // namespace

Result<IdTokenPerson> ReadIdToken(const Secret& id_token, const MicrosoftSettings& settings,
                                  UtcTime now) {
    if (id_token.empty()) return Bad("none came");
    const auto payload = PayloadOf(id_token.Reveal());
    if (!payload) return Bad("it is malformed");
    if (TextIn(*payload, "aud") != settings.client_id) return Bad("it is for another application");
    const std::string tenant = TextIn(*payload, "tid");
    const std::string person = TextIn(*payload, "oid");
    if (!IsPlainId(tenant) || !IsPlainId(person)) return Bad("it does not say whose it is");
    if (!IsKnownIssuer(TextIn(*payload, "iss"), tenant, settings))
        return Bad("its issuer is not known");
    if (IsExpired(*payload, now)) {
        Error error = Bad("it has expired");
        error.hint = "check the clock of this computer";
        return error;
    }
    return IdTokenPerson{.subject = person + "@" + tenant, .tenant = tenant};
}

std::string PinnedAuthority(const std::string& tenant) {
    return tenant == kPersonalTenant ? "consumers" : tenant;
}

}  // namespace kamili::oauth
