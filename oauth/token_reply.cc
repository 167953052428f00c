#include "oauth/token_reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "oauth/refusal.h"

namespace kamili::oauth {
namespace {

using model::Provider;
using nlohmann::json;
using std::chrono::seconds;

// Nobody issues access tokens for longer; a larger number is a mistake or an attempt to overflow.
constexpr std::int64_t kLifeSecondsMax = 30LL * 24 * 3600;
constexpr std::int64_t kRefreshLifeSecondsMax = 10LL * 365 * 24 * 3600;

Error Bad(Provider provider, std::string_view what) {
    return {.kind = ErrorKind::kBadReply,
            .message = fmt::format("{}'s token endpoint sent {}", NameOf(provider), what)};
}

// HTML is what proxies, hotel networks and error pages send.
Error NotJson(Provider provider, const net::Response& response) {
    const auto body = response.body.Reveal();
    if (body.empty()) return Bad(provider, fmt::format("nothing (status {})", response.status));
    const auto type = response.FindHeader("Content-Type").value_or("");
    const auto first = body.find_first_not_of(" \t\r\n");
    const bool html = type.find("html") != std::string_view::npos ||
                      (first != std::string_view::npos && body[first] == '<');
    Error error =
        Bad(provider, fmt::format("{} instead of a token (status {})",
                                  html ? "a web page" : "something else", response.status));
    if (html) error.hint = "a network that wants a login, or a proxy, may stand in between";
    return error;
}

// Takes a text out of the document and overwrites what stays behind.
Secret TakeSecret(json& body, const char* name) {
    const auto found = body.find(name);
    if (found == body.end() || !found->is_string()) return {};
    auto& text = found->get_ref<std::string&>();
    Secret secret{std::string_view(text)};
    WipeMemory(text.data(), text.size());
    return secret;
}

// A token goes into a header line: nothing that could end it may be inside.
bool IsTokenText(const Secret& token) {
    const auto text = token.Reveal();
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

// A number of seconds, which some servers write as a text; 0 if there is none.
seconds SecondsIn(const json& body, const char* name, std::int64_t most) {
    const auto found = body.find(name);
    if (found == body.end()) return seconds(0);
    double value = 0;
    if (found->is_number()) value = found->get<double>();
    if (found->is_string()) {
        const auto& text = found->get_ref<const std::string&>();
        const auto end = text.data() + text.size();
        if (std::from_chars(text.data(), end, value).ptr != end) return seconds(0);
    }
    if (!(value >= 1)) return seconds(0);
    return seconds(static_cast<std::int64_t>(std::min(value, static_cast<double>(most))));
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
    if (reply.access_token.empty()) return Bad(provider, "a reply without an access token");
    if (!IsTokenText(reply.access_token) || !IsTokenText(reply.refresh_token))
        return Bad(provider, "a token with characters that no token has");
    if (reply.expires_in.count() == 0) return Bad(provider, "a token without its lifetime");
    if (!IsBearer(body)) return Bad(provider, "a token of a kind that is not Bearer");
    return reply;
}

bool IsRefusal(const json& body) {
    const auto error = body.find("error");
    return error != body.end() && error->is_string() && !body.contains("access_token");
}

}  // namespace

Result<TokenReply> ParseTokenReply(Provider provider, const net::Response& response, UtcTime now) {
    if (auto fault = PassingFault(provider, response, now)) return std::move(*fault);
    json body = json::parse(response.body.Reveal(), nullptr, /*allow_exceptions=*/false);
    if (!body.is_object()) return NotJson(provider, response);
    if (IsRefusal(body)) return RefusalFrom(provider, body);
    if (response.status < 200 || response.status > 299)
        return Bad(provider, fmt::format("status {} without a reason", response.status));
    return ReadReply(provider, body);
}

Status ParseRevokeReply(const net::Response& response, UtcTime now) {
    if (response.status >= 200 && response.status <= 299) return {};
    if (auto fault = PassingFault(Provider::kGoogle, response, now)) return std::move(*fault);
    const json body = json::parse(response.body.Reveal(), nullptr, /*allow_exceptions=*/false);
    if (!body.is_object() || !IsRefusal(body)) return NotJson(Provider::kGoogle, response);
    if (body["error"] == "invalid_token" || body["error"] == "invalid_grant")
        return Error{.kind = ErrorKind::kAuthRevoked,
                     .message = "Google had ended this sign-in already"};
    return RefusalFrom(Provider::kGoogle, body);
}

}  // namespace kamili::oauth
