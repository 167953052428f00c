#pragma once

#include <memory>

#include "sync/account_client.h"
#include "sync/reconcile.h"

namespace kamili::sync {

// Lists an account's calendars whole and makes the rows match. Always from the beginning:
// increments do not report every change. Dropping it cancels.
class ListPass : public std::enable_shared_from_this<ListPass> {
  public:
    using Done = UniqueFunction<void(Status)>;
    ListPass(PassContext& context, model::Account account, Done done);
    void Start() { AskPage(); }

  private:
    void AskPage();
    void OnReply(Result<net::Response> reply);
    void Store();

    PassContext& context_;
    model::Account account_;
    Done done_;
    std::shared_ptr<AccountClient> client_;
    ListToApply listed_;
    int pages_ = 0;
};

}  // namespace kamili::sync
