#include <nlohmann/json.hpp>

#include "daemon/json.h"
#include "daemon/methods.h"
#include "daemon/status_report.h"

namespace kamili::daemon {
namespace {

using nlohmann::json;

// A pass changes its state with every page; watchers see the latest at most this often.
constexpr std::chrono::milliseconds kStatusPause{100};

// One watcher of GetStatus: sends what is, then again after each change, never piling up: while an
// answer is being built or the client is slow, changes only leave a mark.
class StatusStream : public std::enable_shared_from_this<StatusStream> {
  public:
    StatusStream(Context& context, CallPointer call) : context_(context), call_(std::move(call)) {}

    void Start() {
        auto self = shared_from_this();
        if (context_.engine)
            changes_ = context_.engine->driver().WatchStatus(
                [weak = weak_from_this()] { OnChange(weak); });
        // The call's own slot keeps the stream alive until the client goes.
        call_->WhenClosed([self] { self->End(); });
        Send();
    }

  private:
    static void OnChange(const std::weak_ptr<StatusStream>& weak) {
        const auto self = weak.lock();
        if (!self) return;
        self->changed_ = true;
        if (!self->busy_) self->Later();
    }

    void Later() {
        busy_ = true;
        pause_ =
            context_.loop.RunAt(context_.clock.Now() + kStatusPause, [weak = weak_from_this()] {
                if (const auto self = weak.lock()) self->Send();
            });
    }

    void Send() {
        if (call_->closed()) return;
        busy_ = true;
        changed_ = false;
        BuildStatus(context_, [weak = weak_from_this()](json status) {
            if (const auto self = weak.lock()) self->Deliver(std::move(status));
        });
    }

    void Deliver(json status) {
        if (call_->closed()) return;
        call_->Continue(std::move(status));
        if (call_->writable()) return Ready();
        call_->WhenWritable([weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->Ready();
        });
    }

    void Ready() {
        busy_ = false;
        if (changed_) Later();
    }

    void End() {
        changes_.Cancel();
        pause_.Cancel();
    }

    Context& context_;
    CallPointer call_;
    Subscription changes_;
    Subscription pause_;
    bool busy_ = false;
    bool changed_ = false;
};

}  // namespace

void AddStatusMethods(MethodTable& table) {
    table.Add("GetStatus", [&context = table.context()](const CallPointer& call) {
        if (call->more()) return std::make_shared<StatusStream>(context, call)->Start();
        BuildStatus(context, [call](json status) { call->Reply(std::move(status)); });
    });
}

}  // namespace kamili::daemon
