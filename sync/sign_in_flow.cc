#include "sync/sign_in_flow.h"

#include <utility>

#include "oauth/id_token.h"
#include "oauth/scopes.h"

namespace kamili::sync {
namespace {

Error Cancelled() {
    return {.kind = ErrorKind::kCancelled, .message = "the sign-in was cancelled"};
}

// At this point a refused grant is a refused code, not a sign-in that was good before. Microsoft
// says why, Google's likely causes are those of old sign-ins.
Error OfExchange(model::Provider provider, Error error) {
    if (error.kind != ErrorKind::kAuthRevoked) return error;
    const bool google = provider == model::Provider::kGoogle;
    return {.kind = ErrorKind::kRejected,
            .message = google ? "Google did not accept the sign-in code"
                              : "the sign-in code was not accepted; " + error.message,
            .hint = "begin again; a code works once and for a few minutes"};
}

Error Missing(model::Provider provider, const std::vector<std::string>& missing) {
    return {.kind = ErrorKind::kInsufficientScope,
            .message = "not all rights that this access level needs were granted; missing: " +
                       oauth::ScopesInWords(missing),
            .hint = provider == model::Provider::kGoogle
                        ? "sign in again and tick every box on Google's page"
                        : "sign in again and accept the permissions, or ask an administrator"};
}

Error Surplus(const std::vector<std::string>& surplus) {
    return {.kind = ErrorKind::kRejected,
            .message =
                "Google granted more than was asked for and Kamili takes no more than it "
                "needs; too much: " +
                oauth::ScopesInWords(surplus),
            .hint =
                "remove this application under \"third-party apps and services\" of the Google "
                "account (" +
                oauth::RevokePage(model::Provider::kGoogle, "") + "), then sign in again"};
}

}  // namespace

void SignInFlow::Exchange(const Secret& code, Done done) {
    done_ = std::move(done);
    sent_ = context_.clock.Now();
    exchange_ = context_.transport.Send(
        oauth::CodeExchangeRequest(request_.provider, context_.settings, request_.authority, code,
                                   verifier_, request_.redirect_uri, scopes_),
        [weak = weak_from_this()](Result<net::Response> response) {
            if (const auto self = weak.lock()) self->OnTokens(std::move(response));
        });
    verifier_.Wipe();
}

void SignInFlow::AskDeviceCode(Asked asked) {
    exchange_ = context_.transport.Send(
        oauth::DeviceCodeRequest(context_.settings.microsoft, request_.authority, scopes_),
        [weak = weak_from_this(),
         asked = std::move(asked)](Result<net::Response> response) mutable {
            if (const auto self = weak.lock()) self->OnDeviceCode(std::move(response), asked);
        });
}

void SignInFlow::OnDeviceCode(Result<net::Response> response, Asked& asked) {
    if (!response) return asked(std::move(response).error());
    auto code =
        oauth::ParseDeviceCode(*response, context_.settings.microsoft, context_.clock.UtcNow());
    if (code)
        poller_ = std::make_shared<DevicePoller>(context_, request_.authority,
                                                 std::move(code->device_code), code->interval);
    asked(std::move(code));
}

void SignInFlow::AwaitUser(Done done) {
    done_ = std::move(done);
    poller_->Start([weak = weak_from_this()](Result<net::Response> response, Instant sent) {
        const auto self = weak.lock();
        if (!self) return;
        self->sent_ = sent;
        self->OnTokens(std::move(response));
    });
}

void SignInFlow::Cancel(Error why) {
    if (!done_) return;
    if (storing_) {
        cancelled_->store(true);
        return;
    }
    exchange_.Cancel();
    if (poller_) poller_->Stop();
    context_.loop.Post([done = std::exchange(done_, Done()), why = std::move(why)]() mutable {
        done(std::move(why));
    });
}

void SignInFlow::Stop() {
    exchange_.Cancel();
    if (poller_) poller_->Stop();
    cancelled_->store(true);
    const auto dropped = std::exchange(done_, Done());
}

void SignInFlow::OnTokens(Result<net::Response> response) {
    if (!response) return End(std::move(response).error());
    const auto now = context_.clock.UtcNow();
    auto reply = ParseTokens(*response);
    if (!reply) return End(OfExchange(request_.provider, std::move(reply).error()));
    if (auto good = CheckScopes(*reply); !good) return End(std::move(good).error());
    if (reply->refresh_token.empty())
        return End(Error{.kind = ErrorKind::kNoRefreshToken,
                         .message = "the provider gave no refresh token, so this sign-in would end "
                                    "within the hour",
                         .hint = "remove the application's access at the provider and sign in "
                                 "again"});
    if (auto good = ReadPerson(*reply); !good) return End(std::move(good).error());
    const auto asked =
        now - std::chrono::ceil<std::chrono::milliseconds>(context_.clock.Now() - sent_);
    signed_in_.refresh = std::move(reply->refresh_token);
    signed_in_.access = {.token = std::move(reply->access_token),
                         .obtained = asked,
                         .expires = asked + reply->expires_in};
    signed_in_.account.scopes_granted = std::move(reply->scopes);
    AskIdentity();
}

Result<oauth::TokenReply> SignInFlow::ParseTokens(const net::Response& response) const {
    const auto now = context_.clock.UtcNow();
    return poller_ ? oauth::ParseDeviceTokens(response, now)
                   : oauth::ParseTokenReply(request_.provider, response, now);
}

Status SignInFlow::CheckScopes(const oauth::TokenReply& reply) const {
    if (!reply.scopes_stated)
        return Error{.kind = ErrorKind::kBadReply,
                     .message = "the provider did not say which rights it granted"};
    const auto check = oauth::CompareScopes(request_.provider, scopes_, reply.scopes);
    if (!check.missing.empty()) return Missing(request_.provider, check.missing);
    if (check.surplus.empty()) return {};
    if (request_.provider == model::Provider::kGoogle) return Surplus(check.surplus);
    // Microsoft adds what was consented to before, by design.
    context_.log.Warn("more rights granted than asked for", {{"count", check.surplus.size()}});
    return {};
}

Status SignInFlow::ReadPerson(const oauth::TokenReply& reply) {
    if (request_.provider == model::Provider::kGoogle) return {};
    auto person =
        oauth::ReadIdToken(reply.id_token, context_.settings.microsoft, context_.clock.UtcNow());
    if (!person) return std::move(person).error();
    signed_in_.account.remote_id = person->subject;
    signed_in_.account.authority = oauth::PinnedAuthority(person->tenant);
    return {};
}

void SignInFlow::AskIdentity() {
    auto request = providers_.Of(request_.provider).FetchIdentity();
    request.bearer = signed_in_.access.token.Copy();
    exchange_ = context_.transport.Send(std::move(request),
                                        [weak = weak_from_this()](Result<net::Response> response) {
                                            if (const auto self = weak.lock())
                                                self->OnIdentity(std::move(response));
                                        });
}

void SignInFlow::OnIdentity(Result<net::Response> response) {
    if (!response) return End(std::move(response).error());
    auto identity =
        providers_.Of(request_.provider).ParseIdentity(*response, context_.clock.UtcNow());
    if (!identity) return End(std::move(identity).error());
    auto& account = signed_in_.account;
    if (!identity->remote_id.empty()) account.remote_id = std::move(identity->remote_id);
    if (account.remote_id.empty())
        return End(Error{.kind = ErrorKind::kBadReply,
                         .message = "the provider did not say whose account this is"});
    account.address = std::move(identity->address);
    Store();
}

void SignInFlow::Store() {
    storing_ = true;
    auto& account = signed_in_.account;
    account.provider = request_.provider;
    account.access = request_.access;
    account.label = request_.label;
    account.scopes_requested = scopes_;
    signed_in_.again = request_.again;
    context_.store.WriteFor<model::Account>(
        [signed_in = std::move(signed_in_), cancelled = cancelled_,
         now = context_.clock.UtcNow()](storage::Txn& txn) -> Result<model::Account> {
            if (cancelled->load()) return Cancelled();
            return StoreSignIn(txn, signed_in, now);
        },
        [weak = weak_from_this()](Result<model::Account> stored) {
            if (const auto self = weak.lock()) self->End(std::move(stored));
        });
}

void SignInFlow::End(Result<model::Account> result) {
    if (!done_) return;
    if (result)
        context_.log.Info("signed in", {{"account", result->id.Text()}});
    else
        context_.log.Warn("sign-in failed", {{"kind", Text(result.error().kind)}});
    auto done = std::exchange(done_, Done());
    done(std::move(result));
}

}  // namespace kamili::sync
