#include <fmt/format.h>

#include <vector>

#include "base/encoding.h"
#include "storage/accounts.h"
#include "storage/cipher.h"
#include "storage/view.h"

namespace kamili::storage {
namespace {

// A sealed secret opens only for the account and the purpose it was sealed for.
std::string AadOf(model::AccountId account, SecretPurpose purpose) {
    return fmt::format("kamili secret {} {}", account.row(), static_cast<int>(purpose));
}

}  // namespace

Status PutSecret(Txn& txn, model::AccountId account, SecretPurpose purpose, const Secret& secret) {
    std::array<std::uint8_t, kNonceBytes> nonce{};
    txn.secrets().FillRandom(nonce);
    std::vector<std::uint8_t> sealed(SealedSize(secret.size()));
    SealSmall(txn.secrets().keys().vault, nonce, AsBytes(AadOf(account, purpose)), secret.bytes(),
              sealed.data());
    auto statement = txn.connection().Prepare(
        "INSERT INTO secrets (account_id,purpose,sealed) VALUES (?,?,?) "
        "ON CONFLICT (account_id,purpose) DO UPDATE SET sealed=excluded.sealed");
    if (!statement) return std::move(statement).error();
    return statement->Bind(1, account.row())
        .Bind(2, static_cast<std::int64_t>(purpose))
        .BindBlob(3, sealed)
        .Run();
}

Status RemoveSecret(Txn& txn, model::AccountId account, SecretPurpose purpose) {
    auto statement =
        txn.connection().Prepare("DELETE FROM secrets WHERE account_id=? AND purpose=?");
    if (!statement) return std::move(statement).error();
    return statement->Bind(1, account.row()).Bind(2, static_cast<std::int64_t>(purpose)).Run();
}

Result<std::optional<Secret>> FindSecret(const ReadView& view, model::AccountId account,
                                         SecretPurpose purpose) {
    auto statement =
        view.connection().Prepare("SELECT sealed FROM secrets WHERE account_id=? AND purpose=?");
    if (!statement) return std::move(statement).error();
    const auto row =
        statement->Bind(1, account.row()).Bind(2, static_cast<std::int64_t>(purpose)).Step();
    if (!row) return row.error();
    if (!*row) return std::optional<Secret>();
    auto opened = OpenSmall(view.secrets().keys().vault, AsBytes(AadOf(account, purpose)),
                            statement->Blob(0));
    if (!opened.good)
        return Error{.kind = ErrorKind::kStoreDamaged,
                     .message = "a sealed token is not authentic",
                     .hint = "sign the account in again: kamilictl account reauth"};
    return std::optional(std::move(opened.plain));
}

}  // namespace kamili::storage
