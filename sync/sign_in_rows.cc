#include "sync/sign_in_rows.h"

#include <utility>

#include "storage/accounts.h"
#include "storage/calendars.h"
#include "storage/view.h"

namespace kamili::sync {
namespace {

using model::Account;
using storage::SecretPurpose;

// Fails unless the person is the one whose account was to be signed in again.
Status CheckPerson(const storage::ReadView& view, const SignedIn& signed_in) {
    if (!signed_in.again) return {};
    const auto wanted = storage::FindAccount(view, *signed_in.again);
    if (!wanted) return wanted.error();
    if (!*wanted)
        return Error{.kind = ErrorKind::kNotFound,
                     .message = "the account was removed meanwhile",
                     .hint = "kamilictl account add"};
    if ((*wanted)->provider != signed_in.account.provider ||
        (*wanted)->remote_id != signed_in.account.remote_id)
        return Error{.kind = ErrorKind::kConflict,
                     .message = "another person signed in than the one of this account",
                     .hint =
                         "choose the right account in the browser, or use kamilictl account "
                         "add for the other one"};
    return {};
}

Status ForgetEvents(storage::Txn& txn, model::AccountId id, UtcTime now) {
    const auto calendars = storage::ListCalendarsOf(txn, id);
    if (!calendars) return calendars.error();
    for (const auto& calendar : *calendars)
        if (auto done = storage::ClearCalendar(txn, calendar.id, now); !done) return done;
    return {};
}

Result<Account> Update(storage::Txn& txn, Account known, const Account& fresh, UtcTime now) {
    if (known.access != fresh.access) {
        if (auto done = ForgetEvents(txn, known.id, now); !done) return std::move(done).error();
        known.list_cursor.clear();
    }
    known.access = fresh.access;
    known.address = fresh.address;
    known.authority = fresh.authority;
    known.scopes_requested = fresh.scopes_requested;
    known.scopes_granted = fresh.scopes_granted;
    known.state = model::State::kOk;
    known.reason.clear();
    if (!fresh.label.empty()) known.label = fresh.label;
    if (auto done = storage::UpdateAccount(txn, known); !done) return std::move(done).error();
    return known;
}

Result<Account> Insert(storage::Txn& txn, Account fresh, UtcTime now) {
    fresh.created = now;
    const auto id = storage::InsertAccount(txn, fresh);
    if (!id) return id.error();
    fresh.id = *id;
    return fresh;
}

Status PutTokens(storage::Txn& txn, model::AccountId id, const SignedIn& signed_in) {
    if (auto done = storage::PutSecret(txn, id, SecretPurpose::kRefreshToken, signed_in.refresh);
        !done)
        return done;
    if (auto done = storage::RemoveSecret(txn, id, SecretPurpose::kPreviousRefreshToken); !done)
        return done;
    return storage::PutSecret(txn, id, SecretPurpose::kAccessToken, Pack(signed_in.access));
}

}  // namespace

Result<Account> StoreSignIn(storage::Txn& txn, const SignedIn& signed_in, UtcTime now) {
    if (auto done = CheckPerson(txn, signed_in); !done) return std::move(done).error();
    auto known =
        storage::FindAccountOf(txn, signed_in.account.provider, signed_in.account.remote_id);
    if (!known) return std::move(known).error();
    auto account = *known ? Update(txn, std::move(**known), signed_in.account, now)
                          : Insert(txn, signed_in.account, now);
    if (!account) return account;
    if (auto done = PutTokens(txn, account->id, signed_in); !done) return std::move(done).error();
    return account;
}

}  // namespace kamili::sync
