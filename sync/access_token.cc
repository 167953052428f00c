#include "sync/access_token.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace kamili::sync {
namespace {

using std::chrono::milliseconds;

// Takes a number and the blank behind it off the front.
std::optional<UtcTime> TakeTime(std::string_view& text) {
    std::int64_t value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    const auto length = static_cast<std::size_t>(result.ptr - text.data());
    if (result.ec != std::errc() || length >= text.size() || text[length] != ' ')
        return std::nullopt;
    text.remove_prefix(length + 1);
    return UtcTime(milliseconds(value));
}

}  // namespace

milliseconds AccessToken::LifeLeft(UtcTime now) const {
    if (now < obtained) return milliseconds(0);
    return std::max(milliseconds(0), milliseconds(expires - now));
}

Secret Pack(const AccessToken& token) {
    Secret packed{std::string_view(fmt::format("{} {} ", token.obtained.time_since_epoch().count(),
                                               token.expires.time_since_epoch().count()))};
    packed.Append(token.token.Reveal());
    return packed;
}

std::optional<AccessToken> UnpackAccessToken(const Secret& stored) {
    std::string_view text = stored.Reveal();
    const auto obtained = TakeTime(text);
    if (!obtained) return std::nullopt;
    const auto expires = TakeTime(text);
    if (!expires || *expires < *obtained || text.empty()) return std::nullopt;
    return AccessToken{.token = Secret(text), .obtained = *obtained, .expires = *expires};
}

}  // namespace kamili::sync
