#include "sync/calendar_pass.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "storage/events.h"
#include "sync/event_rules.h"

namespace kamili::sync {
namespace {

// Pages of one pass; more means that the server goes round in circles.
constexpr std::int64_t kPagesMax = 5000;

// Events that were fetched on their own and say less than they should.
std::int64_t CountBad(const std::vector<RemoteChange>& changes) {
    std::int64_t count = 0;
    for (const RemoteChange& change : changes)
        count += IsBad(change.event) +
                 std::count_if(change.members.begin(), change.members.end(), IsBad);
    return count;
}

}  // namespace

CalendarPass::CalendarPass(PassContext& context, model::Account account, model::Calendar calendar,
                           bool full, Hooks hooks)
    : context_(context),
      account_(std::move(account)),
      calendar_(std::move(calendar)),
      stored_cursor_(calendar_.cursor),
      hooks_(std::move(hooks)),
      client_(std::make_shared<AccountClient>(context, account_.id)),
      began_(context.clock.Now()) {
    report_.calendar = calendar_.id;
    const UtcTime now = context_.clock.UtcNow();
    if (full)
        calendar_.cursor.clear();
    else if (provider().NeedsFullListing(calendar_, now))
        calendar_.cursor = provider().RestartCursor(calendar_, now);
    continues_ = provider().IsInsideRound(calendar_);
}

void CalendarPass::Start() { AskPage(); }

void CalendarPass::AskPage() {
    client_->Ask(provider().ListChanges(account_, calendar_, context_.clock.UtcNow()),
                 [weak = weak_from_this()](Result<net::Response> reply) {
                     if (const auto self = weak.lock()) self->OnPage(std::move(reply));
                 });
}

// An expired cursor is an ordinary event: list from the beginning, once in a pass.
bool CalendarPass::RestartAfter(const Error& error) {
    if (error.kind != ErrorKind::kCursorExpired || std::exchange(restarted_, true)) return false;
    calendar_.cursor = provider().RestartCursor(calendar_, context_.clock.UtcNow());
    continues_ = false;
    AskPage();
    return true;
}

void CalendarPass::OnPage(Result<net::Response> reply) {
    if (!reply) return End(std::move(reply).error());
    auto page = provider().ParseChanges(account_, calendar_, *reply, context_.clock.UtcNow());
    if (!page) {
        if (!RestartAfter(page.error())) End(std::move(page).error());
        return;
    }
    if (++report_.pages > kPagesMax)
        return End(Error{.kind = ErrorKind::kBadReply, .message = "the listing does not end"});
    page_ = std::move(*page);
    page_bad_ = page_.bad_events;
    next_fetch_ = 0;
    // Items are fetched for the window that the page belongs to.
    calendar_.cursor = page_.cursor;
    NextFetch();
}

void CalendarPass::NextFetch() {
    if (next_fetch_ == page_.fetches.size()) return Apply();
    const ItemFetch& fetch = page_.fetches[next_fetch_++];
    item_ = fetch.remote_id;
    step_.clear();
    if (fetch.only_if_stored) return CheckStored(fetch);
    AskItem();
}

// A tombstone of what we never had is nothing. One of an exception concerns its whole series.
void CalendarPass::CheckStored(const ItemFetch& fetch) {
    context_.store.ReadFor<std::string>(
        [calendar = calendar_.id,
         id = fetch.remote_id](const storage::ReadView& view) -> Result<std::string> {
            const auto row = storage::FindEventByRemoteId(view, calendar, id);
            if (!row) return row.error();
            if (!*row) return std::string();
            const auto& event = (*row)->event;
            return event.series_remote_id.empty() ? event.remote_id : event.series_remote_id;
        },
        [weak = weak_from_this()](Result<std::string> stored) {
            const auto self = weak.lock();
            if (!self) return;
            if (!stored) return self->End(std::move(stored).error());
            if (stored->empty()) return self->NextFetch();
            self->item_ = std::move(*stored);
            self->AskItem();
        });
}

void CalendarPass::AskItem() {
    client_->Ask(provider().FetchItem(account_, calendar_, item_, step_),
                 [weak = weak_from_this()](Result<net::Response> reply) {
                     if (const auto self = weak.lock()) self->OnItem(std::move(reply));
                 });
}

void CalendarPass::OnItem(Result<net::Response> reply) {
    if (!reply) return End(std::move(reply).error());
    auto item =
        provider().ParseItem(account_, calendar_, item_, step_, *reply, context_.clock.UtcNow());
    if (!item) return End(std::move(item).error());
    page_bad_ += CountBad(item->changes);
    std::move(item->changes.begin(), item->changes.end(), std::back_inserter(page_.changes));
    if (item->next_step.empty()) return NextFetch();
    step_ = std::move(item->next_step);
    AskItem();
}

void CalendarPass::Apply() {
    events_ += static_cast<std::int64_t>(page_.changes.size());
    PageToApply page{.changes = std::move(page_.changes),
                     .cursor = page_.cursor,
                     .expected = stored_cursor_,
                     .begins = page_.begins,
                     .full = page_.full,
                     .last = page_.last};
    context_.store.WriteFor<Applied>(
        [id = calendar_.id, page = std::move(page), now = context_.clock.UtcNow()](
            storage::Txn& txn) { return ApplyPage(txn, id, page, now); },
        [weak = weak_from_this()](Result<Applied> applied) {
            if (const auto self = weak.lock()) self->OnApplied(std::move(applied));
        });
}

void CalendarPass::OnApplied(Result<Applied> applied) {
    if (!applied) return End(std::move(applied).error());
    if (page_.begins) {
        report_.listed_anew = true;
        report_.bad_events = 0;
    }
    report_.bad_events += page_bad_;
    report_.added += applied->added;
    report_.changed += applied->changed;
    report_.removed += applied->removed;
    calendar_ = std::move(applied->calendar);
    stored_cursor_ = calendar_.cursor;
    hooks_.on_row(calendar_);
    hooks_.on_page(report_, events_);
    // Whoever asked for this pass is promised what was there when it began, and the round that it
    // went on with is older.
    const bool ends = page_.last && !std::exchange(continues_, false);
    if (ends) return End({});
    AskPage();
}

void CalendarPass::End(Status status) {
    report_.duration =
        std::chrono::duration_cast<std::chrono::milliseconds>(context_.clock.Now() - began_);
    // The end may drop this pass: nothing of it is touched afterwards.
    auto end = std::move(hooks_.on_end);
    end(std::move(status), report_);
}

}  // namespace kamili::sync
