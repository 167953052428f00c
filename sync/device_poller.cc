#include "sync/device_poller.h"

#include <algorithm>
#include <utility>

#include "oauth/device_code.h"

namespace kamili::sync {
namespace {

using std::chrono::nanoseconds;

constexpr std::chrono::seconds kSlowDown{5};
constexpr int kDoublingsMax = 3;

// Will the same question be answered later?
bool MayPass(ErrorKind kind) { return kind == ErrorKind::kOffline || kind == ErrorKind::kTimeout; }

}  // namespace

DevicePoller::DevicePoller(const AuthContext& context, std::string authority, Secret device_code,
                           std::chrono::seconds interval)
    : context_(context),
      authority_(std::move(authority)),
      device_code_(std::move(device_code)),
      interval_(interval),
      issued_(context.clock.Now()) {}

void DevicePoller::Start(Done done) {
    done_ = std::move(done);
    Wait(std::max(issued_ + interval_, context_.clock.Now()));
}

void DevicePoller::Stop() {
    waiting_.Cancel();
    device_code_.Wipe();
    const auto dropped = std::exchange(done_, Done());
}

void DevicePoller::Wait(Instant until) {
    waiting_ = context_.loop.RunAt(until, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->Ask();
    });
}

void DevicePoller::Ask() {
    waiting_ = context_.transport.Send(
        oauth::DevicePollRequest(context_.settings.microsoft, authority_, device_code_),
        [weak = weak_from_this(), sent = context_.clock.Now()](Result<net::Response> response) {
            if (const auto self = weak.lock()) self->OnReply(std::move(response), sent);
        });
}

void DevicePoller::OnReply(Result<net::Response> response, Instant sent) {
    const auto now = context_.clock.Now();
    if (!response && MayPass(response.error().kind)) return Wait(now + Patience());
    if (response) {
        const auto reply = oauth::ReadDevicePoll(*response, context_.clock.UtcNow());
        if (reply.what == oauth::DevicePoll::kTryLater)
            return Wait(now + std::max(Patience(), nanoseconds(reply.retry_after.value_or(
                                                       std::chrono::milliseconds(0)))));
        if (reply.what != oauth::DevicePoll::kDecided) {
            faults_ = 0;
            if (reply.what == oauth::DevicePoll::kSlowDown) interval_ += kSlowDown;
            return Wait(now + interval_);
        }
    }
    device_code_.Wipe();
    auto done = std::exchange(done_, Done());
    done(std::move(response), sent);
}

nanoseconds DevicePoller::Patience() {
    faults_ = std::min(faults_ + 1, kDoublingsMax);
    return interval_ * (1 << faults_);
}

}  // namespace kamili::sync
