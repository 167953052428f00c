#include "sync/graph/errors.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "net/retry_after.h"
#include "sync/json_body.h"
#include "sync/reply_error.h"

namespace kamili::sync::graph {
namespace {

using nlohmann::json;

std::string Lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

// The deepest code there is: Graph nests errors.
std::string CodeOf(const net::Response& response) {
    const auto body = ParseJsonBody(response);
    if (!body) return "";
    std::string code;
    const json* error = &ObjectOf(*body, "error");
    for (int depth = 0; depth < 8 && !error->empty(); ++depth) {
        if (const auto deeper = CodeText(TextOf(*error, "code")); !deeper.empty()) code = deeper;
        const json& camel = ObjectOf(*error, "innerError");
        error = camel.empty() ? &ObjectOf(*error, "innererror") : &camel;
    }
    return Lower(code);
}

bool IsReset(const std::string& code) {
    return IsOneOf(code, {"syncstatenotfound", "resyncrequired", "fullsyncrequired",
                          "invaliddeltatoken", "syncstateinvalid"});
}

bool IsThrottle(const std::string& code) {
    return IsOneOf(code, {"toomanyrequests", "applicationthrottled", "activitylimitreached"});
}

ErrorKind KindOf(int status) {
    // 501: not a path of this service. 507: the mailbox is full, waiting does not help.
    if (status == 501 || status == 507) return ErrorKind::kRejected;
    return KindOfStatus(status);
}

}  // namespace

Error ErrorOf(const net::Response& response, UtcTime now) {
    const std::string code = CodeOf(response);
    Error error{.kind = KindOf(response.status),
                .message = fmt::format("Microsoft Graph answered {} {}", response.status, code)};
    if (IsReset(code)) error.kind = ErrorKind::kCursorExpired;
    if (IsThrottle(code)) error.kind = ErrorKind::kThrottled;
    if (code == "mailboxnotenabledforrestapi") {
        error.kind = ErrorKind::kRejected;
        error.message = "this account has no Exchange Online mailbox";
        error.hint = "guests and accounts without a licence have no calendar to read";
    }
    if (error.kind == ErrorKind::kRejected && response.status == 403) {
        error.message = "Microsoft refuses access to this calendar (" + code + ")";
        error.hint = "its owner may have ended the sharing, or a right is missing";
    }
    error.retry_after = net::RetryAfter(response, now);
    // 503 with a time to wait is throttling by another name.
    if (response.status == 503 && error.retry_after) error.kind = ErrorKind::kThrottled;
    return error;
}

bool SaysGone(const net::Response& response) {
    return response.status == 404 &&
           IsOneOf(CodeOf(response), {"erroritemnotfound", "itemnotfound", "resourcenotfound"});
}

bool SaysBadId(const net::Response& response) {
    return response.status == 400 && CodeOf(response) == "errorinvalididmalformed";
}

}  // namespace kamili::sync::graph
