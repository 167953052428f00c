#include "ctl/sign_in.h"

#include <nlohmann/json.hpp>

#include "base/secret.h"
#include "ctl/display_text.h"
#include "ctl/fields.h"

namespace kamili::ctl {
namespace {

using nlohmann::json;
using oauth::RedirectParameters;

// The code of a redirect is worth a sign-in until it is used; it does not stay in memory.
void Forget(RedirectParameters& parameters) {
    for (auto& [name, value] : parameters) WipeMemory(value.data(), value.size());
    parameters.clear();
}

// Whole minutes as such, anything else in seconds.
std::string Words(std::chrono::milliseconds span) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(span).count();
    if (seconds >= 120 && seconds % 60 == 0) return std::to_string(seconds / 60) + " minutes";
    return std::to_string(seconds) + " seconds";
}

class SignInRun {
  public:
    SignInRun(Session& session, oauth::RedirectListener& listener, const SignInOptions& options)
        : session_(session), listener_(listener), options_(options) {}

    Result<json> Run(json request);

  private:
    Status Begin(json request);
    void TellAddress();
    Result<RedirectParameters> WaitForRedirect();
    std::optional<RedirectParameters> FromBrowser();
    std::optional<RedirectParameters> FromTyping();
    bool Belongs(const RedirectParameters& parameters) const;
    Result<json> Complete(RedirectParameters parameters);

    Session& session_;
    oauth::RedirectListener& listener_;
    const SignInOptions& options_;
    std::string redirect_uri_, sign_in_id_, url_, state_;
    std::chrono::milliseconds timeout_{0};
};

Status SignInRun::Begin(json request) {
    const bool google = TextField(request, "provider") == "google";
    redirect_uri_ =
        listener_.RedirectUri(google ? model::Provider::kGoogle : model::Provider::kMicrosoft);
    request["redirect_uri"] = redirect_uri_;
    const auto begun = session_.service.Invoke("BeginSignIn", request);
    if (!begun) return begun.error();
    sign_in_id_ = TextField(*begun, "sign_in_id");
    url_ = TextField(*begun, "url");
    state_ = TextField(*begun, "state");
    timeout_ = options_.timeout;
    if (const auto seconds = NumberField(*begun, "expires_in_s"); seconds > 0)
        timeout_ = std::min<std::chrono::milliseconds>(timeout_, std::chrono::seconds(seconds));
    return {};
}

void SignInRun::TellAddress() {
    if (session_.output.json())
        session_.output.Json(
            {{"event", "authorize"}, {"url", url_}, {"redirect_uri", redirect_uri_}});
    const bool opened = options_.browser && session_.console.OpenBrowser(url_);
    session_.output.Ask(opened
                            ? "The browser opens to sign in. If it does not, open this address:\n"
                            : "Open this address in a browser to sign in:\n");
    session_.output.Ask("\n  " + Clean(url_) + "\n\n");
    if (session_.console.interactive())
        session_.output.Ask(
            "If the browser is on another machine, it ends at an address that does "
            "not load: paste that address here.\n");
}

bool SignInRun::Belongs(const RedirectParameters& parameters) const {
    const auto state = parameters.find("state");
    return state != parameters.end() && Secret(state->second) == Secret(state_);
}

std::optional<RedirectParameters> SignInRun::FromBrowser() {
    auto parameters = listener_.Wait(options_.tick);
    if (!parameters) return std::nullopt;
    if (Belongs(*parameters)) return *std::move(parameters);
    // Noise, or somebody else's: it must not end a sign-in that may still succeed.
    Forget(*parameters);
    listener_.Finish(false, "This page belongs to another sign-in.");
    session_.output.Note("A redirect of another sign-in came in and was ignored.\n");
    return std::nullopt;
}

std::optional<RedirectParameters> SignInRun::FromTyping() {
    if (!session_.console.interactive()) return std::nullopt;
    auto line = session_.console.ReadLine(std::chrono::milliseconds(0));
    if (!line) return std::nullopt;
    const auto first = line->find_first_not_of(" \t");
    if (first == std::string::npos) return std::nullopt;
    auto parameters = oauth::ParseRedirectAddress(
        std::string_view(*line).substr(first, line->find_last_not_of(" \t") + 1 - first));
    WipeMemory(line->data(), line->size());
    if (parameters && Belongs(*parameters)) return *std::move(parameters);
    session_.output.Ask(parameters
                            ? "That address belongs to another sign-in.\n"
                            : "That is not the address the browser ended at; it begins with " +
                                  redirect_uri_ + "?\n");
    return std::nullopt;
}

Result<RedirectParameters> SignInRun::WaitForRedirect() {
    const Instant deadline = session_.clock.Now() + timeout_;
    while (session_.clock.Now() < deadline) {
        if (session_.console.Interrupted())
            return Error{.kind = ErrorKind::kCancelled, .message = "the sign-in was cancelled"};
        if (auto parameters = FromBrowser()) return *std::move(parameters);
        if (auto parameters = FromTyping()) return *std::move(parameters);
    }
    return Error{.kind = ErrorKind::kTimeout,
                 .message = "nobody signed in within " + Words(timeout_),
                 .hint = "run the command again when you are ready"};
}

Result<json> SignInRun::Complete(RedirectParameters parameters) {
    json request = {{"sign_in_id", sign_in_id_}, {"parameters", parameters}};
    Forget(parameters);
    auto reply = session_.service.Invoke("CompleteSignIn", request);
    for (json& value : request["parameters"]) {
        auto& text = value.get_ref<std::string&>();
        WipeMemory(text.data(), text.size());
    }
    if (!reply) {
        listener_.Finish(false, Clean(reply.error().message));
        return reply.error();
    }
    const json& account = ObjectField(*reply, "account");
    listener_.Finish(true, Clean(TextField(account, "address")) +
                               " is connected. Its calendars are on their way.");
    return account;
}

Result<json> SignInRun::Run(json request) {
    // From here on Ctrl-C must cancel the sign-in in the daemon too.
    static_cast<void>(session_.console.Interrupted());
    if (auto begun = Begin(std::move(request)); !begun) return begun.error();
    TellAddress();
    auto parameters = WaitForRedirect();
    if (!parameters) {
        // Best effort: the daemon forgets it by itself a little later.
        static_cast<void>(session_.service.Invoke("CancelSignIn", {{"sign_in_id", sign_in_id_}}));
        return parameters.error();
    }
    return Complete(*std::move(parameters));
}

}  // namespace

Result<json> SignIn(Session& session, oauth::RedirectListener& listener, json request,
                    const SignInOptions& options) {
    return SignInRun(session, listener, options).Run(std::move(request));
}

}  // namespace kamili::ctl
