#include "oauth/refusal.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include "net/retry_after.h"
#include "oauth/aadsts.h"
#include "oauth/error_name.h"

namespace kamili::oauth {
namespace {

using model::Provider;
using nlohmann::json;

constexpr std::chrono::minutes kLoopPause{5};
// The user has to be asked again; nothing else helps.
constexpr std::array<std::string_view, 5> kSignInAgain = {
    "invalid_grant", "interaction_required", "consent_required", "login_required", "invalid_rapt"};
constexpr std::array<std::string_view, 2> kPassing = {"temporarily_unavailable", "server_error"};

// Google does not say which cause applies and there is no way to ask.
constexpr char kGoogleCauses[] =
    "Google no longer accepts this sign-in. Likely causes: the access was removed in the Google "
    "account; it was not used for six months; more than 100 sign-ins with this client id; or the "
    "client's consent screen is in \"Testing\", where a sign-in lasts seven days";
constexpr char kGooglePolicy[] =
    "Google no longer accepts this sign-in: a policy of the organisation asks for a new one from "
    "time to time";

template <typename List>
bool Has(const List& list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

std::string TextIn(const json& body, const char* name) {
    const auto found = body.find(name);
    return found != body.end() && found->is_string() ? found->get<std::string>() : "";
}

Error SignInAgain(std::string message) {
    return {.kind = ErrorKind::kAuthRevoked,
            .message = std::move(message),
            .hint = "sign in again: kamilictl account reauth"};
}

}  // namespace

std::int64_t AadstsIn(const json& body) {
    const auto codes = body.find("error_codes");
    if (codes != body.end() && codes->is_array() && !codes->empty() &&
        codes->front().is_number_integer())
        return codes->front().get<std::int64_t>();
    return FindAadsts(TextIn(body, "error_description")).value_or(0);
}

namespace {

Error GoogleRefusal(const json& body, const std::string& error) {
    if (error == "admin_policy_enforced")
        return {.kind = ErrorKind::kAdminApprovalRequired,
                .message = "an administrator of the organisation blocks this application",
                .hint = "ask the administrator to allow the client id"};
    if (Has(kSignInAgain, error)) {
        const bool policy =
            error == "invalid_rapt" || TextIn(body, "error_subtype") == "invalid_rapt";
        return SignInAgain(policy ? kGooglePolicy : kGoogleCauses);
    }
    return {.kind = ErrorKind::kRejected,
            .message = fmt::format("Google refused the request ({}): the client id or its secret "
                                   "is missing or wrong",
                                   PlainErrorName(error)),
            .hint =
                "check client_id and client_secret_file under [google]; a Desktop app client "
                "needs its secret"};
}

Error MicrosoftRefusal(const json& body, const std::string& error) {
    const std::int64_t code = AadstsIn(body);
    std::string_view because = AadstsWords(code);
    if (because.empty()) because = SuberrorWords(TextIn(body, "suberror"));
    std::string tail = because.empty() ? std::string() : fmt::format(": {}", because);
    if (code > 0) tail += fmt::format(" (AADSTS{})", code);
    if (code == kLoopDetected)
        return {.kind = ErrorKind::kThrottled,
                .message = "Microsoft was asked for tokens too often",
                .retry_after = kLoopPause};
    if (NeedsAdmin(code))
        return {.kind = ErrorKind::kAdminApprovalRequired,
                .message = "the organisation does not let its members approve this application",
                .hint = "ask an administrator to approve it; docs/connect-microsoft.md says how"};
    if (Has(kSignInAgain, error))
        return SignInAgain("Microsoft no longer accepts this sign-in" + tail);
    return {
        .kind = ErrorKind::kRejected,
        .message = fmt::format("Microsoft refused the request ({}){}", PlainErrorName(error), tail),
        .hint = "check client_id and authority under [microsoft] and the app registration"};
}

}  // namespace

std::string_view NameOf(Provider provider) {
    return provider == Provider::kGoogle ? "Google" : "Microsoft";
}

Error RefusalFrom(Provider provider, const json& body) {
    const std::string error = TextIn(body, "error");
    if (Has(kPassing, error))
        return {.kind = ErrorKind::kServerFault,
                .message = fmt::format("{} cannot answer now ({})", NameOf(provider), error)};
    return provider == Provider::kGoogle ? GoogleRefusal(body, error)
                                         : MicrosoftRefusal(body, error);
}

std::optional<Error> PassingFault(Provider provider, const net::Response& response, UtcTime now) {
    Error error{
        .kind = ErrorKind::kServerFault,
        .message = fmt::format("{} answered with status {}", NameOf(provider), response.status),
        .retry_after = net::RetryAfter(response, now)};
    if (response.status == 429)
        error.kind = ErrorKind::kThrottled;
    else if (response.status == 408)
        error.kind = ErrorKind::kTimeout;
    else if (response.status < 500)
        return std::nullopt;
    return error;
}

}  // namespace kamili::oauth
