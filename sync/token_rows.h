#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "model/account.h"
#include "storage/store.h"
#include "sync/access_token.h"

namespace kamili::sync {

// What the store holds for asking a token endpoint.
struct StoredTokens {
    model::Account account;
    Secret refresh;   // empty if there is none
    Secret previous;  // the one before, until `refresh` has worked
    std::optional<AccessToken> access;
};
// kNotFound for an account that is gone.
Result<StoredTokens> LoadTokens(const storage::ReadView& view, model::AccountId id);

// What a refresh brought.
struct FreshTokens {
    Secret used;     // the refresh token that was sent
    Secret refresh;  // the rotated one; empty if the provider keeps the old
    AccessToken access;
    bool scopes_stated = false;
    std::vector<std::string> scopes;
    std::string lacking;  // in words, if a needed right is gone: the access token is not kept

    FreshTokens Copy() const;
};
// Stores them, and the account's state, in one go; gives whether a previous refresh token is kept.
// kConflict if the stored refresh token is not the one that was used: somebody signed in meanwhile,
// and these tokens belong to the sign-in before.
Result<bool> SaveTokens(storage::Txn& txn, model::AccountId id, const FreshTokens& fresh);

// The token endpoint refused `refresh` (empty: there is none): the account must be signed in again.
// kConflict as above.
Status MarkRefused(storage::Txn& txn, model::AccountId id, const Secret& refresh,
                   const std::string& reason);

}  // namespace kamili::sync
