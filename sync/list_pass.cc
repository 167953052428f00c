#include "sync/list_pass.h"

#include <iterator>

#include "sync/reconcile.h"

namespace kamili::sync {
namespace {

constexpr int kPagesMax = 100;

}  // namespace

ListPass::ListPass(PassContext& context, model::Account account, Done done)
    : context_(context),
      account_(std::move(account)),
      done_(std::move(done)),
      client_(std::make_shared<AccountClient>(context, account_.id)) {
    account_.list_cursor.clear();
    listed_.complete = true;
    listed_.ids_may_change = account_.provider == model::Provider::kMicrosoft;
}

void ListPass::AskPage() {
    const Provider& provider = context_.providers.Of(account_.provider);
    client_->Ask(provider.ListCalendars(account_),
                 [weak = weak_from_this()](Result<net::Response> reply) {
                     if (const auto self = weak.lock()) self->OnReply(std::move(reply));
                 });
}

void ListPass::OnReply(Result<net::Response> reply) {
    if (!reply) return done_(std::move(reply).error());
    const Provider& provider = context_.providers.Of(account_.provider);
    auto page = provider.ParseCalendars(account_, *reply, context_.clock.UtcNow());
    if (!page) return done_(std::move(page).error());
    std::move(page->calendars.begin(), page->calendars.end(),
              std::back_inserter(listed_.calendars));
    listed_.complete = listed_.complete && page->complete;
    if (page->last) return Store();
    if (++pages_ > kPagesMax)
        return done_(
            Error{.kind = ErrorKind::kBadReply, .message = "the list of calendars does not end"});
    account_.list_cursor = page->cursor;
    AskPage();
}

void ListPass::Store() {
    context_.store.Write(
        [id = account_.id, listed = std::move(listed_), now = context_.clock.UtcNow()](
            storage::Txn& txn) { return ApplyCalendarList(txn, id, listed, now); },
        [weak = weak_from_this()](Status done) {
            if (const auto self = weak.lock()) self->done_(std::move(done));
        });
}

}  // namespace kamili::sync
