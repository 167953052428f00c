#include "sync/google/errors.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "net/retry_after.h"
#include "sync/json_body.h"
#include "sync/reply_error.h"

namespace kamili::sync::google {
namespace {

using nlohmann::json;

constexpr std::chrono::hours kLongWait{1};

struct Reasons {
    std::string reason;  // errors[0].reason
    std::string detail;  // details[].reason of an ErrorInfo
};

Reasons ReasonsOf(const net::Response& response) {
    const auto body = ParseJsonBody(response);
    if (!body) return {};
    const json& error = ObjectOf(*body, "error");
    Reasons out;
    for (const json& one : ArrayOf(error, "errors"))
        if (one.is_object() && out.reason.empty()) out.reason = CodeText(TextOf(one, "reason"));
    for (const json& one : ArrayOf(error, "details"))
        if (one.is_object() && out.detail.empty()) out.detail = CodeText(TextOf(one, "reason"));
    return out;
}

// The header names a missing scope also where a body is lost on the way.
bool NamesMissingScope(const net::Response& response) {
    const auto header = response.FindHeader("WWW-Authenticate");
    return header && header->find("insufficient_scope") != std::string_view::npos;
}

// A limit that does not pass with the minute: Google says of these that hours or the next day help.
std::optional<std::chrono::milliseconds> WaitOf(const std::string& reason) {
    if (IsOneOf(reason, {"quotaExceeded", "dailyLimitExceeded"})) return kLongWait;
    return std::nullopt;
}

// 403 is six different things.
Error Forbidden(const Reasons& reasons, bool missing_scope) {
    const std::string& reason = reasons.reason;
    if (missing_scope || reason == "insufficientPermissions" ||
        reasons.detail == "ACCESS_TOKEN_SCOPE_INSUFFICIENT")
        return {.kind = ErrorKind::kInsufficientScope,
                .message = "a right that this needs was not granted",
                .hint = "kamilictl account reauth, and leave all boxes ticked"};
    if (reason == "accessNotConfigured" || reasons.detail == "SERVICE_DISABLED")
        return {.kind = ErrorKind::kRejected,
                .message = "the Google Calendar API is not enabled in the client id's project",
                .hint = "enable it in the Google Cloud console; it takes some minutes to apply"};
    if (reasons.detail == "RATE_LIMIT_EXCEEDED" ||
        IsOneOf(reason, {"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded",
                         "dailyLimitExceeded"}))
        return {.kind = ErrorKind::kThrottled,
                .message = "Google asks to slow down (" + reason + ")",
                .retry_after = WaitOf(reason)};
    return {.kind = ErrorKind::kRejected,
            .message = "Google refuses access to this calendar (" + reason + ")",
            .hint = "its owner may have ended the sharing"};
}

}  // namespace

Error ErrorOf(const net::Response& response, UtcTime now) {
    const Reasons reasons = ReasonsOf(response);
    Error error{.kind = KindOfStatus(response.status),
                .message = fmt::format("Google answered {} {}", response.status, reasons.reason)};
    if (response.status == 403) error = Forbidden(reasons, NamesMissingScope(response));
    if (const auto wait = net::RetryAfter(response, now)) error.retry_after = wait;
    return error;
}

bool SaysGone(const net::Response& response) {
    const std::string reason = ReasonsOf(response).reason;
    return (response.status == 404 && reason == "notFound") ||
           (response.status == 410 && reason == "deleted");
}

}  // namespace kamili::sync::google
