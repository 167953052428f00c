#include "daemon/change_feed.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "daemon/json.h"
#include "daemon/parts.h"
#include "storage/journal.h"

namespace kamili::daemon {
namespace {

// Half a megabyte at most, for clients that are a little behind.
constexpr std::size_t kPartsKept = 8;
// Each is copied and sent in some ten microseconds.
constexpr int kDeliveriesPerTurn = 16;

}  // namespace

Result<JournalPart> ReadJournalPart(const storage::ReadView& view, std::int64_t since,
                                    std::size_t limit) {
    const auto bounds = storage::FindJournalBounds(view);
    if (!bounds) return bounds.error();
    if (since > bounds->last)
        return Error{.kind = ErrorKind::kInvalidArgument,
                     .message = "since is a number that has not been given out yet",
                     .hint = "kamilictl changes --since 0"};
    const auto changes = storage::ReadChanges(view, since, limit);
    if (!changes) return changes.error();
    JournalPart part{.cursor = changes->empty() ? since : changes->back().number,
                     .newest = bounds->last,
                     .is_empty = changes->empty()};
    nlohmann::json list = nlohmann::json::array();
    for (const auto& change : *changes) list.push_back(ToJson(change));
    part.text = nlohmann::json{{"changes", std::move(list)}, {"last", part.cursor}}.dump();
    return part;
}

void ChangeFeed::Start() {
    commits_ = store_.WatchJournal([this](std::int64_t number) {
        newest_ = std::max(newest_, number);
        std::set<std::int64_t> wanted;
        for (const auto& [id, one] : waiting_) wanted.insert(one.since);
        for (const std::int64_t since : wanted) Want(since);
    });
}

Subscription ChangeFeed::ReadAfter(std::int64_t since, std::int64_t newest, OnPart on_part) {
    newest_ = std::max(newest_, newest);
    const std::uint64_t id = ++last_id_;
    waiting_.emplace(id, Waiting{.since = since, .on_part = std::move(on_part)});
    if (parts_.contains(since)) {
        ready_.push_back(id);
        DeliverSoon();
    } else {
        Want(since);
    }
    return Subscription([weak = weak_from_this(), id] {
        if (const auto self = weak.lock()) self->waiting_.erase(id);
    });
}

void ChangeFeed::Want(std::int64_t since) {
    if (since >= newest_ || parts_.contains(since) || !reading_.insert(since).second) return;
    store_.ReadFor<JournalPart>(
        [since](const storage::ReadView& view) { return ReadJournalPart(view, since, kPartRows); },
        [weak = weak_from_this(), since](Result<JournalPart> part) {
            if (const auto self = weak.lock()) self->OnRead(since, std::move(part));
        });
}

void ChangeFeed::OnRead(std::int64_t since, Result<JournalPart> part) {
    reading_.erase(since);
    if (!part) return Fail(since, part.error());
    newest_ = std::max(newest_, part->newest);
    // It was read before the newest commit.
    if (part->is_empty) return Want(since);
    parts_.emplace(since, std::make_shared<const Result<JournalPart>>(std::move(part)));
    parts_order_.push_back(since);
    if (parts_order_.size() > kPartsKept) {
        parts_.erase(parts_order_.front());
        parts_order_.pop_front();
    }
    for (const auto& [id, one] : waiting_)
        if (one.since == since) ready_.push_back(id);
    DeliverSoon();
}

void ChangeFeed::DeliverSoon() {
    if (ready_.empty() || std::exchange(delivery_posted_, true)) return;
    loop_.Post([weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self) return;
        self->delivery_posted_ = false;
        self->Deliver();
        self->DeliverSoon();
    });
}

void ChangeFeed::Deliver() {
    for (int i = 0; i < kDeliveriesPerTurn && !ready_.empty(); ++i) {
        const std::uint64_t id = std::exchange(ready_.front(), 0);
        ready_.pop_front();
        const auto found = waiting_.find(id);
        if (found == waiting_.end()) continue;
        const auto part = parts_.find(found->second.since);
        if (part == parts_.end()) {
            // So many others came in between that it was dropped again.
            Want(found->second.since);
            continue;
        }
        // It may ask for the next part at once, which may drop this one.
        const auto keep = part->second;
        const auto entry = waiting_.extract(found);
        entry.mapped().on_part(*keep);
    }
}

void ChangeFeed::Fail(std::int64_t since, const Error& error) {
    std::vector<OnPart> told;
    for (auto at = waiting_.begin(); at != waiting_.end();) {
        if (at->second.since == since) {
            told.push_back(std::move(at->second.on_part));
            at = waiting_.erase(at);
        } else {
            ++at;
        }
    }
    for (OnPart& on_part : told) on_part(error);
}

}  // namespace kamili::daemon
