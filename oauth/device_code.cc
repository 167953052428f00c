#include "oauth/device_code.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "net/url.h"
#include "oauth/aadsts.h"
#include "oauth/refusal.h"
#include "oauth/reply_fields.h"

namespace kamili::oauth {
namespace {

using model::Provider;
using nlohmann::json;
using std::chrono::seconds;

constexpr seconds kInterval{5};  // RFC 8628, 3.2: when none is named
constexpr std::int64_t kExpirySecondsMax = 3600;
constexpr std::int64_t kIntervalSecondsMax = 300;
// A browser is the way that every policy knows.
constexpr char kWithBrowser[] =
    "sign in with a browser instead: kamilictl account add microsoft, with --no-browser if it is "
    "on another machine";

std::string TextIn(const json& body, const char* name) {
    const auto found = body.find(name);
    return found != body.end() && found->is_string() ? found->get<std::string>() : "";
}

// It is printed on terminals.
bool IsUserCode(const std::string& code) {
    return !code.empty() && code.size() <= 32 && std::all_of(code.begin(), code.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '-';
    });
}

// People type it and cameras read it.
bool IsVerificationUri(const std::string& uri, const MicrosoftSettings& settings) {
    const auto url = net::ParseUrl(uri);
    const bool plain = std::all_of(uri.begin(), uri.end(), [](char c) {
        return c > ' ' && c <= '~' && c != '"' && c != '<' && c != '>' && c != '\\';
    });
    if (!url || !plain || uri.size() > 200) return false;
    const auto authority = net::ParseUrl(settings.authority);
    return url->scheme == "https" || (authority && authority->scheme == "http");
}

// The organisation's policy stands in the way, not the user.
bool IsPolicy(std::int64_t code) { return code >= 53000 && code <= 53003; }

Error BlockedByPolicy(std::int64_t code) {
    return {
        .kind = ErrorKind::kAdminApprovalRequired,
        .message = fmt::format("the organisation does not allow this sign-in with a device "
                               "code: {} (AADSTS{})",
                               AadstsWords(code), code),
        .hint = std::string(kWithBrowser) + "; or ask an administrator to except this application"};
}

// What the device grant alone can be refused with; nothing for all other replies.
std::optional<Error> DeviceRefusal(const json& body) {
    const std::string error = TextIn(body, "error");
    const std::int64_t code = AadstsIn(body);
    if (IsPolicy(code)) return BlockedByPolicy(code);
    if (error == "authorization_declined" || error == "access_denied")
        return Error{.kind = ErrorKind::kAccessDenied,
                     .message = "the sign-in was declined",
                     .hint = "begin again if that was not meant"};
    if (error == "expired_token") return DeviceCodeExpired();
    if (error == "bad_verification_code")
        return Error{.kind = ErrorKind::kRejected,
                     .message = "Microsoft does not know this device code",
                     .hint = "begin again"};
    return std::nullopt;
}

}  // namespace

Error DeviceCodeExpired() {
    return {.kind = ErrorKind::kTimeout,
            .message = "nobody finished the sign-in while its code was good",
            .hint = fmt::format("begin again for a new code; if the page said that the sign-in is "
                                "blocked, the organisation does not allow device codes: {}",
                                kWithBrowser)};
}

Result<DeviceCode> ParseDeviceCode(const net::Response& response, const MicrosoftSettings& settings,
                                   UtcTime now) {
    const auto provider = Provider::kMicrosoft;
    if (auto fault = PassingFault(provider, response, now)) return std::move(*fault);
    json body = ParseBody(response);
    if (!body.is_object()) return NotJson(provider, response);
    if (IsRefusal(body)) return RefusalFrom(provider, body);
    DeviceCode code;
    code.device_code = TakeSecret(body, "device_code");
    code.user_code = TextIn(body, "user_code");
    code.verification_uri = TextIn(body, "verification_uri");
    code.expires_in = SecondsIn(body, "expires_in", kExpirySecondsMax);
    code.interval = SecondsIn(body, "interval", kIntervalSecondsMax);
    if (code.interval.count() == 0) code.interval = kInterval;
    if (code.device_code.empty() || code.expires_in.count() == 0)
        return BadSignInReply(provider, "a device code that is not whole");
    if (!IsUserCode(code.user_code) || !IsVerificationUri(code.verification_uri, settings))
        return BadSignInReply(provider, "a device code that cannot be shown safely");
    return code;
}

DevicePollReply ReadDevicePoll(const net::Response& response, UtcTime now) {
    if (const auto fault = PassingFault(Provider::kMicrosoft, response, now))
        return {.what = DevicePoll::kTryLater, .retry_after = fault->retry_after};
    const json body = ParseBody(response);
    if (!body.is_object() || !IsRefusal(body)) return {.what = DevicePoll::kDecided};
    const std::string error = TextIn(body, "error");
    if (error == "authorization_pending") return {.what = DevicePoll::kPending};
    if (error == "slow_down") return {.what = DevicePoll::kSlowDown};
    const Error refusal = RefusalFrom(Provider::kMicrosoft, body);
    if (refusal.kind == ErrorKind::kServerFault || refusal.kind == ErrorKind::kThrottled)
        return {.what = DevicePoll::kTryLater, .retry_after = refusal.retry_after};
    return {.what = DevicePoll::kDecided};
}

Result<TokenReply> ParseDeviceTokens(const net::Response& response, UtcTime now) {
    const json body = ParseBody(response);
    if (body.is_object() && IsRefusal(body))
        if (auto refusal = DeviceRefusal(body)) return std::move(*refusal);
    return ParseTokenReply(Provider::kMicrosoft, response, now);
}

}  // namespace kamili::oauth
