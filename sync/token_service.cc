#include "sync/token_service.h"

#include <map>
#include <utility>

#include "base/check.h"
#include "sync/account_tokens.h"

namespace kamili::sync {

struct TokenService::Impl {
    AuthContext context;
    std::map<model::AccountId, std::shared_ptr<AccountTokens>> accounts;
    std::map<model::AccountId, UtcTime> used;

    AccountTokens* Find(model::AccountId id) {
        KAMILI_CHECK(context.loop.IsInside());
        const auto found = accounts.find(id);
        return found == accounts.end() ? nullptr : found->second.get();
    }
};

TokenService::TokenService(Loop& loop, const Clock& clock, net::Transport& transport,
                           storage::Store& store, const oauth::ProviderSettings& settings, Log& log)
    : impl_(std::make_shared<Impl>(Impl{.context = {.loop = loop,
                                                    .clock = clock,
                                                    .transport = transport,
                                                    .store = store,
                                                    .settings = settings,
                                                    .log = log},
                                        .accounts = {},
                                        .used = {}})) {}

TokenService::~TokenService() {
    for (const auto& [id, tokens] : impl_->accounts) tokens->Stop();
}

void TokenService::Get(model::AccountId account, Done done) {
    KAMILI_CHECK(impl_->context.loop.IsInside());
    auto& tokens = impl_->accounts[account];
    if (!tokens) tokens = std::make_shared<AccountTokens>(impl_->context, account);
    tokens->Get(std::move(done));
}

void TokenService::Reject(model::AccountId account, const Secret& token,
                          const std::string& claims) {
    if (auto* tokens = impl_->Find(account)) tokens->Reject(token, claims);
}

void TokenService::Worked(model::AccountId account) {
    impl_->used[account] = impl_->context.clock.UtcNow();
    if (auto* tokens = impl_->Find(account)) tokens->Worked();
}

std::optional<UtcTime> TokenService::LastUsed(model::AccountId account) const {
    const auto found = impl_->used.find(account);
    if (found == impl_->used.end()) return std::nullopt;
    return found->second;
}

void TokenService::Forget(model::AccountId account) {
    impl_->used.erase(account);
    if (impl_->Find(account) == nullptr) return;
    // Taken out first: dropping a waiter may come back here.
    auto node = impl_->accounts.extract(account);
    node.mapped()->Stop();
}

}  // namespace kamili::sync
