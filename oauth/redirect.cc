#include <fmt/format.h>

#include <utility>

#include "net/url.h"
#include "oauth/aadsts.h"
#include "oauth/authorization.h"
#include "oauth/error_name.h"

namespace kamili::oauth {
namespace {

// A browser's address is a few hundred characters; codes may have some thousand.
constexpr std::size_t kAddressBytesMax = 16 * 1024;

Error NotAnAddress(std::string why) {
    return {.kind = ErrorKind::kInvalidArgument,
            .message = "this is not the address of a finished sign-in: " + std::move(why),
            .hint = "paste the whole address that the browser shows at the end, from http:// on"};
}

std::string_view Trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n";
    const auto first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string ValueOf(const RedirectParameters& parameters, const std::string& name) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string() : found->second;
}

// `because` comes from a number that Microsoft puts into its texts; Google sends none.
Error Refusal(const std::string& error, const std::string& description) {
    const auto code = FindAadsts(description);
    const auto because = code ? AadstsWords(*code) : std::string_view();
    const std::string tail = because.empty() ? std::string() : fmt::format(": {}", because);
    const std::string name = PlainErrorName(error);
    if (error == "admin_policy_enforced" || (code && NeedsAdmin(*code)))
        return {.kind = ErrorKind::kAdminApprovalRequired,
                .message = "the organisation does not let its members approve this application",
                .hint = "ask an administrator to approve the client id"};
    if (error == "access_denied")
        return {.kind = ErrorKind::kAccessDenied, .message = "the sign-in was declined" + tail};
    if (error == "server_error" || error == "temporarily_unavailable")
        return {.kind = ErrorKind::kServerFault,
                .message = fmt::format("the provider could not sign in now ({})", name),
                .hint = "try again in a few minutes"};
    return {.kind = ErrorKind::kRejected,
            .message = fmt::format("the provider refused the sign-in ({}){}", name, tail),
            .hint = "check the client id in the configuration"};
}

}  // namespace

Result<RedirectParameters> ParseRedirectAddress(std::string_view address) {
    address = Trimmed(address);
    if (address.size() > kAddressBytesMax) return NotAnAddress("it is too long");
    const auto url = net::ParseUrl(address);
    if (!url) return NotAnAddress("it is no web address");
    if (url->scheme != "http" || !(url->IsLoopback() || url->host == "localhost"))
        return NotAnAddress("it does not lead to this computer");
    const auto pairs = net::ParseQuery(url->query);
    if (!pairs) return NotAnAddress("a part of it is damaged");
    RedirectParameters parameters;
    for (const auto& [name, value] : *pairs)
        if (!parameters.emplace(name, value).second)
            return NotAnAddress("a part of it is there twice");
    if (!parameters.contains("state") ||
        !(parameters.contains("code") || parameters.contains("error")))
        return NotAnAddress("the answer of the provider is missing");
    return parameters;
}

Result<Secret> CodeFromRedirect(const RedirectParameters& parameters, const std::string& state) {
    // Secrets compare in constant time, so that a wrong state cannot be guessed letter by letter.
    if (state.empty() || !(Secret(std::string_view(ValueOf(parameters, "state"))) ==
                           Secret(std::string_view(state))))
        return Error{.kind = ErrorKind::kStateMismatch,
                     .message = "this redirect does not belong to this sign-in",
                     .hint = "finish the newest sign-in page, or begin again"};
    const std::string error = ValueOf(parameters, "error");
    if (!error.empty()) return Refusal(error, ValueOf(parameters, "error_description"));
    const std::string code = ValueOf(parameters, "code");
    if (code.empty())
        return Error{.kind = ErrorKind::kBadReply,
                     .message = "the redirect holds neither a code nor a refusal",
                     .hint = "begin the sign-in again"};
    return Secret(std::string_view(code));
}

}  // namespace kamili::oauth
