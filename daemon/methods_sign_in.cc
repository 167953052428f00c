#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "daemon/json.h"
#include "daemon/methods.h"
#include "daemon/parameters.h"

namespace kamili::daemon {
namespace {

using nlohmann::json;

constexpr int kSignInSeconds = 600;  // as sync/sign_in.h says

Error WrongWord(const char* name, const char* allowed) {
    return {.kind = ErrorKind::kInvalidArgument,
            .message = fmt::format("{} must be one of {}", name, allowed)};
}

// Who may sign in: the contract's --kind.
std::optional<std::string> AuthorityOf(const std::optional<std::string>& kind) {
    if (!kind) return "common";
    if (*kind == "work") return "organizations";
    if (*kind == "personal") return "consumers";
    return std::nullopt;
}

// A sign-in of an account that is there already keeps its provider and, unless told otherwise, its
// access level.
void TakeFromAccount(Engine& engine, sync::SignInRequest& request, bool access_given,
                     Parameters& parameters) {
    for (const auto& status : engine.driver().Accounts()) {
        const model::Account& account = status.account;
        if (account.id != *request.again) continue;
        if (!access_given) request.access = account.access;
        request.provider = account.provider;
        if (!account.authority.empty()) request.authority = account.authority;
        if (request.login_hint.empty()) request.login_hint = account.address;
        return;
    }
    parameters.Fail({.kind = ErrorKind::kNotFound,
                     .message = "there is no such account",
                     .hint = "kamilictl account list"});
}

sync::SignInRequest ReadRequest(Engine& engine, Parameters& parameters, bool device_code) {
    sync::SignInRequest request;
    const std::string provider = parameters.Text("provider");
    const auto access = parameters.OptionalText("access");
    const auto authority = AuthorityOf(parameters.OptionalText("kind"));
    // Nothing comes back to this computer when the code is entered on another one.
    if (!device_code) request.redirect_uri = parameters.Text("redirect_uri");
    request.label = parameters.OptionalText("label").value_or("");
    request.login_hint = parameters.OptionalText("login_hint").value_or("");
    request.again = parameters.OptionalAccount("account_id");
    if (!authority) parameters.Fail(WrongWord("kind", "work, personal"));
    request.authority = authority.value_or("");
    if (const auto known = model::ProviderFromText(provider))
        request.provider = *known;
    else if (!request.again)
        parameters.Fail(WrongWord("provider", "google, microsoft"));
    if (const auto known = model::AccessFromText(access.value_or("read")))
        request.access = *known;
    else
        parameters.Fail(WrongWord("access", "freebusy, read"));
    if (request.again) TakeFromAccount(engine, request, access.has_value(), parameters);
    return request;
}

void BeginDevice(Engine& engine, const sync::SignInRequest& request, const CallPointer& call) {
    engine.sign_ins().BeginDevice(request, [&engine, call](Result<sync::DeviceBegun> begun) {
        if (!begun) return call->Fail(begun.error());
        // Whoever asked has gone and nobody else knows the sign-in.
        if (call->closed()) return engine.sign_ins().Cancel(begun->sign_in_id);
        call->Reply({{"sign_in_id", begun->sign_in_id},
                     {"url", begun->verification_uri},
                     {"state", ""},
                     {"expires_in_s", begun->expires_in.count()},
                     {"user_code", begun->user_code},
                     {"verification_uri", begun->verification_uri}});
    });
}

void Begin(Engine& engine, const CallPointer& call) {
    Parameters parameters(*call);
    const bool device_code = parameters.OptionalFlag("device_code").value_or(false);
    const auto request = ReadRequest(engine, parameters, device_code);
    if (parameters.Refuse()) return;
    if (device_code) return BeginDevice(engine, request, call);
    const auto begun = engine.sign_ins().Begin(request);
    if (!begun) return call->Fail(begun.error());
    call->Reply({{"sign_in_id", begun->sign_in_id},
                 {"url", begun->url},
                 {"state", begun->state},
                 {"expires_in_s", kSignInSeconds}});
}

std::optional<oauth::RedirectParameters> RedirectOf(const json& parameters) {
    const auto found = parameters.find("parameters");
    if (found == parameters.end() || !found->is_object()) return std::nullopt;
    oauth::RedirectParameters redirect;
    for (const auto& [name, value] : found->items()) {
        if (!value.is_string()) return std::nullopt;
        redirect.emplace(name, value.get<std::string>());
    }
    return redirect;
}

json AccountJson(Engine& engine, const model::Account& account) {
    return ToJson(sync::AccountStatus{.account = account,
                                      .state = account.state,
                                      .reason = account.reason,
                                      .last_used = engine.tokens().LastUsed(account.id)});
}

// What a sign-in ends with. Answered once the driver knows the account, so that a sync that follows
// includes it.
sync::SignInService::Done AnswerWithAccount(Engine& engine, const CallPointer& call) {
    return [&engine, call](Result<model::Account> account) {
        if (!account) return call->Fail(account.error());
        engine.tokens().Forget(account->id);
        // The sign-in asked with the new token who it is.
        engine.tokens().Worked(account->id);
        engine.driver().Reload(account->id, [&engine, call, account = *account] {
            call->Reply({{"account", AccountJson(engine, account)}});
        });
    };
}

void Complete(Engine& engine, const CallPointer& call) {
    Parameters parameters(*call);
    const std::string sign_in = parameters.Text("sign_in_id");
    auto redirect = RedirectOf(call->parameters());
    if (!redirect) return call->FailParameter("parameters");
    if (parameters.Refuse()) return;
    // A client that goes away while the code is exchanged must not leave half an account: the
    // exchange ends with it.
    call->WhenClosed([&engine, sign_in] { engine.sign_ins().Cancel(sign_in); });
    engine.sign_ins().Complete(sign_in, std::move(*redirect), AnswerWithAccount(engine, call));
}

void Await(Engine& engine, const CallPointer& call) {
    Parameters parameters(*call);
    const std::string sign_in = parameters.Text("sign_in_id");
    const auto timeout = parameters.OptionalNumber("timeout_s");
    if (parameters.Refuse()) return;
    std::optional<std::chrono::seconds> at_most;
    if (timeout) at_most = std::chrono::seconds(std::min<std::int64_t>(*timeout, 3600));
    // As in CompleteSignIn: it ends with whoever waits for it.
    call->WhenClosed([&engine, sign_in] { engine.sign_ins().Cancel(sign_in); });
    engine.sign_ins().Await(sign_in, at_most, AnswerWithAccount(engine, call));
}

void Cancel(Engine& engine, const CallPointer& call) {
    Parameters parameters(*call);
    const std::string sign_in = parameters.Text("sign_in_id");
    if (parameters.Refuse()) return;
    engine.sign_ins().Cancel(sign_in);
    call->Reply(json::object());
}

}  // namespace

void AddSignInMethods(MethodTable& table) {
    table.AddWithEngine("BeginSignIn", Begin);
    table.AddWithEngine("CompleteSignIn", Complete);
    table.AddWithEngine("AwaitSignIn", Await);
    table.AddWithEngine("CancelSignIn", Cancel);
}

}  // namespace kamili::daemon
