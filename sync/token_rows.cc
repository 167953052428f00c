#include "sync/token_rows.h"

#include <utility>

#include "storage/accounts.h"
#include "storage/view.h"

namespace kamili::sync {
namespace {

using model::AccountId;
using storage::SecretPurpose;

// The secret of that purpose, empty if there is none.
Result<Secret> Find(const storage::ReadView& view, AccountId id, SecretPurpose purpose) {
    auto found = storage::FindSecret(view, id, purpose);
    if (!found) return std::move(found).error();
    if (!*found) return Secret();
    return std::move(**found);
}

Result<model::Account> FindRow(const storage::ReadView& view, AccountId id) {
    auto account = storage::FindAccount(view, id);
    if (!account) return std::move(account).error();
    if (!*account) return Error{.kind = ErrorKind::kNotFound, .message = "the account is gone"};
    return std::move(**account);
}

Error SignedInMeanwhile() {
    return {.kind = ErrorKind::kConflict, .message = "the account was signed in meanwhile"};
}

// Leaves kRefreshToken the newest that came and kPreviousRefreshToken the one that is known to
// work, if that is another; gives whether there is such a one.
Result<bool> SaveRefreshTokens(storage::Txn& txn, AccountId id, const FreshTokens& fresh) {
    const auto stored = Find(txn, id, SecretPurpose::kRefreshToken);
    if (!stored) return stored.error();
    const auto previous = Find(txn, id, SecretPurpose::kPreviousRefreshToken);
    if (!previous) return previous.error();
    if (!(*stored == fresh.used) && (previous->empty() || !(*previous == fresh.used)))
        return SignedInMeanwhile();
    const bool rotated = !fresh.refresh.empty() && !(fresh.refresh == fresh.used);
    const Secret& newest = rotated ? fresh.refresh : fresh.used;
    if (auto done = storage::PutSecret(txn, id, SecretPurpose::kRefreshToken, newest); !done)
        return std::move(done).error();
    auto done = rotated
                    ? storage::PutSecret(txn, id, SecretPurpose::kPreviousRefreshToken, fresh.used)
                    : storage::RemoveSecret(txn, id, SecretPurpose::kPreviousRefreshToken);
    if (!done) return std::move(done).error();
    return rotated;
}

Status SaveAccessToken(storage::Txn& txn, AccountId id, const FreshTokens& fresh) {
    if (!fresh.lacking.empty()) return storage::RemoveSecret(txn, id, SecretPurpose::kAccessToken);
    return storage::PutSecret(txn, id, SecretPurpose::kAccessToken, Pack(fresh.access));
}

// A refresh that worked ends what a refused one had set.
Status SaveState(storage::Txn& txn, model::Account account, const FreshTokens& fresh) {
    const model::Account before = account;
    if (fresh.scopes_stated) account.scopes_granted = fresh.scopes;
    if (!fresh.lacking.empty()) {
        account.state = model::State::kInsufficientScope;
        account.reason = fresh.lacking;
    } else if (account.state == model::State::kNeedsSignIn ||
               account.state == model::State::kInsufficientScope) {
        account.state = model::State::kOk;
        account.reason.clear();
    }
    if (account == before) return {};
    return storage::UpdateAccount(txn, account);
}

}  // namespace

FreshTokens FreshTokens::Copy() const {
    return {.used = used.Copy(),
            .refresh = refresh.Copy(),
            .access = access.Copy(),
            .scopes_stated = scopes_stated,
            .scopes = scopes,
            .lacking = lacking};
}

Result<StoredTokens> LoadTokens(const storage::ReadView& view, AccountId id) {
    auto account = FindRow(view, id);
    if (!account) return std::move(account).error();
    auto refresh = Find(view, id, SecretPurpose::kRefreshToken);
    if (!refresh) return std::move(refresh).error();
    auto previous = Find(view, id, SecretPurpose::kPreviousRefreshToken);
    if (!previous) return std::move(previous).error();
    auto access = Find(view, id, SecretPurpose::kAccessToken);
    if (!access) return std::move(access).error();
    return StoredTokens{.account = std::move(*account),
                        .refresh = std::move(*refresh),
                        .previous = std::move(*previous),
                        .access = UnpackAccessToken(*access)};
}

Result<bool> SaveTokens(storage::Txn& txn, AccountId id, const FreshTokens& fresh) {
    auto account = FindRow(txn, id);
    if (!account) return std::move(account).error();
    auto kept = SaveRefreshTokens(txn, id, fresh);
    if (!kept) return kept;
    if (auto done = SaveAccessToken(txn, id, fresh); !done) return std::move(done).error();
    if (auto done = SaveState(txn, std::move(*account), fresh); !done)
        return std::move(done).error();
    return kept;
}

Status MarkRefused(storage::Txn& txn, AccountId id, const Secret& refresh,
                   const std::string& reason) {
    auto account = FindRow(txn, id);
    if (!account) return std::move(account).error();
    const auto stored = Find(txn, id, SecretPurpose::kRefreshToken);
    if (!stored) return stored.error();
    if (!(*stored == refresh)) return SignedInMeanwhile();
    if (auto done = storage::RemoveSecret(txn, id, SecretPurpose::kAccessToken); !done) return done;
    account->state = model::State::kNeedsSignIn;
    account->reason = reason;
    return storage::UpdateAccount(txn, *account);
}

}  // namespace kamili::sync
