#include "sync/account_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "oauth/scopes.h"
#include "storage/accounts.h"

namespace kamili::sync {
namespace {

using std::chrono::nanoseconds;

nanoseconds Ahead(nanoseconds life) {
    return std::clamp<nanoseconds>(life / 4, kTokenLifeLeftMin, kRefreshAheadMax);
}

bool IsRefusal(ErrorKind kind) {
    return kind == ErrorKind::kAuthRevoked || kind == ErrorKind::kAdminApprovalRequired;
}

std::string Lacking(const std::vector<std::string>& missing) {
    return fmt::format("the provider no longer grants {}", fmt::join(missing, ", "));
}

const std::string& ClientId(model::Provider provider, const oauth::ProviderSettings& settings) {
    return provider == model::Provider::kGoogle ? settings.google.client_id
                                                : settings.microsoft.client_id;
}

}  // namespace

void AccountTokens::Get(Done done) {
    waiters_.push_back(std::move(done));
    if (std::exchange(busy_, true)) return;
    context_.loop.Post([weak = weak_from_this()] {
        if (const auto self = weak.lock(); self && !self->stopped_) self->Step();
    });
}

void AccountTokens::Reject(const Secret& token, const std::string& claims) {
    if (access_.empty() || !(access_ == token)) return;
    access_.Wipe();
    claims_ = claims;
    try_stored_access_ = false;
}

void AccountTokens::Worked() {
    if (busy_ || !std::exchange(previous_kept_, false)) return;
    context_.store.Write(
        [id = id_](storage::Txn& txn) {
            return storage::RemoveSecret(txn, id, storage::SecretPurpose::kPreviousRefreshToken);
        },
        [weak = weak_from_this()](Status done) {
            if (const auto self = weak.lock(); self && !done) self->previous_kept_ = true;
        });
}

void AccountTokens::Stop() {
    stopped_ = true;
    exchange_.Cancel();
    const auto dropped = std::exchange(waiters_, {});
}

void AccountTokens::Step() {
    if (unsaved_) return Save();
    if (IsFresh()) return Succeed();
    Load();
}

void AccountTokens::Load() {
    context_.store.ReadFor<StoredTokens>(
        [id = id_](const storage::ReadView& view) { return LoadTokens(view, id); },
        [weak = weak_from_this()](Result<StoredTokens> stored) {
            const auto self = weak.lock();
            if (!self || self->stopped_) return;
            if (!stored) return self->FailForNow(std::move(stored).error());
            self->OnLoaded(std::move(*stored));
        });
}

void AccountTokens::OnLoaded(StoredTokens stored) {
    previous_kept_ = !stored.previous.empty();
    if (std::exchange(try_stored_access_, false) && stored.access) {
        const auto left = stored.access->LifeLeft(context_.clock.UtcNow());
        Adopt(std::move(*stored.access), context_.clock.Now() + left);
        if (IsFresh()) return Succeed();
    }
    const auto provider = stored.account.provider;
    stored_ = std::move(stored);
    trying_previous_ = false;
    if (ClientId(provider, context_.settings).empty())
        return FailForNow(
            {.kind = ErrorKind::kBadConfiguration,
             .message = fmt::format("no client_id is configured for {}", model::Text(provider))});
    if (stored_->refresh.empty())
        return OnRefused({.kind = ErrorKind::kAuthRevoked, .message = "no sign-in is stored"});
    Refresh(stored_->refresh);
}

void AccountTokens::Refresh(const Secret& refresh_token) {
    const model::Account& account = stored_->account;
    auto request = oauth::RefreshRequest(account.provider, context_.settings, account.authority,
                                         refresh_token, account.scopes_requested, claims_);
    exchange_ = context_.transport.Send(
        std::move(request),
        [weak = weak_from_this(), sent = context_.clock.Now()](Result<net::Response> response) {
            if (const auto self = weak.lock(); self && !self->stopped_)
                self->OnReply(std::move(response), sent);
        });
}

void AccountTokens::OnReply(Result<net::Response> response, Instant sent) {
    if (!response) return FailForNow(std::move(response).error());
    auto reply =
        oauth::ParseTokenReply(stored_->account.provider, *response, context_.clock.UtcNow());
    if (reply) return OnFresh(std::move(*reply), sent);
    if (!IsRefusal(reply.error().kind)) return FailForNow(std::move(reply).error());
    // A provider that rotates may have lost the reply with the newest token, or we did.
    if (!trying_previous_ && !stored_->previous.empty()) {
        trying_previous_ = true;
        context_.log.Warn("rotated refresh token refused, trying the one before",
                          {{"account", id_.Text()}});
        return Refresh(stored_->previous);
    }
    OnRefused(std::move(reply).error());
}

void AccountTokens::OnRefused(Error error) {
    access_.Wipe();
    error.kind = ErrorKind::kAuthRevoked;
    error.hint = "kamilictl account reauth " + id_.Text();
    context_.log.Warn("the account must be signed in again", {{"account", id_.Text()}});
    context_.store.Write([id = id_, refresh = stored_->refresh.Copy(), reason = error.message](
                             storage::Txn& txn) { return MarkRefused(txn, id, refresh, reason); },
                         [weak = weak_from_this(), error](Status done) {
                             const auto self = weak.lock();
                             if (!self || self->stopped_) return;
                             if (!done && done.error().kind == ErrorKind::kConflict)
                                 return self->Load();
                             self->Fail(error);
                         });
}

void AccountTokens::OnFresh(oauth::TokenReply reply, Instant sent) {
    const auto& account = stored_->account;
    // The lifetime counts from when the server made the token: not later than we asked.
    const auto now = context_.clock.UtcNow();
    const auto asked =
        now - std::chrono::ceil<std::chrono::milliseconds>(context_.clock.Now() - sent);
    claims_.clear();
    FreshTokens fresh;
    fresh.used = trying_previous_ ? stored_->previous.Copy() : stored_->refresh.Copy();
    fresh.refresh = std::move(reply.refresh_token);
    fresh.access = {.token = std::move(reply.access_token),
                    .obtained = asked,
                    .expires = asked + reply.expires_in};
    fresh.scopes_stated = reply.scopes_stated;
    fresh.scopes = reply.scopes;
    if (reply.scopes_stated) {
        const auto check =
            oauth::CompareScopes(account.provider, account.scopes_requested, reply.scopes);
        if (!check.missing.empty()) fresh.lacking = Lacking(check.missing);
    }
    unsaved_ = Unsaved{.tokens = std::move(fresh), .good_until = sent + reply.expires_in};
    Save();
}

void AccountTokens::Save() {
    context_.store.WriteFor<bool>([id = id_, tokens = unsaved_->tokens.Copy()](
                                      storage::Txn& txn) { return SaveTokens(txn, id, tokens); },
                                  [weak = weak_from_this()](Result<bool> previous_kept) {
                                      if (const auto self = weak.lock(); self && !self->stopped_)
                                          self->OnSaved(std::move(previous_kept));
                                  });
}

void AccountTokens::OnSaved(Result<bool> previous_kept) {
    if (!previous_kept && previous_kept.error().kind == ErrorKind::kConflict) {
        unsaved_.reset();
        return Load();
    }
    if (!previous_kept) return FailForNow(std::move(previous_kept).error());
    Unsaved saved = std::move(*unsaved_);
    unsaved_.reset();
    previous_kept_ = *previous_kept;
    if (!saved.tokens.lacking.empty()) {
        access_.Wipe();
        return Fail({.kind = ErrorKind::kInsufficientScope,
                     .message = saved.tokens.lacking,
                     .hint = "kamilictl account reauth " + id_.Text()});
    }
    Adopt(std::move(saved.tokens.access), saved.good_until);
    // Even one that never was good for long; only one that waited for the store may have expired.
    if (!IsGoodFor(nanoseconds(1))) return Load();
    context_.log.Debug("token refreshed", {{"account", id_.Text()}});
    Succeed();
}

bool AccountTokens::IsFresh() const {
    return !access_.empty() && context_.clock.Now() < refresh_at_;
}

bool AccountTokens::IsGoodFor(nanoseconds span) const {
    return !access_.empty() && context_.clock.Now() + span <= good_until_;
}

void AccountTokens::Adopt(AccessToken token, Instant good_until) {
    const auto life = token.life();
    access_ = std::move(token.token);
    good_until_ = good_until;
    refresh_at_ = good_until - Ahead(life);
    try_stored_access_ = false;
}

void AccountTokens::Succeed() {
    const auto self = shared_from_this();
    const Secret token = access_.Copy();
    for (auto& done : EndRound())
        if (!stopped_) done(token.Copy());
}

void AccountTokens::FailForNow(const Error& error) {
    const bool gone = error.kind == ErrorKind::kNotFound;
    if (gone) unsaved_.reset();
    if (gone || !IsGoodFor(kTokenLifeLeftMin)) return Fail(error);
    context_.log.Info("token not refreshed yet",
                      {{"account", id_.Text()}, {"kind", Text(error.kind)}});
    // Not at each Get: the endpoint has trouble enough.
    refresh_at_ =
        std::min(good_until_ - kTokenLifeLeftMin, context_.clock.Now() + kTokenLifeLeftMin);
    Succeed();
}

void AccountTokens::Fail(const Error& error) {
    const auto self = shared_from_this();
    for (auto& done : EndRound())
        if (!stopped_) done(error);
}

std::vector<AccountTokens::Done> AccountTokens::EndRound() {
    busy_ = false;
    stored_.reset();
    exchange_ = Subscription();
    return std::exchange(waiters_, {});
}

}  // namespace kamili::sync
