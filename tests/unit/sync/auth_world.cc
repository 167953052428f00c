#include "tests/unit/sync/auth_world.h"

#include <nlohmann/json.hpp>

namespace kamili::sync::testing {

using storage::SecretPurpose;

void FragileStore::Write(WriteJob job, Done done) {
    ++writes_;
    if (auto before = std::exchange(before_, Task())) before();
    if (const auto kind = std::exchange(fail_, std::nullopt)) {
        // The job runs and its transaction is rolled back, as with a disk that is full at commit.
        inner_.Write(
            [job = std::move(job), kind](storage::Txn& txn) mutable -> Status {
                if (auto status = job(txn); !status) return status;
                return Error{.kind = *kind, .message = "as the test says"};
            },
            std::move(done));
        return;
    }
    inner_.Write(std::move(job), [done = std::move(done),
                                  after = std::exchange(after_, Task())](Status status) mutable {
        if (after) after();
        done(std::move(status));
    });
}

AuthWorld::AuthWorld()
    : providers(std::make_unique<TinyProvider>("https://google.test"),
                std::make_unique<TinyProvider>("https://graph.test")) {
    settings.google.client_id = "gid";
    settings.google.client_secret = Secret(std::string_view("gsecret"));
    settings.microsoft.client_id = "app";
}

std::string AuthWorld::Tokens(const std::string& access, const std::string& refresh, int expires_in,
                              const std::string& scope) {
    nlohmann::json body{{"access_token", access},
                        {"token_type", "Bearer"},
                        {"expires_in", expires_in},
                        {"scope", scope}};
    if (!refresh.empty()) body["refresh_token"] = refresh;
    return body.dump();
}

model::AccountId AuthWorld::AddAccount(model::Provider provider, const std::string& refresh) {
    model::Account account;
    account.provider = provider;
    account.remote_id = "person" + std::to_string(AccountCount());
    account.scopes_requested = {"list.scope", "events.scope"};
    account.scopes_granted = account.scopes_requested;
    if (provider == model::Provider::kMicrosoft) account.authority = "consumers";
    model::AccountId id;
    KAMILI_CHECK(files.Write([&](storage::Txn& txn) -> Status {
        auto inserted = storage::InsertAccount(txn, account);
        if (!inserted) return inserted.error();
        id = *inserted;
        return {};
    }));
    if (!refresh.empty()) SetSecret(id, SecretPurpose::kRefreshToken, refresh);
    return id;
}

void AuthWorld::SetSecret(model::AccountId id, SecretPurpose purpose, const std::string& text) {
    KAMILI_CHECK(files.Write([&](storage::Txn& txn) {
        return storage::PutSecret(txn, id, purpose, Secret(std::string_view(text)));
    }));
}

std::string AuthWorld::SecretOf(model::AccountId id, SecretPurpose purpose) {
    std::string text;
    KAMILI_CHECK(files.Read([&](const storage::ReadView& view) -> Status {
        auto found = storage::FindSecret(view, id, purpose);
        if (!found) return found.error();
        if (*found) text = std::string((*found)->Reveal());
        return {};
    }));
    return text;
}

model::Account AuthWorld::Row(model::AccountId id) {
    model::Account account;
    KAMILI_CHECK(files.Read([&](const storage::ReadView& view) -> Status {
        auto found = storage::FindAccount(view, id);
        if (!found) return found.error();
        if (*found) account = **found;
        return {};
    }));
    return account;
}

std::size_t AuthWorld::AccountCount() {
    std::size_t count = 0;
    KAMILI_CHECK(files.Read([&](const storage::ReadView& view) -> Status {
        auto all = storage::ListAccounts(view);
        if (!all) return all.error();
        count = all->size();
        return {};
    }));
    return count;
}

net::Request TinyProvider::FetchIdentity() const {
    net::Request request;
    request.url = base_ + "/identity";
    return request;
}

Result<Provider::Identity> TinyProvider::ParseIdentity(const net::Response& response,
                                                       UtcTime) const {
    if (response.status != 200)
        return Error{.kind = ErrorKind::kInsufficientScope, .message = "identity refused"};
    const std::string text(response.body.Reveal());
    const auto blank = text.find(' ');
    return Identity{.remote_id = text.substr(0, blank), .address = text.substr(blank + 1)};
}

}  // namespace kamili::sync::testing
