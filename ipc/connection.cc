#include "ipc/connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/check.h"
#include "base/secret.h"
#include "base/time.h"
#include "ipc/pending_call.h"

namespace kamili::ipc {
namespace {

constexpr std::size_t kReadBytes = 64u << 10;
// Calls of one client before others have their turn.
constexpr int kCallsPerTurn = 16;
// A sent part this large is given back before all is sent.
constexpr std::size_t kCompactFrom = 1u << 20;

bool IsTransient(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

Connection::Connection(Surroundings& surroundings, std::uint64_t number, int descriptor, Peer peer)
    : surroundings_(surroundings),
      number_(number),
      descriptor_(descriptor),
      peer_(peer),
      frames_(surroundings.options.call_bytes_max) {}

Connection::~Connection() {
    watch_.Cancel();
    close(descriptor_);
}

void Connection::Close() {
    if (closed_) return;
    closed_ = true;
    const auto self = shared_from_this();
    watch_.Cancel();
    frame_timer_.Cancel();
    unsent_timer_.Cancel();
    shutdown(descriptor_, SHUT_RDWR);
    if (auto* call = std::exchange(current_, nullptr)) call->OnClosed();
}

bool Connection::Serves(const Call& call) const {
    return static_cast<const Call*>(current_) == &call;
}

void Connection::Leave() {
    Close();
    surroundings_.on_closed(number_);
}

void Connection::CloseBecause(std::string_view reason) {
    if (closed_) return;
    surroundings_.log.Warn("a client's connection was closed",
                           {{"connection", number_}, {"pid", peer_.pid}, {"reason", reason}});
    Leave();
}

// Input waits while a call is in flight: the kernel's buffer holds the client back.
bool Connection::reading() const { return !current_ && !input_ended_ && !pump_posted_; }

void Connection::UpdateWatch() {
    if (closed_ || peer_gone_) return;
    const IoEvents wanted{.readable = reading(), .writable = unsent() > 0};
    const bool same =
        watched_.readable == wanted.readable && watched_.writable == wanted.writable && watch_;
    if (same) return;
    watched_ = wanted;
    watch_.Cancel();
    watch_ = surroundings_.loop.WatchDescriptor(descriptor_, wanted, [this](IoEvents events) {
        const auto self = shared_from_this();
        OnEvents(events);
    });
}

void Connection::UpdateFrameTimer() {
    const bool half_a_frame = !closed_ && reading() && frames_.pending() > 0;
    if (!half_a_frame) {
        frame_timer_.Cancel();
    } else if (!frame_timer_) {
        frame_timer_ = surroundings_.loop.RunAt(
            SystemClock().Now() + surroundings_.options.half_frame_max, [this] {
                const auto self = shared_from_this();
                CloseBecause("half a frame for too long");
            });
    }
}

void Connection::OnEvents(IoEvents events) {
    if (events.failed) return OnPeerGone();
    if (events.writable) {
        Flush();
        TellIfWritable();
    }
    if (closed_) return;
    if (events.readable && reading()) {
        input_ended_ = !ReadSome();
        Pump();
    }
    UpdateWatch();
    CloseIfDone();
}

// What has come before the end is still read, since oneway calls do not wait for an answer.
void Connection::OnPeerGone() {
    const std::size_t most = surroundings_.options.call_bytes_max + kReadBytes;
    while (!input_ended_ && frames_.pending() < most) input_ended_ = !ReadSome();
    input_ended_ = true;
    peer_gone_ = true;
    watch_.Cancel();
    out_.clear();
    out_start_ = 0;
    if (current_ && !current_->oneway()) std::exchange(current_, nullptr)->OnClosed();
    Pump();
}

bool Connection::ReadSome() {
    std::array<char, kReadBytes> bytes;
    const auto got = recv(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got > 0) {
        frames_.Append({bytes.data(), static_cast<std::size_t>(got)});
        WipeMemory(bytes.data(), static_cast<std::size_t>(got));
    }
    return got > 0 || (got < 0 && IsTransient(errno) && !peer_gone_);
}

void Connection::PumpLater() {
    if (std::exchange(pump_posted_, true)) return;
    surroundings_.loop.Post([weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self) return;
        self->pump_posted_ = false;
        self->Pump();
    });
}

void Connection::Pump() {
    if (closed_ || pumping_) return;
    pumping_ = true;
    for (int served = 0; !closed_ && !current_; ++served) {
        if (served == kCallsPerTurn) {
            PumpLater();
            break;
        }
        auto frame = frames_.Next();
        if (!frame) break;
        // A frame has ended: the next half has its own time.
        frame_timer_.Cancel();
        Serve(*frame);
        // A call may hold a passphrase.
        WipeMemory(frame->data(), frame->size());
    }
    pumping_ = false;
    if (frames_.too_long() && !current_) CloseBecause("a call is too long");
    if (closed_) return;
    UpdateFrameTimer();
    UpdateWatch();
    CloseIfDone();
}

void Connection::Serve(const std::string& frame) {
    auto message = CallMessage::Parse(frame, surroundings_.options.nesting_max);
    if (!message) return CloseBecause(message.error().message);
    if (peer_gone_ && !message->oneway) return;
    const auto call =
        std::make_shared<PendingCall>(surroundings_.loop, weak_from_this(), std::move(*message),
                                      peer_, surroundings_.interface_name);
    current_ = call.get();
    surroundings_.dispatch(call);
}

void Connection::CallEnded(const PendingCall& call) {
    if (current_ != &call) return;
    current_ = nullptr;
    if (!pumping_ && !closed_) PumpLater();
}

void Connection::Send(std::string frame) {
    if (closed_ || peer_gone_) return;
    const std::size_t before = unsent();
    if (before == 0) {
        out_ = std::move(frame);
        out_start_ = 0;
    } else {
        out_ += frame;
    }
    Flush();
    WatchUnsent(before);
    UpdateWatch();
}

// One long answer may be larger than the limit and has a while to be read; several may not.
void Connection::WatchUnsent(std::size_t before) {
    const ServerOptions& options = surroundings_.options;
    if (closed_ || unsent() <= options.unsent_bytes_max) return;
    if (before > 0) return CloseBecause("too much unsent");
    unsent_timer_ = surroundings_.loop.RunAt(SystemClock().Now() + options.half_frame_max, [this] {
        const auto self = shared_from_this();
        CloseBecause("too much unsent for too long");
    });
}

void Connection::Flush() {
    while (unsent() > 0) {
        const auto sent =
            send(descriptor_, out_.data() + out_start_, unsent(), MSG_DONTWAIT | MSG_NOSIGNAL);
        // A broken connection is reported by the watch.
        if (sent < 0) break;
        out_start_ += static_cast<std::size_t>(sent);
    }
    if (unsent() == 0 || out_start_ >= kCompactFrom) {
        out_.erase(0, out_start_);
        out_start_ = 0;
        if (out_.empty()) out_.shrink_to_fit();
    }
    if (unsent() <= surroundings_.options.unsent_bytes_max) unsent_timer_.Cancel();
}

void Connection::TellIfWritable() {
    if (!closed_ && current_ && writable()) current_->OnWritable();
}

void Connection::CloseIfDone() {
    const bool done = input_ended_ && !current_ && !pump_posted_ && unsent() == 0;
    if (!closed_ && done) Leave();
}

}  // namespace kamili::ipc
