#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/loop.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "model/ids.h"
#include "net/transport.h"
#include "oauth/settings.h"
#include "oauth/token_reply.h"
#include "storage/store.h"

namespace kamili::sync {

// Access tokens for whoever calls a provider. One refresh at a time for each account, ahead of
// expiry by the boot clock; a rotated refresh token is durable before its access token is handed
// out, the previous one is kept until the new one has worked; no token is dropped because of a
// network error. Loop thread only.
class TokenService {
  public:
    using Done = UniqueFunction<void(Result<Secret>)>;

    TokenService(Loop& loop, const Clock& clock, net::Transport& transport, storage::Store& store,
                 const oauth::ProviderSettings& settings, Log& log);
    ~TokenService();

    // A token that is good for at least a minute; asked for anew if the one at hand is not.
    // Errors: kAuthRevoked when the user must sign in again (the account's row says so too),
    // kInsufficientScope when a needed right is no longer granted, and what the network brings.
    // `done` runs later, never inside Get, and never after Forget of that account or the end of
    // this service.
    void Get(model::AccountId account, Done done);
    // The API refused this token (401): the next Get asks for a new one. A token that has been
    // replaced meanwhile is ignored. `claims`: what a challenge of Microsoft wants to be sent along
    // (sync/claims_challenge.h), or "".
    void Reject(model::AccountId account, const Secret& token, const std::string& claims = {});
    // A request with this account's token was answered: the previous refresh token may go.
    void Worked(model::AccountId account);
    // When Worked was last called for it, in this run; nothing before.
    std::optional<UtcTime> LastUsed(model::AccountId account) const;
    // Forgets what is in memory: the account was removed or signed in anew.
    void Forget(model::AccountId account);

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace kamili::sync
