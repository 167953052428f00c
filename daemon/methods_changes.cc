#include <nlohmann/json.hpp>

#include "daemon/json.h"
#include "daemon/methods.h"
#include "daemon/parameters.h"
#include "daemon/parts.h"
#include "storage/journal.h"

namespace kamili::daemon {
namespace {

using nlohmann::json;

struct Piece {
    std::vector<model::Change> changes;
    std::int64_t last = 0;  // the newest number there is
};

Result<Piece> ReadPiece(const storage::ReadView& view, std::int64_t since, std::size_t limit) {
    Piece piece;
    const auto bounds = storage::FindJournalBounds(view);
    if (!bounds) return bounds.error();
    piece.last = bounds->last;
    if (since > bounds->last)
        return Error{.kind = ErrorKind::kInvalidArgument,
                     .message = "since is a number that has not been given out yet",
                     .hint = "kamilictl changes --since 0"};
    auto changes = storage::ReadChanges(view, since, limit);
    if (!changes) return std::move(changes).error();
    piece.changes = std::move(*changes);
    return piece;
}

// "Everything that is kept" begins at the oldest entry, whatever was trimmed before it.
Result<std::int64_t> Oldest(const storage::ReadView& view) {
    const auto bounds = storage::FindJournalBounds(view);
    if (!bounds) return bounds.error();
    return bounds->first > 0 ? bounds->first - 1 : bounds->last;
}

json PieceJson(const Piece& piece, std::int64_t current_to) {
    json changes = json::array();
    for (const auto& change : piece.changes) changes.push_back(ToJson(change));
    return {{"changes", std::move(changes)}, {"last", current_to}};
}

// Walks the journal piece by piece and remembers one integer; after the end it waits for commits
// when it follows, otherwise the call is over. A slow client stops the reading and loses nothing.
class ChangeStream : public std::enable_shared_from_this<ChangeStream> {
  public:
    ChangeStream(Engine& engine, CallPointer call, bool follow)
        : engine_(engine), call_(std::move(call)), follow_(follow) {}

    // `since`: nothing means from now on when following, else all that is kept.
    void Start(std::optional<std::int64_t> since) {
        if (follow_)
            commits_ = engine_.store().WatchJournal([weak = weak_from_this()](std::int64_t) {
                const auto self = weak.lock();
                if (!self) return;
                self->more_ = true;
                self->Pump();
            });
        call_->WhenClosed([self = shared_from_this()] { self->commits_.Cancel(); });
        Read(since);
    }

  private:
    void Pump() {
        if (busy_ || !more_ || call_->closed()) return;
        Read(since_);
    }

    Result<Piece> ReadFrom(const storage::ReadView& view, std::optional<std::int64_t> since,
                           std::int64_t& from) const {
        const auto oldest = Oldest(view);
        if (!oldest) return oldest.error();
        if (!since && follow_) {
            const auto bounds = storage::FindJournalBounds(view);
            if (!bounds) return bounds.error();
            from = bounds->last;
        } else {
            from = since.value_or(0) == 0 ? *oldest : *since;
        }
        return ReadPiece(view, from, kPartRows);
    }

    void Read(std::optional<std::int64_t> since) {
        busy_ = true;
        more_ = false;
        auto from = std::make_shared<std::int64_t>(0);
        engine_.store().ReadFor<Piece>(
            [self = shared_from_this(), since, from](const storage::ReadView& view) {
                return self->ReadFrom(view, since, *from);
            },
            [self = shared_from_this(), from](Result<Piece> piece) {
                self->Deliver(std::move(piece), *from);
            });
    }

    void Deliver(Result<Piece> piece, std::int64_t from) {
        if (call_->closed()) return;
        if (!piece) return call_->Fail(piece.error());
        since_ = piece->changes.empty() ? from : piece->changes.back().number;
        const bool at_end = since_ >= piece->last;
        const json part = PieceJson(*piece, since_);
        if (at_end && !follow_) return call_->Reply(part);
        const bool first = !std::exchange(told_, true);
        if (first || !piece->changes.empty()) call_->Continue(part);
        more_ = more_ || !at_end;
        if (call_->writable()) return Ready();
        call_->WhenWritable([weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->Ready();
        });
    }

    void Ready() {
        busy_ = false;
        Pump();
    }

    Engine& engine_;
    CallPointer call_;
    const bool follow_;
    Subscription commits_;
    std::int64_t since_ = 0;
    bool busy_ = false;
    bool more_ = false;
    bool told_ = false;
};

// Without `more` the whole answer is one object, so it has a limit.
void ReplyWhole(Engine& engine, const CallPointer& call, std::int64_t since) {
    engine.store().ReadFor<Piece>(
        [since](const storage::ReadView& view) -> Result<Piece> {
            const auto oldest = Oldest(view);
            if (!oldest) return oldest.error();
            return ReadPiece(view, since == 0 ? *oldest : since, kWholeRowsMax + 1);
        },
        [call](Result<Piece> piece) {
            if (!piece) return call->Fail(piece.error());
            if (piece->changes.size() > kWholeRowsMax) return call->Fail(TooManyRows());
            call->Reply(PieceJson(*piece, piece->last));
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
