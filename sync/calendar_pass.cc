#include "sync/calendar_pass.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "sync/event_rules.h"

namespace kamili::sync {
namespace {

// Pages of one pass; more means that the server goes round in circles.
constexpr std::int64_t kPagesMax = 5000;
// Series that are asked for because a round named their exceptions alone.
constexpr std::size_t kLackingMax = 500;
constexpr std::size_t kReadAtOnceBytes = 16 << 10;

// Events that were fetched on their own and say less than they should.
std::int64_t CountBad(const std::vector<RemoteChange>& changes) {
    std::int64_t count = 0;
    for (const RemoteChange& change : changes)
        count += IsBad(change.event) +
                 std::count_if(change.members.begin(), change.members.end(), IsBad);
    return count;
}

bool NamesSomethingGone(const RemoteChange& change) {
    return change.kind == RemoteChange::Kind::kRemoved ||
           change.event.kind == model::EventKind::kCancelledException;
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
    untidy_ = continues_;
}

void CalendarPass::Start() { AskPage(); }

void CalendarPass::AskPage() {
    client_->Ask(provider().ListChanges(account_, calendar_, context_.clock.UtcNow()),
                 [weak = weak_from_this()](Result<net::Response> reply) {
                     const auto self = weak.lock();
                     if (!self) return;
                     if (!reply) return self->OnPage(std::move(reply).error());
                     self->ReadPage(std::move(*reply));
                 });
}

// A page of thousands of events takes longer to read than a client should have to wait for the
// loop; one without news, less than it takes to hand it over.
void CalendarPass::ReadPage(net::Response reply) {
    if (reply.body.size() <= kReadAtOnceBytes)
        return OnPage(provider().ParseChanges(account_, calendar_, reply, context_.clock.UtcNow()));
    context_.reader.Submit([weak = weak_from_this(), &loop = context_.loop, &codec = provider(),
                            account = account_, calendar = calendar_, reply = std::move(reply),
                            now = context_.clock.UtcNow()]() mutable {
        auto page = codec.ParseChanges(account, calendar, reply, now);
        loop.Post([weak = std::move(weak), page = std::move(page)]() mutable {
            if (const auto self = weak.lock()) self->OnPage(std::move(page));
        });
    });
}

void CalendarPass::OnPage(Result<ChangePage> page) {
    if (writing_)
        ahead_ = std::move(page);
    else
        TakePage(std::move(page));
}

// An expired cursor is an ordinary event: list from the beginning, once in a pass.
bool CalendarPass::RestartAfter(const Error& error) {
    if (error.kind != ErrorKind::kCursorExpired || std::exchange(restarted_, true)) return false;
    calendar_.cursor = provider().RestartCursor(calendar_, context_.clock.UtcNow());
    continues_ = false;
    AskPage();
    return true;
}

void CalendarPass::TakePage(Result<ChangePage> page) {
    if (!page) {
        if (!RestartAfter(page.error())) End(std::move(page).error());
        return;
    }
    if (++report_.pages > kPagesMax)
        return End(Error{.kind = ErrorKind::kBadReply, .message = "the listing does not end"});
    page_ = std::move(*page);
    page_bad_ = page_.bad_events;
    // Items are fetched for the window that the page belongs to.
    calendar_.cursor = page_.cursor;
    if (provider().MayLackSeries()) NoteSeries();
    if (page_.fetches.empty()) return Apply();
    fetches_ = std::make_shared<ItemFetches>(
        context_, account_, calendar_,
        [weak = weak_from_this()](Result<std::vector<RemoteChange>> changes) {
            if (const auto self = weak.lock()) self->OnItems(std::move(changes));
        });
    fetches_->Start(page_.fetches);
}

// A series may come before, after or instead of its exceptions: whether it is lacking is known at
// the round's end.
void CalendarPass::NoteSeries() {
    for (const RemoteChange& change : page_.changes) {
        if (change.event.kind == model::EventKind::kException && lacking_.size() < kLackingMax)
            lacking_.insert(change.event.series_remote_id);
    }
    for (const RemoteChange& change : page_.changes)
        if (change.event.kind == model::EventKind::kSeries ||
            change.kind == RemoteChange::Kind::kRemoved)
            lacking_.erase(change.event.remote_id);
    if (!page_.last) return;
    for (const std::string& series : std::exchange(lacking_, {}))
        page_.fetches.push_back({.remote_id = series, .only_if_unknown = true});
}

void CalendarPass::OnItems(Result<std::vector<RemoteChange>> changes) {
    // They are in one of their own functions: they go when that has ended.
    context_.loop.Post([gone = std::move(fetches_)] {});
    if (!changes) return End(std::move(changes).error());
    page_bad_ += CountBad(*changes);
    std::move(changes->begin(), changes->end(), std::back_inserter(page_.changes));
    Apply();
}

void CalendarPass::Apply() {
    events_ += static_cast<std::int64_t>(page_.changes.size());
    untidy_ |= std::any_of(page_.changes.begin(), page_.changes.end(), NamesSomethingGone);
    PageToApply page{.changes = std::move(page_.changes),
                     .cursor = page_.cursor,
                     .expected = stored_cursor_,
                     .begins = page_.begins,
                     .full = page_.full,
                     .last = page_.last,
                     .tidy = page_.last && untidy_};
    context_.store.WriteFor<Applied>(
        [id = calendar_.id, page = std::move(page), now = context_.clock.UtcNow()](
            storage::Txn& txn) mutable { return ApplyPage(txn, id, std::move(page), now); },
        [weak = weak_from_this()](Result<Applied> applied) {
            if (const auto self = weak.lock()) self->OnApplied(std::move(applied));
        });
    writing_ = true;
    if (!page_.last) AskPage();
}

void CalendarPass::OnApplied(Result<Applied> applied) {
    writing_ = false;
    if (!applied) return End(std::move(applied).error());
    Note(std::move(*applied));
    // Otherwise the next page is on its way.
    if (!page_.last) {
        if (ahead_) TakePage(*std::exchange(ahead_, std::nullopt));
        return;
    }
    // Whoever asked for this pass is promised what was there when it began, and the round that it
    // went on with is older.
    if (!std::exchange(continues_, false)) return End({});
    untidy_ = false;
    AskPage();
}

void CalendarPass::Note(Applied applied) {
    if (page_.begins) {
        report_.listed_anew = true;
        report_.bad_events = 0;
    }
    report_.bad_events += page_bad_;
    report_.added += applied.added;
    report_.changed += applied.changed;
    report_.removed += applied.removed;
    calendar_ = std::move(applied.calendar);
    stored_cursor_ = calendar_.cursor;
    hooks_.on_row(calendar_);
    hooks_.on_page(report_, events_);
}

void CalendarPass::End(Status status) {
    report_.duration =
        std::chrono::duration_cast<std::chrono::milliseconds>(context_.clock.Now() - began_);
    // The end may drop this pass: nothing of it is touched afterwards.
    auto end = std::move(hooks_.on_end);
    end(std::move(status), report_);
}

}  // namespace kamili::sync
