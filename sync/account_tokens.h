#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/subscription.h"
#include "base/time.h"
#include "model/ids.h"
#include "oauth/token_reply.h"
#include "sync/auth_context.h"
#include "sync/token_rows.h"

namespace kamili::sync {

// A token is never handed out with less than this left, unless it was never good for longer.
inline constexpr std::chrono::seconds kTokenLifeLeftMin{60};
// It is asked for anew when a quarter of its life is left, at most this much.
inline constexpr std::chrono::minutes kRefreshAheadMax{5};

// The tokens of one account: a step machine of load, refresh and save, one of them at a time. Held
// by TokenService; loop thread only.
class AccountTokens : public std::enable_shared_from_this<AccountTokens> {
  public:
    using Done = UniqueFunction<void(Result<Secret>)>;

    AccountTokens(const AuthContext& context, model::AccountId id) : context_(context), id_(id) {}

    void Get(Done done);
    void Reject(const Secret& token, const std::string& claims);
    void Worked();
    // Nothing is called any more.
    void Stop();

  private:
    void Step();
    void Load();
    void OnLoaded(StoredTokens stored);
    void Refresh(const Secret& refresh_token);
    void OnReply(Result<net::Response> response, Instant sent);
    void OnRefused(Error error);
    void OnFresh(oauth::TokenReply reply, Instant sent);
    void Save();
    void OnSaved(Result<bool> previous_kept);

    bool IsFresh() const;
    bool IsGoodFor(std::chrono::nanoseconds span) const;
    void Adopt(AccessToken token, Instant good_until);
    // Ends the round for everyone who waits.
    void Succeed();
    // A fault that passes leaves a token that is good for a while in use.
    void FailForNow(const Error& error);
    void Fail(const Error& error);
    std::vector<Done> EndRound();

    AuthContext context_;
    model::AccountId id_;
    bool stopped_ = false;

    // The token in use, by the boot clock.
    Secret access_;
    Instant good_until_{};
    Instant refresh_at_{};
    bool try_stored_access_ = true;  // until it was loaded once or refused
    bool previous_kept_ = false;
    std::string claims_;  // that the next token must be asked for with; no secret

    // The round under way.
    bool busy_ = false;
    std::vector<Done> waiters_;
    std::optional<StoredTokens> stored_;
    bool trying_previous_ = false;
    Subscription exchange_;
    // What a refresh brought and the store has not taken yet. Kept when the store fails, because
    // the refresh token that it replaces may be used up.
    struct Unsaved {
        FreshTokens tokens;
        Instant good_until{};
    };
    std::optional<Unsaved> unsaved_;
};

}  // namespace kamili::sync
