#include "oauth/token_reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "oauth/refusal.h"
#include "oauth/reply_fields.h"

namespace kamili::oauth {
namespace {

using model::Provider;
using nlohmann::json;
using std::chrono::seconds;

// Nobody issues access tokens for longer; a larger number is a mistake or an attempt to overflow.
constexpr std::int64_t kLifeSecondsMax = 30LL * 24 * 3600;
constexpr std::int64_t kRefreshLifeSecondsMax = 10LL * 365 * 24 * 3600;

// A token goes into a header line: nothing that could end it may be inside.
bool IsTokenText(const Secret& token) {
    const auto text = token.Reveal();
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

bool IsBearer(const json& body) {
    const auto found = body.find("token_type");
    if (found == body.end()) return true;
    if (!found->is_string()) return false;
    std::string type = found->get<std::string>();
    std::transform(type.begin(), type.end(), type.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return type == "bearer";
}

void ReadScopes(const json& body, TokenReply& reply) {
    const auto found = body.find("scope");
    if (found == body.end() || !found->is_string()) return;
    reply.scopes_stated = true;
    std::string_view text = found->get_ref<const std::string&>();
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        if (end > 0) reply.scopes.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

Result<TokenReply> ReadReply(Provider provider, json& body) {
    TokenReply reply;
    reply.access_token = TakeSecret(body, "access_token");
    reply.refresh_token = TakeSecret(body, "refresh_token");
    reply.id_token = TakeSecret(body, "id_token");
    reply.expires_in = SecondsIn(body, "expires_in", kLifeSecondsMax);
    ReadScopes(body, reply);
    if (const auto life = SecondsIn(body, "refresh_token_expires_in", kRefreshLifeSecondsMax);
        life.count() > 0)
        reply.refresh_token_expires = life;
    if (reply.access_token.empty())
        return BadSignInReply(provider, "a reply without an access token");
    if (!IsTokenText(reply.access_token) || !IsTokenText(reply.refresh_token))
        return BadSignInReply(provider, "a token with characters that no token has");
    if (reply.expires_in.count() == 0)
        return BadSignInReply(provider, "a token without its lifetime");
    if (!IsBearer(body)) return BadSignInReply(provider, "a token of a kind that is not Bearer");
    return reply;
}

}  // namespace

Result<TokenReply> ParseTokenReply(Provider provider, const net::Response& response, UtcTime now) {
    if (auto fault = PassingFault(provider, response, now)) return std::move(*fault);
    json body = ParseBody(response);
    if (!body.is_object()) return NotJson(provider, response);
    if (IsRefusal(body)) return RefusalFrom(provider, body);
    if (response.status < 200 || response.status > 299)
        return BadSignInReply(provider, fmt::format("status {} without a reason", response.status));
    return ReadReply(provider, body);
}

Status ParseRevokeReply(const net::Response& response, UtcTime now) {
    if (response.status >= 200 && response.status <= 299) return {};
    if (auto fault = PassingFault(Provider::kGoogle, response, now)) return std::move(*fault);
    const json body = ParseBody(response);
    if (!body.is_object() || !IsRefusal(body)) return NotJson(Provider::kGoogle, response);
    if (body["error"] == "invalid_token" || body["error"] == "invalid_grant")
        return Error{.kind = ErrorKind::kAuthRevoked,
                     .message = "Google had ended this sign-in already"};
    return RefusalFrom(Provider::kGoogle, body);
}

}  // namespace kamili::oauth
