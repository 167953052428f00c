#pragma once

#include <optional>

#include "base/result.h"
#include "base/secret.h"
#include "model/account.h"
#include "storage/store.h"
#include "sync/access_token.h"

namespace kamili::sync {

// What a sign-in ends with.
struct SignedIn {
    model::Account account;  // id, paused, created and list_cursor are not looked at
    Secret refresh;
    AccessToken access;
    std::optional<model::AccountId> again;  // the account that was to be signed in again
};

// Stores account and tokens, gives the row. A person who is there already keeps id, paused flag
// and, unless a new one is given, label; an account whose access level changes is fetched from the
// beginning, since what is stored was filtered for the old one. kNotFound if the account to sign in
// again is gone, kConflict if it is another person's.
Result<model::Account> StoreSignIn(storage::Txn& txn, const SignedIn& signed_in, UtcTime now);

}  // namespace kamili::sync
