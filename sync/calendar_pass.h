#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sync/account_client.h"
#include "sync/driver.h"
#include "sync/item_fetches.h"
#include "sync/reconcile.h"

namespace kamili::sync {

// One pass over one calendar: ask for a page, read it beside the loop, fetch what it needs, apply
// it, until the round is finished. While a page is written the next one is on its way. Everything
// of a page is in one transaction, so a pass can be dropped at any moment and repeats at most two
// pages. Loop thread only.
class CalendarPass : public std::enable_shared_from_this<CalendarPass> {
  public:
    struct Hooks {
        UniqueFunction<void(const PassReport&, std::int64_t events)> on_page;
        // The end: success, or why not. The row is the newest that was stored.
        UniqueFunction<void(Status, PassReport)> on_end;
        UniqueFunction<void(const model::Calendar&)> on_row;
    };
    CalendarPass(PassContext& context, model::Account account, model::Calendar calendar, bool full,
                 Hooks hooks);
    void Start();

  private:
    const Provider& provider() const { return context_.providers.Of(account_.provider); }
    void AskPage();
    void ReadPage(net::Response reply);
    void OnPage(Result<ChangePage> page);
    void TakePage(Result<ChangePage> page);
    void NoteSeries();
    void OnItems(Result<std::vector<RemoteChange>> changes);
    void Apply();
    void OnApplied(Result<Applied> applied);
    void Note(Applied applied);
    void End(Status status);
    bool RestartAfter(const Error& error);

    PassContext& context_;
    const model::Account account_;
    model::Calendar calendar_;
    std::string stored_cursor_;  // as the row has it
    Hooks hooks_;
    std::shared_ptr<AccountClient> client_;
    PassReport report_;
    Instant began_{};
    std::int64_t events_ = 0;
    bool continues_ = false;  // a round that an earlier pass began
    bool untidy_ = false;     // the round named, or may have named, something that is gone
    bool restarted_ = false;  // after an expired cursor, once
    ChangePage page_;
    std::int64_t page_bad_ = 0;      // events of the page that could not be read whole
    std::set<std::string> lacking_;  // series of which the round named exceptions, not themselves
    std::shared_ptr<ItemFetches> fetches_;
    // The page behind the one that is being written, if it came first.
    bool writing_ = false;
    std::optional<Result<ChangePage>> ahead_;
};

}  // namespace kamili::sync
