#pragma once

#include <memory>

#include "sync/pass_context.h"

namespace kamili::sync {

// Asks a provider in the name of one account, one request at a time: with a fresh token, and once
// more with another one when the first was refused. Dropping it cancels; `done` then never comes.
class AccountClient : public std::enable_shared_from_this<AccountClient> {
  public:
    using Done = UniqueFunction<void(Result<net::Response>)>;

    AccountClient(PassContext& context, model::AccountId account)
        : context_(context), account_(account) {}
    void Ask(net::Request request, Done done);

  private:
    void GetToken();
    void Send(Secret token);
    void OnReply(Result<net::Response> reply);
    void Finish(Result<net::Response> reply);

    PassContext& context_;
    const model::AccountId account_;
    net::Request request_;
    Done done_;
    Secret token_;
    bool again_ = false;
    Subscription exchange_;
};

}  // namespace kamili::sync
