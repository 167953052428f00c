#include <algorithm>
#include <nlohmann/json.hpp>

#include "daemon/json.h"
#include "daemon/methods.h"
#include "daemon/parameters.h"
#include "storage/accounts.h"
#include "storage/free_space.h"
#include "storage/migration_copy.h"
#include "storage/view.h"

namespace kamili::daemon {
namespace {

using nlohmann::json;

Error NoSuchAccount() {
    return {.kind = ErrorKind::kNotFound,
            .message = "there is no such account",
            .hint = "kamilictl account list"};
}

void List(Engine& engine, const CallPointer& call) {
    json accounts = json::array();
    for (const auto& account : engine.driver().Accounts()) accounts.push_back(ToJson(account));
    call->Reply({{"accounts", std::move(accounts)}});
}

// Sets the flag in the row, then tells the driver.
void SetPaused(Engine& engine, const CallPointer& call, bool paused) {
    Parameters parameters(*call);
    const auto id = parameters.Account("account_id");
    if (parameters.Refuse()) return;
    engine.store().WriteFor<model::Account>(
        [id, paused](storage::Txn& txn) -> Result<model::Account> {
            auto account = storage::FindAccount(txn, id);
            if (!account) return std::move(account).error();
            if (!*account) return NoSuchAccount();
            (*account)->paused = paused;
            if (auto done = storage::UpdateAccount(txn, **account); !done)
                return std::move(done).error();
            return **account;
        },
        [&engine, call, paused](Result<model::Account> account) {
            if (!account) return call->Fail(account.error());
            engine.driver().Reload(account->id);
            const auto state = paused ? model::State::kPaused : account->state;
            const auto known = engine.driver().Account(account->id);
            call->Reply({{"account",
                          ToJson(sync::AccountStatus{
                              .account = *account,
                              .state = state,
                              .reason = account->reason,
                              .last_used = known ? known->last_used : std::optional<UtcTime>()})}});
        });
}

// Deleted rows are overwritten where they stood; the pages they filled go back to the file system.
Status EraseRows(storage::Txn& txn, model::AccountId id, UtcTime now) {
    if (auto removed = storage::RemoveAccount(txn, id, now); !removed) return removed;
    return storage::ReleaseFreePages(txn);
}

void Erase(Context& context, Engine& engine, model::AccountId id, json answer,
           const CallPointer& call) {
    engine.driver().Drop(id);
    engine.tokens().Forget(id);
    engine.store().Write(
        [id, now = context.clock.UtcNow()](storage::Txn& txn) { return EraseRows(txn, id, now); },
        [&context, &engine, id, answer = std::move(answer), call](Status done) mutable {
            engine.driver().Reload(id);
            if (!done) return call->Fail(done.error());
            storage::RemoveMigrationCopies(context.places.store(), storage::MigrationCopies::kAll);
            call->Reply(std::move(answer));
        });
}

// What the provider said to a revocation, as the answer's note; an error where the grant may live
// on although it could be ended later: nothing is erased then.
Result<json> AfterRevoke(const Status& revoked) {
    if (revoked) return json{{"revoked", true}, {"note", ""}};
    const Error& error = revoked.error();
    if (error.kind == ErrorKind::kNotSupported || error.kind == ErrorKind::kAuthRevoked)
        return json{{"revoked", false}, {"note", error.message}};
    Error kept = error;
    kept.message = "the grant could not be revoked, nothing was removed: " + error.message;
    kept.hint = "try again later, or remove the account without revoking";
    return kept;
}

void Remove(Context& context, Engine& engine, const CallPointer& call) {
    Parameters parameters(*call);
    const auto id = parameters.Account("account_id");
    const bool revoke = parameters.OptionalFlag("revoke").value_or(false);
    if (parameters.Refuse()) return;
    if (!engine.driver().Account(id)) return call->Fail(NoSuchAccount());
    if (!revoke) return Erase(context, engine, id, {{"revoked", false}, {"note", ""}}, call);
    engine.sign_ins().Revoke(id, [&context, &engine, id, call](Status revoked) {
        auto answer = AfterRevoke(revoked);
        if (!answer) return call->Fail(answer.error());
        Erase(context, engine, id, std::move(*answer), call);
    });
}

}  // namespace

void AddAccountMethods(MethodTable& table) {
    table.AddWithEngine("ListAccounts", List);
    table.AddWithEngine("PauseAccount", [](Engine& engine, const CallPointer& call) {
        SetPaused(engine, call, /*paused=*/true);
    });
    table.AddWithEngine("ResumeAccount", [](Engine& engine, const CallPointer& call) {
        SetPaused(engine, call, /*paused=*/false);
    });
    table.AddWithEngine("RemoveAccount",
                        [&context = table.context()](Engine& engine, const CallPointer& call) {
                            Remove(context, engine, call);
                        });
}

}  // namespace kamili::daemon
