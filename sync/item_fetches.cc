#include "sync/item_fetches.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "storage/events.h"

namespace kamili::sync {
namespace {

constexpr std::size_t kLanesMax = 4;

bool DependsOnRows(const ItemFetch& fetch) { return fetch.only_if_stored || fetch.only_if_unknown; }

// What has to be asked for: nothing if a tombstone's item was never here, its series if it is of
// one; nothing if a series is known.
Result<std::string> WhatItConcerns(const storage::ReadView& view, model::CalendarId calendar,
                                   const ItemFetch& fetch) {
    if (!DependsOnRows(fetch)) return fetch.remote_id;
    const auto row = storage::FindEventByRemoteId(view, calendar, fetch.remote_id);
    if (!row) return row.error();
    if (!*row) return fetch.only_if_unknown ? fetch.remote_id : std::string();
    if (fetch.only_if_unknown) return std::string();
    const auto& event = (*row)->event;
    return event.series_remote_id.empty() ? event.remote_id : event.series_remote_id;
}

bool IsRefusal(ErrorKind kind) {
    return kind == ErrorKind::kRejected || kind == ErrorKind::kNotFound;
}

}  // namespace

ItemFetches::ItemFetches(PassContext& context, model::Account account, model::Calendar calendar,
                         Done done)
    : context_(context),
      account_(std::move(account)),
      calendar_(std::move(calendar)),
      done_(std::move(done)) {}

void ItemFetches::Start(const std::vector<ItemFetch>& fetches) {
    if (std::any_of(fetches.begin(), fetches.end(), DependsOnRows)) return CheckStored(fetches);
    for (const ItemFetch& fetch : fetches) Add(fetch, fetch.remote_id);
    Run();
}

void ItemFetches::CheckStored(const std::vector<ItemFetch>& fetches) {
    context_.store.ReadFor<std::vector<std::string>>(
        [calendar = calendar_.id,
         fetches](const storage::ReadView& view) -> Result<std::vector<std::string>> {
            std::vector<std::string> out;
            for (const ItemFetch& fetch : fetches) {
                auto concerned = WhatItConcerns(view, calendar, fetch);
                if (!concerned) return std::move(concerned).error();
                out.push_back(std::move(*concerned));
            }
            return out;
        },
        [weak = weak_from_this(), fetches](Result<std::vector<std::string>> ids) {
            const auto self = weak.lock();
            if (!self) return;
            if (!ids) return self->End(std::move(ids).error());
            for (std::size_t i = 0; i < fetches.size(); ++i) self->Add(fetches[i], (*ids)[i]);
            self->Run();
        });
}

// Several tombstones of one series are one question.
void ItemFetches::Add(const ItemFetch& fetch, const std::string& remote_id) {
    const bool known = std::any_of(items_.begin(), items_.end(),
                                   [&](const Item& item) { return item.remote_id == remote_id; });
    if (!remote_id.empty() && !known)
        items_.push_back({.remote_id = remote_id,
                          .may_be_refused = fetch.only_if_unknown,
                          .step = {},
                          .changes = {}});
}

void ItemFetches::Run() {
    if (items_.empty()) return End(std::vector<RemoteChange>());
    const std::size_t count = std::min(kLanesMax, items_.size());
    for (std::size_t i = 0; i < count; ++i)
        lanes_.push_back({.client = std::make_shared<AccountClient>(context_, account_.id)});
    const auto self = shared_from_this();
    for (std::size_t i = 0; i < count && done_; ++i) Next(i);
}

void ItemFetches::Next(std::size_t lane) {
    if (next_ == items_.size()) return;
    lanes_[lane].item = next_++;
    Ask(lane);
}

void ItemFetches::Ask(std::size_t lane) {
    const Item& item = items_[lanes_[lane].item];
    lanes_[lane].client->Ask(provider().FetchItem(account_, calendar_, item.remote_id, item.step),
                             [weak = weak_from_this(), lane](Result<net::Response> reply) {
                                 if (const auto self = weak.lock())
                                     self->OnReply(lane, std::move(reply));
                             });
}

void ItemFetches::OnReply(std::size_t lane, Result<net::Response> reply) {
    if (!done_) return;
    if (!reply) return End(std::move(reply).error());
    Item& item = items_[lanes_[lane].item];
    auto read = provider().ParseItem(account_, calendar_, item.remote_id, item.step, *reply,
                                     context_.clock.UtcNow());
    if (!read && item.may_be_refused && IsRefusal(read.error().kind)) read = ItemReply();
    if (!read) return End(std::move(read).error());
    std::move(read->changes.begin(), read->changes.end(), std::back_inserter(item.changes));
    item.step = std::move(read->next_step);
    if (!item.step.empty()) return Ask(lane);
    if (++ended_ < items_.size()) return Next(lane);
    std::vector<RemoteChange> all;
    for (Item& one : items_)
        std::move(one.changes.begin(), one.changes.end(), std::back_inserter(all));
    End(std::move(all));
}

// The end may drop this object, and what is still in flight is of no use to anybody.
void ItemFetches::End(Result<std::vector<RemoteChange>> result) {
    auto done = std::exchange(done_, Done());
    context_.loop.Post([gone = std::exchange(lanes_, {})] {});
    done(std::move(result));
}

}  // namespace kamili::sync
