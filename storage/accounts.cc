#include "storage/accounts.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "storage/calendars.h"
#include "storage/cipher.h"
#include "storage/view.h"

namespace kamili::storage {
namespace {

using model::Account;
using nlohmann::json;

constexpr char kColumnsSql[] =
    "SELECT id,provider,access,remote_id,address,label,authority,scopes_requested,scopes_granted,"
    "paused,state,reason,created_ms,list_cursor FROM accounts ORDER BY id";
constexpr char kFindSql[] =
    "SELECT id,provider,access,remote_id,address,label,authority,scopes_requested,scopes_granted,"
    "paused,state,reason,created_ms,list_cursor FROM accounts WHERE id=?";
constexpr char kFindOfSql[] =
    "SELECT id,provider,access,remote_id,address,label,authority,scopes_requested,scopes_granted,"
    "paused,state,reason,created_ms,list_cursor FROM accounts WHERE provider=? AND remote_id=?";
constexpr char kInsertSql[] =
    "INSERT INTO accounts (provider,access,remote_id,address,label,authority,scopes_requested,"
    "scopes_granted,paused,state,reason,created_ms,list_cursor) "
    "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)";
constexpr char kUpdateSql[] =
    "UPDATE accounts SET access=?2,remote_id=?3,address=?4,label=?5,authority=?6,"
    "scopes_requested=?7,scopes_granted=?8,paused=?9,state=?10,reason=?11,list_cursor=?13 "
    "WHERE id=?14 AND provider=?1 AND ?12 IS NOT NULL";

json ListJson(const std::vector<std::string>& list) { return list; }

std::vector<std::string> ListFrom(std::string_view text) {
    const json list = json::parse(text, nullptr, false);
    std::vector<std::string> out;
    if (!list.is_array()) return out;
    for (const json& one : list)
        if (one.is_string()) out.push_back(one.get<std::string>());
    return out;
}

Account Read(const Statement& row) {
    Account account;
    account.id = model::AccountId(row.Int(0));
    account.provider = model::ProviderFromText(row.TextView(1)).value_or(model::Provider::kGoogle);
    account.access = model::AccessFromText(row.TextView(2)).value_or(model::Access::kRead);
    account.remote_id = row.Text(3);
    account.address = row.Text(4);
    account.label = row.Text(5);
    account.authority = row.Text(6);
    account.scopes_requested = ListFrom(row.TextView(7));
    account.scopes_granted = ListFrom(row.TextView(8));
    account.paused = row.Int(9) != 0;
    account.state = model::StateFromText(row.TextView(10)).value_or(model::State::kError);
    account.reason = row.Text(11);
    account.created = UtcTime(std::chrono::milliseconds(row.Int(12)));
    account.list_cursor = row.Text(13);
    return account;
}

void BindAll(Statement& statement, const Account& account) {
    statement.Bind(1, Text(account.provider))
        .Bind(2, Text(account.access))
        .Bind(3, account.remote_id)
        .Bind(4, account.address)
        .Bind(5, account.label)
        .Bind(6, account.authority)
        .Bind(7, ListJson(account.scopes_requested).dump())
        .Bind(8, ListJson(account.scopes_granted).dump())
        .Bind(9, std::int64_t{account.paused})
        .Bind(10, Text(account.state))
        .Bind(11, account.reason)
        .Bind(12, std::int64_t{account.created.time_since_epoch().count()})
        .Bind(13, account.list_cursor);
}

Result<std::optional<Account>> ReadOne(Statement& statement) {
    const auto row = statement.Step();
    if (!row) return row.error();
    if (!*row) return std::optional<Account>();
    return std::optional(Read(statement));
}

Status RunFor(Txn& txn, const char* sql, std::int64_t value) {
    auto statement = txn.connection().Prepare(sql);
    if (!statement) return std::move(statement).error();
    return statement->Bind(1, value).Run();
}

}  // namespace

Result<std::vector<Account>> ListAccounts(const ReadView& view) {
    auto statement = view.connection().Prepare(kColumnsSql);
    if (!statement) return std::move(statement).error();
    std::vector<Account> out;
    for (;;) {
        const auto row = statement->Step();
        if (!row) return row.error();
        if (!*row) return out;
        out.push_back(Read(*statement));
    }
}

Result<std::optional<Account>> FindAccount(const ReadView& view, model::AccountId id) {
    auto statement = view.connection().Prepare(kFindSql);
    if (!statement) return std::move(statement).error();
    statement->Bind(1, id.row());
    return ReadOne(*statement);
}

Result<std::optional<Account>> FindAccountOf(const ReadView& view, model::Provider provider,
                                             const std::string& remote_id) {
    auto statement = view.connection().Prepare(kFindOfSql);
    if (!statement) return std::move(statement).error();
    statement->Bind(1, Text(provider)).Bind(2, remote_id);
    return ReadOne(*statement);
}

Result<model::AccountId> InsertAccount(Txn& txn, const Account& account) {
    auto statement = txn.connection().Prepare(kInsertSql);
    if (!statement) return std::move(statement).error();
    BindAll(*statement, account);
    if (auto done = statement->Run(); !done) return std::move(done).error();
    return model::AccountId(txn.connection().last_row());
}

Status UpdateAccount(Txn& txn, const Account& account) {
    auto statement = txn.connection().Prepare(kUpdateSql);
    if (!statement) return std::move(statement).error();
    BindAll(*statement, account);
    if (auto done = statement->Bind(14, account.id.row()).Run(); !done) return done;
    if (txn.connection().changes() == 0)
        return Error{.kind = ErrorKind::kNotFound, .message = "the account is gone"};
    return {};
}

Status RemoveAccount(Txn& txn, model::AccountId id, UtcTime now) {
    const auto calendars = ListCalendarsOf(txn, id);
    if (!calendars) return calendars.error();
    for (const auto& calendar : *calendars)
        if (auto done = RemoveCalendar(txn, calendar.id, now); !done) return done;
    if (auto done = RunFor(txn, "DELETE FROM secrets WHERE account_id=?", id.row()); !done)
        return done;
    if (auto done = RunFor(txn, "DELETE FROM accounts WHERE id=?", id.row()); !done) return done;
    if (txn.connection().changes() == 0)
        return Error{.kind = ErrorKind::kNotFound, .message = "the account is gone"};
    return {};
}

}  // namespace kamili::storage
