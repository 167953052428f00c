#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/subscription.h"
#include "model/account.h"
#include "oauth/device_code.h"
#include "oauth/token_reply.h"
#include "sync/auth_context.h"
#include "sync/device_poller.h"
#include "sync/sign_in.h"
#include "sync/sign_in_rows.h"

namespace kamili::sync {

// One sign-in: a step machine of exchange, identity and store. Held by SignInService; loop thread
// only.
class SignInFlow : public std::enable_shared_from_this<SignInFlow> {
  public:
    using Done = UniqueFunction<void(Result<model::Account>)>;

    SignInFlow(const AuthContext& context, const Providers& providers, SignInRequest request,
               std::vector<std::string> scopes, Secret verifier, std::string state)
        : context_(context),
          providers_(providers),
          request_(std::move(request)),
          scopes_(std::move(scopes)),
          verifier_(std::move(verifier)),
          state_(std::move(state)) {}

    const std::string& state() const { return state_; }
    bool is_exchanging() const { return static_cast<bool>(done_); }

    // Trades the code for an account; `done` runs later, once.
    void Exchange(const Secret& code, Done done);
    // The two halves of a sign-in with a device code. What the user types where comes first; then
    // the decision is waited for and becomes an account. Each `done` runs later, once.
    using Asked = UniqueFunction<void(Result<oauth::DeviceCode>)>;
    void AskDeviceCode(Asked asked);
    void AwaitUser(Done done);
    bool has_device_code() const { return poller_ != nullptr; }
    // Ends an exchange under way with `why`, later. Once its account is being stored the store
    // decides: a commit that went through is told as such.
    void Cancel(Error why);
    // Nothing is called any more.
    void Stop();

  private:
    void OnDeviceCode(Result<net::Response> response, Asked& asked);
    void OnTokens(Result<net::Response> response);
    Result<oauth::TokenReply> ParseTokens(const net::Response& response) const;
    Status CheckScopes(const oauth::TokenReply& reply) const;
    Status ReadPerson(const oauth::TokenReply& reply);
    void AskIdentity();
    void OnIdentity(Result<net::Response> response);
    void Store();
    void End(Result<model::Account> result);

    AuthContext context_;
    const Providers& providers_;
    SignInRequest request_;
    std::vector<std::string> scopes_;
    Secret verifier_;
    std::string state_;

    Done done_;
    Subscription exchange_;
    std::shared_ptr<DevicePoller> poller_;
    Instant sent_{};
    SignedIn signed_in_;
    bool storing_ = false;
    // Looked at by the store's thread before it writes.
    std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace kamili::sync
