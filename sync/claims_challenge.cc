#include "sync/claims_challenge.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/encoding.h"

namespace kamili::sync {
namespace {

constexpr std::size_t kClaimsMax = 4096;

bool IsChallenge(const net::Header& header) {
    constexpr std::string_view kName = "www-authenticate";
    return std::equal(header.name.begin(), header.name.end(), kName.begin(), kName.end(),
                      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

// What stands in quotes after `claims=`; the value itself may end in "=".
std::string_view QuotedClaims(std::string_view header) {
    constexpr std::string_view kMark = "claims=\"";
    for (auto at = header.find(kMark); at != std::string_view::npos;
         at = header.find(kMark, at + 1)) {
        // Not the end of another name ("error_claims").
        if (at > 0 && header[at - 1] != ' ' && header[at - 1] != ',') continue;
        const auto begin = at + kMark.size();
        const auto end = header.find('"', begin);
        if (end != std::string_view::npos) return header.substr(begin, end - begin);
    }
    return {};
}

// Both alphabets of base64 are seen.
std::optional<std::string> Decoded(std::string_view text) {
    std::string url(text);
    std::replace(url.begin(), url.end(), '+', '-');
    std::replace(url.begin(), url.end(), '/', '_');
    const auto bytes = ParseBase64Url(url);
    if (!bytes) return std::nullopt;
    return std::string(bytes->begin(), bytes->end());
}

}  // namespace

std::optional<std::string> ClaimsIn(const net::Response& response) {
    for (const net::Header& header : response.headers) {
        if (!IsChallenge(header)) continue;
        const std::string_view packed = QuotedClaims(header.value);
        if (packed.empty() || packed.size() > kClaimsMax) continue;
        auto claims = Decoded(packed);
        if (claims && nlohmann::json::parse(*claims, nullptr, false).is_object()) return claims;
    }
    return std::nullopt;
}

}  // namespace kamili::sync
