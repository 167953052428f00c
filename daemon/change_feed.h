#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/loop.h"
#include "base/result.h"
#include "base/subscription.h"
#include "base/unique_function.h"
#include "storage/store.h"

namespace kamili::daemon {

// Some journal entries in order, written as an answer's parameters.
struct JournalPart {
    std::string text;
    std::int64_t cursor = 0;  // the number to go on from: of the last entry, or what was asked for
    std::int64_t newest = 0;  // the newest number there was when it was read
    bool is_empty = true;
};
// The entries after `since`, at most `limit`. kJournalTruncated as storage::ReadChanges;
// kInvalidArgument for a number that was not given out yet.
Result<JournalPart> ReadJournalPart(const storage::ReadView& view, std::int64_t since,
                                    std::size_t limit);

// Hands new journal entries to all who wait for them. However many wait at the same number, their
// part is read and written once, on a reader's thread, and handed out to a few of them in each turn
// of the loop, so that a thousand cost the others nothing that they would notice. Loop thread only.
class ChangeFeed : public std::enable_shared_from_this<ChangeFeed> {
  public:
    using OnPart = UniqueFunction<void(const Result<JournalPart>&)>;

    ChangeFeed(Loop& loop, storage::Store& store) : loop_(loop), store_(store) {}
    void Start();
    // Calls `on_part` once, never from inside, when there are entries after `since`: with some of
    // them, in order and without a gap. Not after the subscription was dropped. `newest` is what
    // the caller has seen, which may be more than was heard of here.
    Subscription ReadAfter(std::int64_t since, std::int64_t newest, OnPart on_part);

  private:
    struct Waiting {
        std::int64_t since = 0;
        OnPart on_part;
    };

    void Want(std::int64_t since);
    void OnRead(std::int64_t since, Result<JournalPart> part);
    void DeliverSoon();
    void Deliver();
    void Fail(std::int64_t since, const Error& error);

    Loop& loop_;
    storage::Store& store_;
    Subscription commits_;
    std::int64_t newest_ = 0;  // that we have heard of
    std::uint64_t last_id_ = 0;
    std::map<std::uint64_t, Waiting> waiting_;
    std::deque<std::uint64_t> ready_;  // of those waiting: whose part is there
    std::set<std::int64_t> reading_;
    // The parts read last, by the number they come after. What was written once stays true.
    std::map<std::int64_t, std::shared_ptr<const Result<JournalPart>>> parts_;
    std::deque<std::int64_t> parts_order_;
    bool delivery_posted_ = false;
};

}  // namespace kamili::daemon
