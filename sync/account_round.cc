#include "sync/account_round.h"

#include <algorithm>
#include <utility>

#include "storage/calendars.h"

namespace kamili::sync {

AccountRound::AccountRound(PassContext& context, model::Account account, Plan plan, Hooks hooks)
    : context_(context),
      account_(std::move(account)),
      plan_(std::move(plan)),
      hooks_(std::move(hooks)) {}

void AccountRound::Start() {
    if (!plan_.list) return ReadRows();
    list_ =
        std::make_shared<ListPass>(context_, account_, [weak = weak_from_this()](Status listed) {
            const auto self = weak.lock();
            if (!self) return;
            if (!listed) return self->End(std::move(listed));
            self->ReadRows();
        });
    list_->Start();
}

void AccountRound::ReadRows() {
    context_.store.ReadFor<std::vector<model::Calendar>>(
        [id = account_.id](const storage::ReadView& view) {
            return storage::ListCalendarsOf(view, id);
        },
        [weak = weak_from_this()](Result<std::vector<model::Calendar>> rows) {
            const auto self = weak.lock();
            if (!self) return;
            if (!rows) return self->End(std::move(rows).error());
            self->hooks_.on_rows(*rows);
            self->Queue(*rows);
            self->Next();
        });
}

void AccountRound::Queue(const std::vector<model::Calendar>& rows) {
    for (const model::Calendar& row : rows) {
        const bool wanted = plan_.all || std::find(plan_.calendars.begin(), plan_.calendars.end(),
                                                   row.id) != plan_.calendars.end();
        if (row.enabled && wanted) queue_.push_back(row);
    }
}

void AccountRound::Drop(model::CalendarId calendar) {
    std::erase_if(queue_, [&](const auto& row) { return row.id == calendar; });
    if (running_ != calendar) return;
    running_.reset();
    pass_.reset();
    context_.loop.Post([weak = weak_from_this()] {
        if (const auto self = weak.lock(); self && !self->pass_) self->Next();
    });
}

void AccountRound::Resume() {
    if (std::exchange(held_back_, false)) Next();
}

// What one calendar met that every other of this account would meet as well.
bool AccountRound::StopsRound(const Error& error) const {
    // Whoever names a time to wait means the mailbox, whatever the status.
    if (error.retry_after) return true;
    switch (error.kind) {
        case ErrorKind::kOffline:
        case ErrorKind::kTimeout:
        case ErrorKind::kThrottled:
        case ErrorKind::kAuthRevoked:
        case ErrorKind::kInsufficientScope:
        case ErrorKind::kUntrusted:
        case ErrorKind::kStoreFull:
        case ErrorKind::kStoreDamaged:
            return true;
        default:
            return false;
    }
}

void AccountRound::Next() {
    if (queue_.empty()) return End({});
    held_back_ = context_.held;
    if (held_back_) return;
    model::Calendar row = std::move(queue_.front());
    queue_.pop_front();
    running_ = row.id;
    hooks_.on_begin(row.id);
    const bool confirm = row.held_events > 0;
    CalendarPass::Hooks hooks;
    hooks.on_page = [weak = weak_from_this()](const PassReport& report, std::int64_t events) {
        if (const auto self = weak.lock()) self->hooks_.on_page(report, events);
    };
    hooks.on_row = [weak = weak_from_this()](const model::Calendar& stored) {
        if (const auto self = weak.lock()) self->hooks_.on_row(stored);
    };
    hooks.on_end = [weak = weak_from_this()](Status status, const PassReport& report) {
        const auto self = weak.lock();
        if (!self) return;
        self->running_.reset();
        // The pass is in one of its own functions: it goes when that has ended.
        self->context_.loop.Post([gone = std::move(self->pass_)] {});
        self->pass_.reset();
        self->hooks_.on_pass(status, report);
        if (!status && self->StopsRound(status.error())) return self->End(std::move(status));
        self->Next();
    };
    pass_ = std::make_shared<CalendarPass>(context_, account_, std::move(row),
                                           plan_.full || confirm, std::move(hooks));
    pass_->Start();
}

void AccountRound::End(Status status) {
    auto end = std::move(hooks_.on_end);
    if (end) end(std::move(status));
}

}  // namespace kamili::sync
