#include "daemon/change_feed.h"
#include "daemon/methods.h"
#include "daemon/parameters.h"
#include "daemon/parts.h"
#include "storage/journal.h"

namespace kamili::daemon {
namespace {

// "Everything that is kept" begins at the oldest entry, whatever was trimmed before it.
Result<std::int64_t> Oldest(const storage::ReadView& view) {
    const auto bounds = storage::FindJournalBounds(view);
    if (!bounds) return bounds.error();
    return bounds->first > 0 ? bounds->first - 1 : bounds->last;
}

Result<std::int64_t> Newest(const storage::ReadView& view) {
    const auto bounds = storage::FindJournalBounds(view);
    if (!bounds) return bounds.error();
    return bounds->last;
}

// Walks the journal part by part and remembers one integer; after the end it waits for commits when
// it follows, otherwise the call is over. A slow client stops the reading and loses nothing.
class ChangeStream : public std::enable_shared_from_this<ChangeStream> {
  public:
    ChangeStream(Engine& engine, CallPointer call, bool follow)
        : engine_(engine), call_(std::move(call)), follow_(follow) {}

    // `since`: nothing means from now on when following, else all that is kept.
    void Start(std::optional<std::int64_t> since) {
        call_->WhenClosed([self = shared_from_this()] { self->waiting_.Cancel(); });
        engine_.store().ReadFor<JournalPart>(
            [since, follow = follow_](const storage::ReadView& view) -> Result<JournalPart> {
                auto from = since.value_or(0) != 0 ? Result<std::int64_t>(*since)
                            : !since && follow     ? Newest(view)
                                                   : Oldest(view);
                if (!from) return std::move(from).error();
                return ReadJournalPart(view, *from, kPartRows);
            },
            [self = shared_from_this()](const Result<JournalPart>& part) { self->Deliver(part); });
    }

  private:
    void Next() {
        if (call_->closed()) return;
        // Others who follow are at the same number.
        if (follow_) {
            waiting_ = engine_.changes().ReadAfter(
                since_, newest_, [self = shared_from_this()](const Result<JournalPart>& part) {
                    self->Deliver(part);
                });
            return;
        }
        engine_.store().ReadFor<JournalPart>(
            [since = since_](const storage::ReadView& view) {
                return ReadJournalPart(view, since, kPartRows);
            },
            [self = shared_from_this()](const Result<JournalPart>& part) { self->Deliver(part); });
    }

    void Deliver(const Result<JournalPart>& part) {
        if (call_->closed()) return;
        if (!part) return call_->Fail(part.error());
        since_ = part->cursor;
        newest_ = part->newest;
        if (since_ >= part->newest && !follow_) return call_->ReplyText(part->text);
        call_->ContinueText(part->text);
        if (call_->writable()) return Next();
        call_->WhenWritable([weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->Next();
        });
    }

    Engine& engine_;
    CallPointer call_;
    const bool follow_;
    std::int64_t since_ = 0;
    std::int64_t newest_ = 0;  // when the last part was read
    Subscription waiting_;
};

// Without `more` the whole answer is one object, so it has a limit.
void ReplyWhole(Engine& engine, const CallPointer& call, std::int64_t since) {
    engine.store().ReadFor<JournalPart>(
        [since](const storage::ReadView& view) -> Result<JournalPart> {
            const auto oldest = Oldest(view);
            if (!oldest) return oldest.error();
            auto part = ReadJournalPart(view, since == 0 ? *oldest : since, kWholeRowsMax);
            if (part && part->cursor < part->newest) return TooManyRows();
            return part;
        },
        [call](Result<JournalPart> part) {
            if (!part) return call->Fail(part.error());
            call->ReplyText(part->text);
        });
}

void ListChanges(Engine& engine, const CallPointer& call) {
    Parameters parameters(*call);
    const auto since = parameters.OptionalNumber("since");
    if (parameters.Refuse()) return;
    if (!call->more()) return ReplyWhole(engine, call, since.value_or(0));
    std::make_shared<ChangeStream>(engine, call, /*follow=*/false)->Start(since.value_or(0));
}

void WatchChanges(Engine& engine, const CallPointer& call) {
    Parameters parameters(*call);
    const auto since = parameters.OptionalNumber("since");
    if (!call->more())
        parameters.Fail({.kind = ErrorKind::kInvalidArgument,
                         .message = "WatchChanges is a stream: call it with more",
                         .hint = "ListChanges answers once"});
    if (parameters.Refuse()) return;
    std::make_shared<ChangeStream>(engine, call, /*follow=*/true)->Start(since);
}

}  // namespace

void AddChangeMethods(MethodTable& table) {
    table.AddWithEngine("ListChanges", ListChanges);
    table.AddWithEngine("WatchChanges", WatchChanges);
}

}  // namespace kamili::daemon
