#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "model/account.h"
#include "storage/store.h"

namespace kamili::storage {

Result<std::vector<model::Account>> ListAccounts(const ReadView& view);  // by id
Result<std::optional<model::Account>> FindAccount(const ReadView& view, model::AccountId id);
// The account of that person at that provider, if there is one already.
Result<std::optional<model::Account>> FindAccountOf(const ReadView& view, model::Provider provider,
                                                    const std::string& remote_id);
// `account.id` is ignored; gives the new one.
Result<model::AccountId> InsertAccount(Txn& txn, const model::Account& account);
// Every field but id, provider and created. kNotFound if it is gone.
Status UpdateAccount(Txn& txn, const model::Account& account);
// Its secrets, calendars and events too, with journal entries for the events. Exempt from the
// deletion guard: the user asked.
Status RemoveAccount(Txn& txn, model::AccountId id, UtcTime now);

// What the vault keeps for an account. Each is sealed on its own under a key that is not the
// store's, bound to account and purpose.
enum class SecretPurpose {
    kRefreshToken,
    kPreviousRefreshToken,  // kept until the rotated one has worked
    kAccessToken,           // with its expiry, so that a restart needs no refresh
};
Status PutSecret(Txn& txn, model::AccountId account, SecretPurpose purpose, const Secret& secret);
Status RemoveSecret(Txn& txn, model::AccountId account, SecretPurpose purpose);
Result<std::optional<Secret>> FindSecret(const ReadView& view, model::AccountId account,
                                         SecretPurpose purpose);

}  // namespace kamili::storage
