#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sync/account_client.h"

namespace kamili::sync {

// Fetches the items that a page needs on their own, at most four at a time: no mailbox takes more.
// What came of them is in the order in which they were asked for, whichever came first. Dropping it
// cancels; `done` then never comes. Loop thread only.
class ItemFetches : public std::enable_shared_from_this<ItemFetches> {
  public:
    using Done = UniqueFunction<void(Result<std::vector<RemoteChange>>)>;

    // `calendar` stands where the page it was asked for ends.
    ItemFetches(PassContext& context, model::Account account, model::Calendar calendar, Done done);
    void Start(const std::vector<ItemFetch>& fetches);

  private:
    struct Item {
        std::string remote_id;
        bool may_be_refused = false;
        std::string step;
        std::vector<RemoteChange> changes;
    };
    struct Lane {
        std::shared_ptr<AccountClient> client;
        std::size_t item = 0;
    };
    const Provider& provider() const { return context_.providers.Of(account_.provider); }
    void CheckStored(const std::vector<ItemFetch>& fetches);
    void Add(const ItemFetch& fetch, const std::string& remote_id);
    void Run();
    void Next(std::size_t lane);
    void Ask(std::size_t lane);
    void OnReply(std::size_t lane, Result<net::Response> reply);
    void End(Result<std::vector<RemoteChange>> result);

    PassContext& context_;
    const model::Account account_;
    const model::Calendar calendar_;
    Done done_;
    std::vector<Item> items_;
    std::vector<Lane> lanes_;
    std::size_t next_ = 0;
    std::size_t ended_ = 0;
};

}  // namespace kamili::sync
