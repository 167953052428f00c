#include "oauth/reply_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "oauth/refusal.h"

namespace kamili::oauth {

using nlohmann::json;
using std::chrono::seconds;

json ParseBody(const net::Response& response) {
    return json::parse(response.body.Reveal(), nullptr, /*allow_exceptions=*/false);
}

Secret TakeSecret(json& body, const char* name) {
    const auto found = body.find(name);
    if (found == body.end() || !found->is_string()) return {};
    auto& text = found->get_ref<std::string&>();
    Secret secret{std::string_view(text)};
    WipeMemory(text.data(), text.size());
    return secret;
}

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

bool IsRefusal(const json& body) {
    const auto error = body.find("error");
    return error != body.end() && error->is_string() && !body.contains("access_token");
}

Error BadSignInReply(model::Provider provider, std::string_view what) {
    return {.kind = ErrorKind::kBadReply,
            .message = fmt::format("{}'s token endpoint sent {}", NameOf(provider), what)};
}

Error NotJson(model::Provider provider, const net::Response& response) {
    const auto body = response.body.Reveal();
    if (body.empty())
        return BadSignInReply(provider, fmt::format("nothing (status {})", response.status));
    const auto type = response.FindHeader("Content-Type").value_or("");
    const auto first = body.find_first_not_of(" \t\r\n");
    const bool html = type.find("html") != std::string_view::npos ||
                      (first != std::string_view::npos && body[first] == '<');
    Error error = BadSignInReply(
        provider, fmt::format("{} instead of a token (status {})",
                              html ? "a web page" : "something else", response.status));
    if (html) error.hint = "a network that wants a login, or a proxy, may stand in between";
    return error;
}

}  // namespace kamili::oauth
